"""The files of a first pipeline, as `trakt init` writes them."""

from __future__ import annotations

from string import Template

PIPELINE = Template("""\
name: $name

inputs:
  records:
    uri: records.csv        # below --input-dir; a folder, a glob or a comma list works too

steps:
  - id: normalize
    uses: steps.normalize   # steps/normalize.py beside this file
    with:
      input: records        # a bare word is an artifact ...
      currency:
        const: EUR          # ... a literal text stands under const
      output: normalized

outputs:
  datasets:
    - name: normalized
      from: normalized
      uri: normalized.csv   # below --output-dir
""")

STEP = '''\
from trakt import step_contract


@step_contract(inputs=["input", "currency"], outputs=["output"])
def run(ctx, input, currency):
    """Trim the names and note the currency."""
    frame = input.copy()
    frame["name"] = frame["name"].str.strip()
    frame["currency"] = currency
    return {"output": frame, "__metrics__": {"rows": len(frame)}}
'''

RECORDS = """\
id,name,zip,amount
1, Ada ,02116,12.5
2,Grace,10001,
3, Edsger,01002,7.25
"""

README = Template("""\
# $name

    trakt validate --pipeline $name
    trakt run --pipeline $name --input-dir pipelines/$name/input

Run these where the folder `pipelines` lies. The result is `outputs/normalized.csv`; `outputs/manifest.json`
says what was read, done and written.

- `pipeline.yaml` says what is read, which steps run, and what is written.
- `steps/normalize.py` is the step: change it, and try again.
- `input/records.csv` is made-up input. `02116` stays `02116`, and a blank amount stays blank.
""")


def scaffold(name: str) -> dict[str, str]:
    """The text of each file, by its path in the pipeline's folder."""
    return {
        "pipeline.yaml": PIPELINE.substitute(name=name),
        "steps/normalize.py": STEP,
        "input/records.csv": RECORDS,
        "README.md": README.substitute(name=name),
    }
