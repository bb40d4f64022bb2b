"""The step after the sweep: what the best tree looks at."""

import argparse
from pathlib import Path

import joblib
from sklearn.tree import export_text

parser = argparse.ArgumentParser()
parser.add_argument("--model", type=Path, required=True)
given = parser.parse_args()

print(export_text(joblib.load(given.model / "model.joblib")))
