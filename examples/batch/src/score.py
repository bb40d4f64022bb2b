"""Scores files of measurements: what a batch deployment calls."""

import json
import os
from pathlib import Path

import pandas as pd

weights: dict[str, float] = {}


def init() -> None:
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    weights.update(json.loads(next(folder.rglob("weights.json")).read_text()))


def run(files: list[str]) -> pd.DataFrame:
    table = pd.concat(pd.read_csv(file) for file in files)
    score = sum((table[name] * weight for name, weight in weights.items() if name in table), weights["intercept"])
    return table.assign(score=score)
