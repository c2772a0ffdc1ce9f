from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"], supports_stream=True, supports_partitions=True)
def run(ctx, input):
    if ctx.mode == "stream":
        return {"output": (_doubled(chunk) for chunk in input)}
    return {"output": _doubled(input)}


def _doubled(frame):
    return frame.assign(amount=frame["amount"] * 2, source="benchmark")
