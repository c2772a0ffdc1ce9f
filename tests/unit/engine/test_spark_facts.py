"""What goes wrong in an executor, on its way to the process where the run began."""

import pickle
import sys
from types import ModuleType

from trakt.engine.spark.facts import Failure
from trakt.errors import MissingExtra, StepError


def arrived(error):
    return pickle.loads(pickle.dumps(Failure.of(error))).again()


def test_an_extra_that_an_executor_lacks_is_told_with_where_that_is():
    error = arrived(MissingExtra("s3://", "aws"))
    assert isinstance(error, MissingExtra)
    assert str(error).startswith("in an executor on ")
    assert 's3:// needs packages that are not installed\n  -> python -m pip install "trakt-etl[aws]"' in str(error)


def test_an_error_of_a_class_of_the_authors_arrives_as_the_one_it_is_made_of(monkeypatch):
    steps = ModuleType("_trakt_steps_7.net")
    monkeypatch.setitem(sys.modules, steps.__name__, steps)
    steps.NoRate = type("NoRate", (StepError,), {"__module__": steps.__name__})
    failure = Failure.of(steps.NoRate("no rate", where="2026", hint="add it"))
    failure.error.step_id = "net"
    told = pickle.dumps(failure)
    monkeypatch.delitem(sys.modules, steps.__name__)
    error = pickle.loads(told).again()
    assert (type(error), str(error), error.step_id) == (StepError, "2026: no rate\n  -> add it", "net")
