"""One trial: a tree on the iris data, its accuracy logged for the sweep to compare."""

import argparse
from pathlib import Path

import joblib
import mlflow
import pandas as pd
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--training-data", type=Path, required=True)
parser.add_argument("--max-depth", type=int, required=True)
parser.add_argument("--min-samples-leaf", type=float, default=1)
parser.add_argument("--model", type=Path, required=True)
given = parser.parse_args()

table = pd.concat(pd.read_csv(file) for file in given.training_data.glob("*.csv"))
features, target = table.drop(columns="species"), table["species"]
tree = DecisionTreeClassifier(max_depth=given.max_depth, min_samples_leaf=int(given.min_samples_leaf))
mlflow.log_metric("accuracy", cross_val_score(tree, features, target, cv=2).mean())
joblib.dump(tree.fit(features, target), given.model / "model.joblib")
