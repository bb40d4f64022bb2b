"""The parts of jobs: what trials are given, what steps read and write, and what comes of it in the workspace."""

import json
from typing import Any

import pytest

from azureml_sandbox.services.machinelearning.runs import load
from azureml_sandbox.services.machinelearning.search_space import draw
from kit.clouds import WORKSPACE
from kit.rows import each
from kit.timed import Timed

pytestmark = pytest.mark.any_body("what a job needs to be submitted is not what these tests are about")
GRID = {"samplingAlgorithmType": "Grid"}
STORE = "azureml://datastores/workspaceblobstore/paths"


def children(timed: Timed, name: str) -> dict[str, dict[str, Any]]:
    """Return the properties of a job's parts, by step or name."""
    found = {}
    for child in load(timed.azure, f"{WORKSPACE}/jobs/{name}").children:
        job = f"{WORKSPACE}/jobs/{child}"
        found[load(timed.azure, job).step or child] = timed.azure.get(job)["properties"]
    return found


def test_a_grid_is_each_combination_once(timed: Timed) -> None:
    space = {"lr": ["choice", [[0.1, 0.2]]], "n": ["choice", [[1, 2, 3]]]}
    timed.submit("s", "Sweep", searchSpace=space, samplingAlgorithm=GRID, limits={"maxTotalTrials": 100}, trial={})
    timed.wait(60)
    tried = [json.loads(one["tags"]["hyperparameters"]) for one in children(timed, "s").values()]
    assert sorted((one["lr"], one["n"]) for one in tried) == [(lr, n) for lr in (0.1, 0.2) for n in (1, 2, 3)]
    assert timed.state("s") == "Completed"


def test_a_steps_grid_ends_where_its_limit_is(timed: Timed) -> None:
    space = {"n": {"type": "choice", "values": [1, 2, 3]}, "m": {"type": "randint", "upper": 9}}
    step = {"type": "sweep", "sampling_algorithm": "grid", "limits": {"max_total_trials": 2}, "search_space": space}
    timed.submit("p", "Pipeline", jobs={"tune": step})
    timed.wait(60)
    (name,) = load(timed.azure, f"{WORKSPACE}/jobs/p").children
    tried = [json.loads(one["tags"]["hyperparameters"]) for one in children(timed, name).values()]
    assert [one["n"] for one in tried] == [1, 2]
    assert all(one["m"] in range(9) for one in tried)


@each(
    ("space", "low", "high", "whole"),
    [
        (["randint", [10]], 0, 9, True),
        (["uniform", [2, 4]], 2, 4, False),
        (["quniform", [2, 20, 3]], 0, 21, True),
        (["loguniform", [-6, -1]], 0.002, 0.37, False),
        (["qloguniform", [0, 3, 2]], 0, 22, True),
        (["normal", [100, 1]], 90, 110, False),
        (["qnormal", [100, 1, 5]], 90, 110, True),
        (["lognormal", [0, 1]], 0, 1000, False),
        (["qlognormal", [0, 1, 1]], 0, 1000, True),
        (["choice", [[5, 7]]], 5, 7, True),
    ],
)
def test_values_are_of_their_distribution(space: list[Any], low: float, high: float, whole: bool) -> None:
    found = [draw({"a": space}, None, number, f"s_{number}")["a"] for number in range(50)]
    assert all(low <= one <= high for one in found)
    assert len(set(found)) > 1
    assert not whole or all(one == round(one) for one in found)


