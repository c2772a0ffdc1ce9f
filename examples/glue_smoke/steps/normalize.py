from trakt import step_contract


@step_contract(inputs=["input", "currency"], outputs=["output"])
def run(ctx, input, currency):
    return {"output": input.assign(currency=currency, client=ctx.client_id)}
