"""The second step: a model of what the first one left."""

import argparse
import json
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LinearRegression

parser = argparse.ArgumentParser()
parser.add_argument("--training-data", type=Path, required=True)
parser.add_argument("--model-output", type=Path, required=True)
given = parser.parse_args()

table = pd.concat(pd.read_csv(file) for file in given.training_data.glob("*.csv"))
features, target = table.drop(columns="progression"), table["progression"]
model = LinearRegression().fit(features, target)
weights = dict(zip(features.columns, model.coef_, strict=True))
(given.model_output / "model.json").write_text(json.dumps({"intercept": model.intercept_, **weights}))
