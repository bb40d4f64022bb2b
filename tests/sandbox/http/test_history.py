"""Azure ML's run history over https: the requests by which azure-ai-ml follows a job and gets what it left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from kit.planes import ENVIRONMENT, ML, WORKSPACE, Planes, planes, workspace

OVER = ("Completed", "Failed", "Canceled")
PATIENCE = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planes]:
    with planes(tmp_path_factory.mktemp("project")) as made:
        workspace(made)
        yield made


def ask(served: Planes, path: str, body: Any = None, method: str = "", token: str = "") -> requests.Response:
    """A request below the address that the workspace tells."""
    base = requests.get(
        served.arm("GET", WORKSPACE, version=ML)["properties"]["discoveryUrl"],
        verify=str(served.served.bundle),
        timeout=30,
    ).json()["api"]
    plane, _, rest = path.partition(" ")
    token = token or served.credential.get_token("https://ml.azure.com/.default").token
    return requests.request(
        method or ("GET" if body is None else "POST"),
        f"{base}/{plane}/v1.0{WORKSPACE}/{rest}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        verify=str(served.served.bundle),
        timeout=30,
    )


def submit(served: Planes, name: str, **properties: Any) -> str:
    command = {"jobType": "Command", "command": "python main.py", "environmentId": ENVIRONMENT}
    command |= {"computeId": f"{WORKSPACE}/computes/cpu"}
    served.arm("PUT", f"{WORKSPACE}/jobs/{name}", {"properties": {**command, **properties}}, ML)
    return name


def details(served: Planes, name: str) -> Any:
    """Return the details of a run when it has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        body = ask(served, f"history runs/{name}/details").json()
        if body["status"] in OVER:
            return body
    raise AssertionError(f"{name} is still {body['status']}")


def test_a_run_is_followed_to_its_end_and_its_log_read(served: Planes) -> None:
    name = submit(served, "followed", displayName="Followed", tags={"a": "b"})
    run = details(served, name)
    assert (run["status"], run["runId"], run["displayName"], run["tags"]) == (
        "Completed",
        name,
        "Followed",
        {"a": "b"},
    )
    assert run["logFiles"]
    for url in run["logFiles"].values():
        log = requests.get(url, verify=str(served.served.bundle), timeout=30)
        assert log.status_code == 200
        unsigned = requests.get(url.partition("?")[0], verify=str(served.served.bundle), timeout=30)
        assert unsigned.status_code == 401
    assert ask(served, f"history runs/{name}").json()["rootRunId"] == name


def test_a_pipelines_children_are_runs_too(served: Planes) -> None:
    step = {"type": "command", "computeId": f"{WORKSPACE}/computes/cpu"}
    body = {"jobType": "Pipeline", "jobs": {"prepare": step, "train": step}}
    served.arm("PUT", f"{WORKSPACE}/jobs/piped", {"properties": body}, ML)
    assert details(served, "piped")["status"] == "Completed"
    children = ask(served, "history runs/piped/children").json()["value"]
    assert [one["displayName"] for one in children] == ["prepare", "train"]
    assert {one["parentRunId"] for one in children} == {"piped"}


def test_named_outputs_have_places(served: Planes) -> None:
    outputs = {"model": {"jobOutputType": "mlflow_model"}, "rows": {"jobOutputType": "uri_folder"}}
    name = submit(served, "outputs", outputs=outputs)
    places = ask(served, "history rundata", {"runId": name, "selectRunMetadata": True}).json()["runMetadata"]["outputs"]
    assert {one: places[one]["type"] for one in places} == {"model": "MLFlowModel", "rows": "uri_folder"}
    asset = places["rows"]["assetId"]
    resolved = ask(served, "data dataversion/batchGetResolvedUris", {"values": [asset]}).json()["values"]
    assert resolved[asset]["uri"].endswith("/datastores/workspaceblobstore/paths/azureml/outputs/rows/")
    models = ask(served, "modelregistry models/batchGetResolvedUris", {"values": [places["model"]["assetId"]]})
    assert [one["path"].rpartition("/paths/")[2] for one in models.json()["values"].values()] == [
        "azureml/outputs/model/"
    ]


def test_runs_are_archived_and_have_services(served: Planes) -> None:
    name = submit(served, "archived", services={"lab": {"jobServiceType": "JupyterLab", "port": 8888}})
    changed = ask(served, f"history experiments/Default/runs/{name}", {"hidden": True}, "PATCH")
    assert changed.json()["hidden"] is True
    assert served.arm("GET", f"{WORKSPACE}/jobs/{name}", version=ML)["properties"]["isArchived"] is True
    instances = ask(served, f"history runs/{name}/serviceinstances/0").json()["instances"]
    assert instances


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("history runs/none/details", None, 404),
        ("history runs/none/metrics", None, 501),
        ("history rundata", {}, 404),
        ("history rundata", [], 400),
    ],
)
def test_what_is_not_there_is_refused(served: Planes, path: str, body: Any, status: int) -> None:
    answer = ask(served, path, body)
    assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True)


def test_who_asks_must_be_let(served: Planes) -> None:
    elsewhere = served.credential.get_token("https://storage.azure.com/.default").token
    assert ask(served, "history runs/x", token=elsewhere).status_code == 401
    assert ask(served, "history runs/x", token="a.b.c").status_code == 401
