"""Describes tables in numbers."""

import sys
from pathlib import Path

import pandas as pd

prepared, report = (Path(text) for text in sys.argv[1:])
table = pd.concat(pd.read_csv(file) for file in prepared.glob("*.csv"))
table.describe().to_csv(report / "report.csv")
