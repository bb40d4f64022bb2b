"""Scores by a model of a few numbers: how high the tide is at an hour of the day."""

import json
import math
import os
from pathlib import Path


def init() -> None:
    """Read the model."""
    global model
    model = json.loads(Path(os.environ["AZUREML_MODEL_DIR"], "model", "tides.json").read_text())


def run(raw_data: str) -> list:
    """Return the height at each hour."""
    hours = json.loads(raw_data)["hours"]
    turn = 2 * math.pi / model["period"]
    return [round(model["mean"] + model["range"] * math.sin(turn * hour), 1) for hour in hours]
