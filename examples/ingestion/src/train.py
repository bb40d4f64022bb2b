"""Learn what a claim costs from what it says."""

import argparse

import mlflow
import pandas
from sklearn.linear_model import LinearRegression

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--model", required=True)
given = parser.parse_args()

table = pandas.read_parquet(given.data)
features = table.select_dtypes("number").drop(columns="amount")
mlflow.sklearn.save_model(LinearRegression().fit(features, table["amount"]), given.model)
