from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_batch=False, supports_stream=True)
def run(ctx, input):
    """Add the sum of all cents so far; `largest` is known, as a metric, when the stream has drained."""
    metrics = {"largest": 0}
    return {"output": _with_total(input, metrics), "__metrics__": metrics}


def _with_total(chunks, metrics):
    total = 0
    for chunk in chunks:
        running = chunk["cents"].cumsum() + total
        if len(chunk):
            total = int(running.iloc[-1])
            metrics["largest"] = max(metrics["largest"], int(chunk["cents"].max()))
        yield chunk.assign(total=running)
