"""What parts tell each other, with lists for what Spark keeps: where messages meet, who is answered, and what fails."""

import pickle

import pandas as pd
import pytest

from trakt.engine.spark.exchange import PARTS_AT_ONCE, answered
from trakt.engine.spark.look import Look
from trakt.engine.spark.made import FACTS
from trakt.errors import RunError
from trakt.steps.dedupe_apart import rounds_of
from trakt.steps.dedupe_policy import DedupePolicy


class Partitions:
    """An RDD, as far as an exchange knows one."""

    def __init__(self, partitions):
        self._partitions = partitions
        self.context = self
        self.asked = []

    def partitionBy(self, many, function):  # noqa: N802
        dealt = [[] for _ in range(many)]
        # whoever shuffles keeps no order
        for element in reversed([each for partition in self._partitions for each in partition]):
            dealt[function(element[0]) % many].append(element)
        return Partitions(dealt)

    def mapPartitionsWithIndex(self, function):  # noqa: N802
        return Partitions([list(function(at, iter(each))) for at, each in enumerate(self._partitions)])

    def runJob(self, rdd, function, partitions):  # noqa: N802
        self.asked.append(len(partitions))
        return [each for at in partitions for each in function(iter(rdd._partitions[at]))]


class Kept:
    """What executors have made: named values of each part."""

    def __init__(self, parts):
        self._parts = parts

    def then(self, name, work):
        work = pickle.loads(pickle.dumps(work))
        made = [
            list(work(at, iter([value for each, value in part if each == name]))) for at, part in enumerate(self._parts)
        ]
        return Kept(made)

    def facts(self):
        return [value for part in self._parts for name, value in part if name == FACTS]

    def messages(self):
        return Partitions(
            [
                [(int(name), (at, pickle.dumps(value))) for name, value in part if name != FACTS]
                for at, part in enumerate(self._parts)
            ]
        )

    def forget(self):
        self._parts = None


class Shared:
    def __init__(self, value):
        self.value = value


class Executors:
    share = Shared


def test_what_is_told_to_a_bucket_meets_there_in_the_order_of_the_parts_and_each_part_is_answered():
    parts = 2 * PARTS_AT_ONCE + 1
    messages = [
        [(bucket, (part, pickle.dumps(f"{part} to {bucket}"))) for bucket in range(part % 4)] for part in range(parts)
    ]

    def meet(told):
        assert [part for part, _ in told] == sorted(part for part, _ in told)
        return [(part, (said, len(told))) for part, said in told if part != 3]

    answers = dict(answered(Partitions(messages), meet, 4, parts))
    assert list(answers) == [part for part in range(parts) if part % 4 and part != 3]
    met = [len([part for part in range(parts) if part % 4 > bucket]) for bucket in range(4)]
    assert answers[7] == [(f"7 to {bucket}", met[bucket]) for bucket in range(3)]


def kept(columns):
    return Kept([[("rows", pd.DataFrame(each)), (FACTS, None)] for each in columns])


def look(policy, mode="batch"):
    return Look("once", mode, rounds_of(DedupePolicy(**policy)))


def test_each_part_hears_of_every_round_what_is_said_to_it():
    made = kept([{"id": [1, 2], "at": [5, 1]}, {"id": [3], "at": [1]}, {"id": [2, 1], "at": [9, 4]}])
    asked = look({"keys": ["id"], "winner": "latest", "order_by": "at"})
    heard = asked.over(made, "rows", 3, Executors())
    assert [len(each.value) for each in heard] == [2, 2, 2]
    lost = [[row for answer in each.value[1].answers for row in answer.lost.tolist()] for each in heard]
    assert lost == [[1], [], [1]]
    assert heard[1].value[0].answers == ()


@pytest.mark.parametrize(("mode", "place"), [("batch", "step 'once', "), ("stream", "step 'once', chunk 1, ")])
def test_a_part_that_cannot_tell_ends_the_run_in_the_name_of_the_step(mode, place):
    with pytest.raises(RunError) as raised:
        look({"keys": ["di"], "winner": "first"}, mode).over(kept([{"id": [1]}] * 2), "rows", 2, Executors())
    assert str(raised.value).startswith(f"{place}column 'di': there is no column 'di' in the input")
    assert raised.value.step_id == "once"


def test_parts_that_do_not_agree_end_the_run_in_the_name_of_the_step():
    made = kept([{"id": [1], "at": ["x"]}, {"id": [2], "at": [5]}])
    with pytest.raises(RunError, match="step 'once', order_by at: the values of at have no common order") as raised:
        look({"keys": ["id"], "winner": "latest", "order_by": "at"}).over(made, "rows", 2, Executors())
    assert raised.value.step_id == "once"


def test_rows_that_cannot_meet_end_the_run_in_the_name_of_the_step():
    made = kept([{"id": [1], "at": [[1]]}, {"id": [1], "at": [["x"]]}])
    with pytest.raises(RunError, match="step 'once', order_by at: the values of at have no common order") as raised:
        look({"keys": ["id"], "winner": "latest", "order_by": "at"}).over(made, "rows", 2, Executors())
    assert raised.value.step_id == "once"
