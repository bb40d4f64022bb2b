"""Deployments over https, as clients poll them, and with the rights of who asks."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_sandbox.model.identities import CLIENT
from kit.served import Served, serving

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
DEPLOYMENTS = f"{GROUP}/providers/Microsoft.Resources/deployments"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
IDENTITY, ROLES = "Microsoft.ManagedIdentity/userAssignedIdentities", "Microsoft.Authorization/roleDefinitions"


@dataclass(frozen=True)
class Caller:
    """Somebody who is signed in to a server."""

    server: Served
    token: str

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request to ARM, by a path or a whole URL."""
        url = path if path.startswith("https") else f"{self.server.url}{path}?api-version=2023-01-31"
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.server.session.request(method, url, json=body, headers=headers, timeout=30)

    def wait(self, answer: requests.Response) -> dict[str, Any]:
        """Wait for an operation, and return what it ends as."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            document: dict[str, Any] = self.send("GET", answer.headers["Azure-AsyncOperation"]).json()
            if document["status"] in ("Succeeded", "Failed", "Canceled"):
                return document
            time.sleep(float(answer.headers.get("Retry-After", 0.1)))
        raise AssertionError(answer.url)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("deployments")) as found:
        owner(found).send("PUT", GROUP, {"location": "westeurope"})
        yield found


def signed_in(server: Served, client: str) -> Caller:
    return Caller(server, server.token(client))


def owner(server: Served) -> Caller:
    return signed_in(server, CLIENT)


def body(*names: str, **more: Any) -> dict[str, Any]:
    resources = [
        {"type": IDENTITY, "apiVersion": "2023-01-31", "name": name, "location": "westeurope"} for name in names
    ]
    template = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources, **more}
    return {"properties": {"mode": "Incremental", "template": template}}


def test_a_deployment_is_accepted_and_polled_to_its_end(server: Served) -> None:
    caller = owner(server)
    answer = caller.send("PUT", f"{DEPLOYMENTS}/good", body("idgood"))
    assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (201, "Accepted")
    assert caller.wait(answer)["status"] == "Succeeded"
    assert caller.send("GET", f"{DEPLOYMENTS}/good").json()["properties"]["provisioningState"] == "Succeeded"
    for path in (f"{DEPLOYMENTS}/good/operations", f"{GROUP}/deployments/good/operations"):
        (operation,) = caller.send("GET", path).json()["value"]
        assert operation["properties"]["targetResource"]["resourceName"] == "idgood"
        again = caller.send("GET", f"{path}/{operation['operationId']}").json()
        assert again["operationId"] == operation["operationId"]
    assert caller.send("HEAD", f"{DEPLOYMENTS}/good").status_code == 204
    assert caller.send("HEAD", f"{DEPLOYMENTS}/none").status_code == 404


def test_a_deployment_that_fails_says_so_at_its_end_and_stays(server: Served) -> None:
    caller = owner(server)
    answer = caller.send("PUT", f"{DEPLOYMENTS}/bad", body("x", "idbad"))
    assert answer.status_code == 201
    ended = caller.wait(answer)
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert [one["code"] for one in ended["error"]["details"]] == ["InvalidResourceName"]
    assert caller.send("GET", f"{DEPLOYMENTS}/bad").json()["properties"]["provisioningState"] == "Failed"
    assert caller.send("GET", f"{GROUP}/providers/{IDENTITY}/idbad").status_code == 200
    listed = caller.send("GET", DEPLOYMENTS).json()["value"]
    assert "bad" in [one["name"] for one in listed]


def test_who_may_deploy_may_still_only_make_what_they_may_make(server: Served) -> None:
    caller, dana = owner(server), PEOPLE["dana"]
    role = f"/subscriptions/{SUBSCRIPTION}/providers/{ROLES}/6f2cd1a3-2a2b-4b4e-9d0e-000000000001"
    permissions = {"actions": ["Microsoft.Resources/deployments/*"], "notActions": []}
    properties = {"roleName": "Deployer", "type": "CustomRole", "permissions": [permissions]}
    made = caller.send(
        "PUT", role, {"properties": {**properties, "assignableScopes": [f"/subscriptions/{SUBSCRIPTION}"]}}
    )
    assert made.ok, made.text
    assignment = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/6f2cd1a3-2a2b-4b4e-9d0e-000000000002"
    granted = {"roleDefinitionId": role, "principalId": dana.object_id, "principalType": "User"}
    assert caller.send("PUT", assignment, {"properties": granted}).ok
    theirs = signed_in(server, dana.object_id)
    for method, path in (("PUT", "/sneaky"), ("POST", "/sneaky/validate")):
        answer = theirs.send(method, f"{DEPLOYMENTS}{path}", body("idsneaky"))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (403, "InvalidTemplateDeployment")
        assert f"'{IDENTITY}/write'" in error["details"][0]["message"]
    tried = theirs.send("POST", f"{DEPLOYMENTS}/sneaky/whatIf", body("idsneaky")).json()
    assert (tried["status"], tried["error"]["code"]) == ("Failed", "InvalidTemplateDeployment")
    leak = {"o": {"type": "object", "value": f"[reference(resourceId('{IDENTITY}', 'idgood'), '2023-01-31')]"}}
    caller.wait(caller.send("PUT", f"{DEPLOYMENTS}/good", body("idgood")))
    ended = theirs.wait(theirs.send("PUT", f"{DEPLOYMENTS}/leak", body(outputs=leak)))
    assert f"{IDENTITY}/read" in ended["error"]["details"][0]["message"]
    assert caller.send("GET", f"{GROUP}/providers/{IDENTITY}/idsneaky").status_code == 404
    assert theirs.send("PUT", f"{DEPLOYMENTS}/empty", body()).status_code == 201


def test_a_template_that_is_wrong_is_refused_at_once(server: Served) -> None:
    answer = owner(server).send("PUT", f"{DEPLOYMENTS}/wrong", body("[oops(]"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidTemplate")
    assert owner(server).send("GET", f"{DEPLOYMENTS}/wrong").status_code == 404
