"""Reading, steps and writing go on at once, and nobody can tell."""

from __future__ import annotations

import pytest

from trakt import InputError, OutputError, StepError

REUSES_ITS_FRAME = """
@step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
def run(ctx, input):
    def chunks():
        whole = pd.concat(list(input), ignore_index=True)
        frame = whole.iloc[:2].copy()
        for start in range(0, len(whole), 2):
            frame["id"] = whole["id"].iloc[start : start + 2].to_numpy()
            frame.loc[:, "text"] = [f"row {start}", f"row {start + 1}"]
            yield frame
    return {"output": chunks()}
"""
FAILS_LATER = """
@step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
def run(ctx, input):
    def chunks():
        yield pd.DataFrame({"id": [1]})
        yield pd.DataFrame({"id": [b"raw"]})
        yield pd.DataFrame({"id": [3]})
        raise ValueError("later")
    return {"output": chunks()}
"""


@pytest.fixture(params=["1", "2", "7"], autouse=True)
def threads(request, monkeypatch):
    monkeypatch.setenv("TRAKT_THREADS", request.param)


def through(project, step):
    project.step("work", step)
    project.pipeline(
        inputs={"records": {"uri": "records.csv"}},
        steps=[{"id": "work", "uses": "steps.work", "with": {"input": "records", "output": "done"}}],
        outputs={"datasets": [{"name": "records", "from": "done"}]},
        execution={"mode": "stream"},
    )


def test_a_step_may_go_on_with_a_frame_that_it_has_yielded(project):
    project.write("records.csv", "id,text\n" + "".join(f"{number},x\n" for number in range(40)))
    through(project, REUSES_ITS_FRAME)
    wanted = "id,text\n" + "".join(f"{number},row {number}\n" for number in range(40))
    assert project.good("stream", 5).bytes().decode() == wanted


def test_what_cannot_be_written_is_told_before_what_goes_wrong_after_it(project):
    project.write("records.csv", "id\n1\n")
    through(project, FAILS_LATER)
    done = project.bad(OutputError, "stream")
    assert "raw bytes have no text form" in done.told
    assert project.leftovers() == []


@pytest.mark.parametrize("bad", [1, 150_000, 299_999])
def test_faults_are_told_in_the_order_of_the_file(project, mode, bad):
    lines = [f"{number},some text that takes its room" for number in range(300_000)]
    lines[bad] = "1,2,3"
    lines[-1] += ",one too many"
    lines[bad // 2] = "many,some text"
    content = "id,text\n" + "\n".join(lines) + "\n"
    project.passthrough(content, schema={"id": "int", "text": "string"})
    faults = project.bad(InputError, mode).error.faults
    told = sorted({bad // 2 + 2, bad + 2, 300_001})
    assert [int(fault.where.rpartition(":")[2]) for fault in faults] == told


def test_an_input_may_end_early_for_a_step_and_is_read_to_its_end(project):
    step = """
    @step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
    def run(ctx, input):
        return {"output": iter([next(input)])}
    """
    project.write("records.csv", "id,text\n" + "".join(f"{number},{'x' * 50}\n" for number in range(100_000)))
    through(project, step)
    done = project.good("stream", 10)
    assert len(done.rows()) == 11
    assert done.manifest["inputs"]["records"]["rows"] == 100_000


def test_a_step_that_fails_in_the_middle_leaves_nothing_behind(project):
    step = """
    @step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
    def run(ctx, input):
        def chunks():
            for number, chunk in enumerate(input):
                if number == 3:
                    raise ValueError("enough")
                yield chunk
        return {"output": chunks()}
    """
    project.write("records.csv", "id,text\n" + "".join(f"{number},{'x' * 50}\n" for number in range(100_000)))
    through(project, step)
    done = project.bad(StepError, "stream", 1000)
    assert "chunk 4" in done.told
    assert project.leftovers() == []
