"""What Azure says of a refusal reaches whoever runs a dynamic resource: at once, or at the end of an operation."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from azure.core import PipelineClient

from azureml_arm.clouds import PUBLIC
from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError, _policies
from azureml_infra.smoke.azure import AzureReader
from kit.http_host import listening, respond

QUOTA = "Not enough quota available for Standard_F4s_v2. Current usage/limit: 0/6. Additional needed: 8"
ERROR = {
    "error": {
        "code": "BadRequest",
        "message": "The request is invalid.",
        "details": [{"code": "InferencingClientCreateDeploymentFailed", "message": QUOTA}],
    }
}
GROUP = "/subscriptions/s/resourceGroups/g"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/w"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/e"
ROLES = f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments"
RESOURCES = f"{GROUP}/resources"


class Refusing(BaseHTTPRequestHandler):
    """Refuses a GET at once; a PUT begins an operation that fails."""

    def do_GET(self) -> None:
        if self.path.startswith("/operations/"):
            self._answer(200, {"status": "Failed", **ERROR}, {"Retry-After": "0"})
        elif self.path.startswith((ROLES, RESOURCES)):
            at = f"http://{self.headers['Host']}{self.path.partition('?')[0]}?api-version=2022-04-01&$skiptoken=2"
            more = (
                {"value": [{"name": "two", "id": "/two"}]}
                if "skiptoken" in self.path
                else {"value": [{"name": "one", "id": "/one"}], "nextLink": at}
            )
            self._answer(200, more)
        elif "missing" in self.path:
            self._answer(404, ERROR)
        else:
            self._answer(400, ERROR)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        at = f"http://{self.headers['Host']}/operations/1"
        headers = {"Azure-AsyncOperation": at, "Retry-After": "0"}
        self._answer(201, {"properties": {"provisioningState": "Creating"}}, headers)

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        respond(self, json.dumps(body).encode(), status, {"Content-Type": "application/json", **(headers or {})})


NOBODY: Any = None
"""No credential: the pipeline here asks for none."""


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArmClient]:
    with listening(Refusing) as address:
        client: Any = PipelineClient(address, policies=_policies())
        monkeypatch.setattr("azureml_infra.dynamic.clients._pipeline", lambda *_: client)
        yield ArmClient(PUBLIC, NOBODY)


def test_a_refusal_has_the_details(arm: ArmClient) -> None:
    with pytest.raises(AzureRefusedError) as caught:
        arm.get(ENDPOINT, "2025-12-01")
    assert str(caught.value) == (
        f"{ENDPOINT}: BadRequest: The request is invalid. InferencingClientCreateDeploymentFailed: {QUOTA} (HTTP 400)"
    )


def test_an_operation_that_fails_has_them_too(arm: ArmClient) -> None:
    with pytest.raises(AzureRefusedError) as caught:
        arm.put(ENDPOINT, "2025-12-01", {})
    assert str(caught.value) == (
        f"{ENDPOINT}: BadRequest: The request is invalid. InferencingClientCreateDeploymentFailed: {QUOTA}"
    )


def test_a_collection_is_read_page_by_page_and_is_empty_where_there_is_none(arm: ArmClient) -> None:
    assert [one["name"] for one in arm.list(ROLES, "2022-04-01", **{"$filter": "atScope()"})] == ["one", "two"]
    assert list(arm.list("/missing", "2022-04-01")) == []
    with pytest.raises(AzureRefusedError, match="The request is invalid"):
        list(arm.list(ENDPOINT, "2022-04-01"))


def test_a_smoke_run_sees_every_page_of_a_group(arm: ArmClient) -> None:
    assert AzureReader(arm, "s", "g").resources() == ["/one", "/two"]
