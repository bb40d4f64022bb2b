"""Scores with a linear model: what the inference server calls."""

import json
import os
from pathlib import Path

model: dict[str, float] = {}


def init() -> None:
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    model.update(json.loads(next(folder.rglob("*.json")).read_text()))


def run(raw: str) -> list[float]:
    rows = json.loads(raw)["data"]
    return [model["intercept"] + sum(model.get(key, 0) * value for key, value in row.items()) for row in rows]
