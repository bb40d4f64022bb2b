"""AutoML: what has no effect is said, and spaces are told back in the words that they were written in."""

from pathlib import Path

import pytest

from azureml_infra.description.load import load
from azureml_infra.entities.automl import read_space_text, space_text

TEXT = """name: churn
location: westeurope
jobs:
  - name: topics
    type: automl
    task: text_classification
    target_column_name: topic
    training_data: {path: "azureml://datastores/workspaceblobstore/paths/train"}
    validation_data: {path: "azureml://datastores/workspaceblobstore/paths/valid"}
    limits: {max_nodes: 2}
    search_space: [{model_name: bert-base-cased}]
  - name: table
    type: automl
    task: classification
    target_column_name: y
    training_data: {path: "azureml://datastores/workspaceblobstore/paths/train"}
    training: {training_mode: distributed}
"""


def test_what_a_job_cannot_say_in_the_ga_api_says_so(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(TEXT, "utf-8")
    why = "has no effect: Azure's GA API doesn't have it for jobs; a step of a pipeline may have it"
    assert [(one.line, one.column, one.what) for one in load(tmp_path).warnings] == [
        (10, 25, f"`limits.max_nodes` {why}"),
        (11, 19, f"`search_space` {why}"),
        (17, 31, f"`training.training_mode` {why}"),
    ]


def test_a_word_may_be_null_where_it_may_be_left_out(tmp_path: Path) -> None:
    """It ended the command, which looked for the nearest word."""
    (tmp_path / "platform.yml").write_text(TEXT.replace("training_mode: distributed", "training_mode: null"), "utf-8")
    assert load(tmp_path).entities[1].entity.training.training_mode is None


@pytest.mark.parametrize(
    ("space", "text"),
    [
        ({"type": "uniform", "min_value": 1e-06, "max_value": 0.1}, "uniform(0.000001,0.1)"),
        ({"type": "choice", "values": ["a", "b"]}, "choice('a','b')"),
        ({"type": "choice", "values": [True, False]}, "choice(True,False)"),
        ({"type": "qnormal", "mu": 640, "sigma": 10, "q": 2}, "qnormal(640,10,2)"),
        (16, "16"),
        (0.25, "0.25"),
        (True, "True"),
        ("seresnext", "seresnext"),
    ],
)
def test_a_space_is_text_and_back(space: object, text: str) -> None:
    assert space_text(space) == text
    read = read_space_text(text)
    camel = {"min_value": "minValue", "max_value": "maxValue"}
    wanted = {camel.get(key, key): one for key, one in space.items()} if isinstance(space, dict) else space
    assert read == wanted
