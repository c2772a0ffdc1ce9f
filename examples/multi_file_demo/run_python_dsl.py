"""The pipeline of pipeline.yaml, built in Python: python run_python_dsl.py [OUTPUT_DIR]"""

import sys
from pathlib import Path

from steps.double_amount import run as double_amount

from trakt import LocalRunner, artifact, step, workflow

HERE = Path(__file__).parent

demo = (
    workflow("multi_file_demo")
    .source(artifact("source__records").as_kind("csv").at("records/*.csv").combine("concat"))
    .step(step("double_amount", run=double_amount).input(input="source__records").output(output="records_norm"))
    .output("final", from_="records_norm", uri="exports/final.csv", metadata={"write_options": {"delimiter": "|"}})
)

if __name__ == "__main__":
    output_dir = sys.argv[1] if len(sys.argv) > 1 else "outputs"
    result = demo.run(LocalRunner(input_dir=HERE / "input", output_dir=output_dir))
    print(result["status"], result["outputs"]["final"]["rows"], "rows")
