"""Notes when the first batch has reached a step."""

import os
import time
from pathlib import Path

from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_stream=True)
def run(ctx, input):
    return {"output": noted(input)}


def noted(frames):
    for number, frame in enumerate(frames):
        if not number:
            Path(os.environ["FIRST_BATCH_AT"]).write_text(str(time.monotonic()), encoding="ascii")
        yield frame
