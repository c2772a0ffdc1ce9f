from trakt import step_contract


@step_contract(inputs=["input"], outputs=["output"])
def run(ctx, input):
    return {"output": input.assign(amount=input["amount"] * 2)}
