from trakt import step_contract


@step_contract(inputs=["input", "currency"], outputs=["output"])
def run(ctx, input, currency):
    """Trim the names and note the currency."""
    frame = input.copy()
    frame["name"] = frame["name"].str.strip()
    frame["currency"] = currency
    return {"output": frame, "__metrics__": {"rows": len(frame)}}
