"""Fits a line through a table, and says how well it fits."""

import argparse

import pandas as pd
from sklearn.linear_model import LinearRegression

parser = argparse.ArgumentParser()
parser.add_argument("--diabetes-csv", required=True)
table = pd.read_csv(parser.parse_args().diabetes_csv)

features, target = table.drop(columns="progression"), table["progression"]
model = LinearRegression().fit(features, target)
print(f"R2 {model.score(features, target):.3f}")
