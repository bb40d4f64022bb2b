"""Azure ML's run history over https: the requests by which azure-ai-ml follows a job and gets what it left."""

import time
from typing import Any

import pytest
import requests

from kit.planes import ENVIRONMENT, ML, WORKSPACE, Planes

OVER = ("Completed", "Failed", "Canceled")
PATIENCE = 60


def ask(server: Planes, path: str, body: Any = None, method: str = "", token: str = "") -> requests.Response:
    """Ask for what is below the address that the workspace tells."""
    base = server.served.session.get(
        server.arm("GET", WORKSPACE, version=ML)["properties"]["discoveryUrl"],
        timeout=30,
    ).json()["api"]
    plane, _, rest = path.partition(" ")
    token = token or server.credential.get_token("https://ml.azure.com/.default").token
    return server.served.session.request(
        method or ("GET" if body is None else "POST"),
        f"{base}/{plane}/v1.0{WORKSPACE}/{rest}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )


def submit(server: Planes, name: str, **properties: Any) -> str:
    command = {"jobType": "Command", "command": "python main.py", "environmentId": ENVIRONMENT}
    command |= {"computeId": f"{WORKSPACE}/computes/cpu"}
    server.arm("PUT", f"{WORKSPACE}/jobs/{name}", {"properties": {**command, **properties}}, ML)
    return name


def details(server: Planes, name: str) -> Any:
    """Return the details of a run when it has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        body = ask(server, f"history runs/{name}/details").json()
        if body["status"] in OVER:
            return body
    raise AssertionError(f"{name} is still {body['status']}")


def test_a_run_is_followed_to_its_end_and_its_log_read(server: Planes) -> None:
    name = submit(server, "followed", displayName="Followed", tags={"a": "b"})
    run = details(server, name)
    assert (run["status"], run["runId"], run["displayName"], run["tags"]) == (
        "Completed",
        name,
        "Followed",
        {"a": "b"},
    )
    assert run["logFiles"]
    for url in run["logFiles"].values():
        log = server.served.session.get(url, timeout=30)
        assert log.status_code == 200
        unsigned = server.served.session.get(url.partition("?")[0], timeout=30)
        assert unsigned.status_code == 401
    assert ask(server, f"history runs/{name}").json()["rootRunId"] == name


def test_a_pipelines_children_are_runs_too(server: Planes) -> None:
    step = {"type": "command", "computeId": f"{WORKSPACE}/computes/cpu"}
    body = {"jobType": "Pipeline", "jobs": {"prepare": step, "train": step}}
    server.arm("PUT", f"{WORKSPACE}/jobs/piped", {"properties": body}, ML)
    assert details(server, "piped")["status"] == "Completed"
    children = ask(server, "history runs/piped/children").json()["value"]
    assert [one["displayName"] for one in children] == ["prepare", "train"]
    assert {one["parentRunId"] for one in children} == {"piped"}


def test_named_outputs_have_places(server: Planes) -> None:
    outputs = {"model": {"jobOutputType": "mlflow_model"}, "rows": {"jobOutputType": "uri_folder"}}
    name = submit(server, "outputs", outputs=outputs)
    places = ask(server, "history rundata", {"runId": name, "selectRunMetadata": True}).json()["runMetadata"]["outputs"]
    assert {one: places[one]["type"] for one in places} == {"model": "MLFlowModel", "rows": "uri_folder"}
    asset = places["rows"]["assetId"]
    resolved = ask(server, "data dataversion/batchGetResolvedUris", {"values": [asset]}).json()["values"]
    assert resolved[asset]["uri"].endswith("/datastores/workspaceblobstore/paths/azureml/outputs/rows/")
    models = ask(server, "modelregistry models/batchGetResolvedUris", {"values": [places["model"]["assetId"]]})
    assert [one["path"].rpartition("/paths/")[2] for one in models.json()["values"].values()] == [
        "azureml/outputs/model/"
    ]


def test_runs_are_archived_and_have_services(server: Planes) -> None:
    name = submit(server, "archived", services={"lab": {"jobServiceType": "JupyterLab", "port": 8888}})
    changed = ask(server, f"history experiments/Default/runs/{name}", {"hidden": True}, "PATCH")
    assert changed.json()["hidden"] is True
    assert server.arm("GET", f"{WORKSPACE}/jobs/{name}", version=ML)["properties"]["isArchived"] is True
    instances = ask(server, f"history runs/{name}/serviceinstances/0").json()["instances"]
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
def test_what_is_not_there_is_refused(server: Planes, path: str, body: Any, status: int) -> None:
    answer = ask(server, path, body)
    assert (answer.status_code, bool(answer.json()["error"]["message"])) == (status, True)


def test_who_asks_must_be_let(server: Planes) -> None:
    elsewhere = server.credential.get_token("https://storage.azure.com/.default").token
    assert ask(server, "history runs/x", token=elsewhere).status_code == 401
    assert ask(server, "history runs/x", token="a.b.c").status_code == 401
