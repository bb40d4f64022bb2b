"""The first step: rows without gaps."""

import argparse
from pathlib import Path

import pandas as pd

parser = argparse.ArgumentParser()
parser.add_argument("--raw-data", type=Path, required=True)
parser.add_argument("--transformed-data", type=Path, required=True)
given = parser.parse_args()

for file in given.raw_data.glob("*.csv"):
    pd.read_csv(file).dropna().to_csv(given.transformed_data / file.name, index=False)
