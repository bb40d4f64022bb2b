"""Copies tables without their gaps."""

import sys
from pathlib import Path

import pandas as pd

given, prepared = (Path(text) for text in sys.argv[1:])
for file in given.glob("*.csv"):
    pd.read_csv(file).dropna().to_csv(prepared / file.name, index=False)
