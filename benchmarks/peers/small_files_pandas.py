"""Many files into one, as people do it in pandas. `python small_files_pandas.py FOLDER OUT`"""

import sys
from pathlib import Path

import pandas as pd

folder, made = sys.argv[1:]
pd.concat([pd.read_csv(path) for path in sorted(Path(folder).glob("*.csv"))]).to_csv(made, index=False)