def test_steps_have_what_they_read_and_write(timed: Timed) -> None:
    rows = {"jobInputType": "uri_folder", "uri": f"{STORE}/rows"}
    steps = {
        "first": {
            "inputs": {
                "rows": {"job_input_type": "literal", "value": "${{parent.inputs.rows}}"},
                "n": {"job_input_type": "literal", "value": "3"},
            },
            "outputs": {"model": {"job_output_type": "mlflow_model", "name": "churn", "version": "7"}},
        },
        "second": {
            "inputs": {"model": {"job_input_type": "literal", "value": "${{parent.jobs.first.outputs.model}}"}},
            "outputs": {
                "report": {"type": "literal", "value": "${{parent.outputs.report}}"},
                "scores": {"job_output_type": "uri_file", "name": "scores", "uri": f"{STORE}/scores/"},
            },
        },
    }
    report = {"jobOutputType": "uri_folder", "uri": f"{STORE}/reports/", "assetName": "reports"}
    timed.submit("p", "Pipeline", jobs=steps, inputs={"rows": rows}, outputs={"report": report})
    timed.wait(60)
    found = children(timed, "p")
    assert found["first"]["inputs"] == {"rows": rows, "n": {"jobInputType": "literal", "value": "3"}}
    model = found["first"]["outputs"]["model"]
    assert (model["jobOutputType"], model["assetName"]) == ("mlflow_model", "churn")
    assert found["second"]["inputs"] == {"model": {"jobInputType": "mlflow_model", "uri": model["uri"]}}
    assert found["second"]["outputs"]["report"] == {"jobOutputType": "uri_folder", "uri": f"{STORE}/reports/"}
    made = timed.azure.get(f"{WORKSPACE}/models/churn/versions/7")["properties"]
    assert (made["modelType"], made["modelUri"]) == ("mlflow_model", model["uri"])
    for name, kind in (("scores", "uri_file"), ("reports", "uri_folder")):
        assert timed.azure.get(f"{WORKSPACE}/data/{name}/versions/1")["properties"]["dataType"] == kind
    assert not timed.azure.exists(f"{WORKSPACE}/data/reports/versions/2")


def test_what_a_component_declares_its_step_writes(timed: Timed) -> None:
    component = f"{WORKSPACE}/components/train/versions/1"
    spec = {"type": "command", "outputs": {"model": {"type": "custom_model"}}}
    timed.azure.put(component, {"properties": {"componentSpec": spec}})
    timed.submit("p", "Pipeline", jobs={"train": {"componentId": component}})
    timed.wait(60)
    assert children(timed, "p")["train"]["outputs"]["model"]["jobOutputType"] == "custom_model"


def test_an_import_of_a_schedule_makes_a_version_each_time(timed: Timed) -> None:
    source = {"sourceType": "database", "connection": "azureml:db", "query": "select 1"}
    definition = {"assetName": "pulled", "dataUri": f"{STORE}/pulled/", "source": source}
    action = {"actionType": "ImportData", "dataImportDefinition": definition}
    trigger = {"triggerType": "Cron", "expression": "0 2 * * *"}
    timed.azure.put(f"{WORKSPACE}/schedules/pull", {"properties": {"action": action, "trigger": trigger}})
    timed.wait(days=2)
    assert timed.state("pull-20270302T020000Z") == "Completed"
    (step,) = timed.azure.get(f"{WORKSPACE}/jobs/pull-20270302T020000Z")["properties"]["jobs"].values()
    assert step["source"] == {"type": "database", "connection": "azureml:db", "query": "select 1"}
    assert step["componentId"].endswith("/import_data_database/versions/0.0.1")
    versions = [f"{WORKSPACE}/data/pulled/versions/{number}" for number in (1, 2)]
    assert [timed.azure.get(one)["properties"]["dataType"] for one in versions] == ["mltable", "mltable"]


def test_jobs_of_steps_have_what_clients_read_them_by(timed: Timed) -> None:
    steps = {
        "learn": {
            "type": "automl",
            "task": "text_ner",
            "training_data": "${{parent.inputs.rows}}",
            "limits": {"max_trials": 2},
        },
        "count": {"type": "spark", "entry": {"file": "main.py"}},
    }
    rows = {"jobInputType": "mltable", "uri": f"{STORE}/rows"}
    timed.submit("p", "Pipeline", jobs=steps, inputs={"rows": rows})
    timed.wait(60)
    found = children(timed, "p")
    assert found["learn"]["taskDetails"] == {
        "taskType": "TextNER",
        "limitSettings": {"maxTrials": 2},
        "trainingData": {"jobInputType": "mltable", "uri": f"{STORE}/rows"},
    }
    assert found["count"]["entry"]["file"] == "main.py"
    assert {one["status"] for one in found.values()} == {"Completed"}
