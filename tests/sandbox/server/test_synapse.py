"""A Synapse workspace's own interface: where it answers, whom it lets in, and that its answers are as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_infra.dynamic.synapse_role import ADMINISTRATOR
from azureml_sandbox.http.synapse import AUDIENCE
from kit.served import Served, serving

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-synapse"
SYNAPSE = f"{GROUP}/providers/Microsoft.Synapse/workspaces/clitest"
ASSIGNMENT = "/roleAssignments/0550e787-7841-4669-9ac8-a8176e900002"
OLGA = f"olga@{AUDIENCE}"
GIVEN = {
    "roleId": ADMINISTRATOR,
    "principalId": "829ae9c5-95e5-4e5b-9f8b-eca27e2cb501",
    "principalType": "ServicePrincipal",
    "scope": "workspaces/clitest/bigDataPools/test",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("synapse"), "--memory") as made:
        yield made


def ask(server: Served, who: str, method: str, url: str, body: Any = None) -> requests.Response:
    """Ask as somebody: ``olga``, or ``olga@AUDIENCE`` with a token for that and not for Azure Resource Manager."""
    client, _, audience = who.partition("@")
    form = {"client_id": client, "client_secret": "sandbox", "grant_type": "client_credentials"}
    form["scope"] = f"{audience or 'https://management.azure.com'}/.default"
    signed = requests.post(f"{server.url}/{TENANT}/oauth2/v2.0/token", data=form, verify=str(server.bundle), timeout=30)
    headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    return requests.request(method, url, json=body, headers=headers, verify=str(server.bundle), timeout=30)


def make(server: Served, place: str, version: str, body: Any, who: str = "olga") -> Any:
    return ask(server, who, "PUT", f"{server.url}{place}?api-version={version}", body).json()


def test_roles_are_given_by_who_made_a_workspace_and_by_owners_where_the_firewall_lets_them_in(server: Served) -> None:
    make(server, GROUP, "2024-03-01", {"location": "westeurope"})
    made = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
    address = make(server, SYNAPSE, "2021-06-01", made)["properties"]["connectivityEndpoints"]["dev"]
    url = f"{server.url}/synapse/clitest{ASSIGNMENT}?api-version=2020-12-01"
    assert address.startswith(("https://clitest.dev.azuresynapse.localhost:", f"{server.url}/synapse/clitest"))
    refused = ask(server, OLGA, "PUT", url, GIVEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ClientIpAddressNotAuthorized")
    everybody = {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}}
    make(server, f"{SYNAPSE}/firewallRules/all", "2021-06-01", everybody)
    statuses = [ask(server, f"{who}@{AUDIENCE}", "PUT", url, GIVEN).status_code for who in ("dana", "olga")]
    assert statuses == [403, 200]
    assert ask(server, "olga", "PUT", url, GIVEN).status_code == 401  # a token for Azure Resource Manager
    own, shown = {"id": ASSIGNMENT.rpartition("/")[2]}, ask(server, OLGA, "GET", url).json()
    wanted = {**own, **{word: text for word, text in GIVEN.items() if word != "roleId"}}
    assert shown == {**wanted, "roleDefinitionId": ADMINISTRATOR}
    assert ask(server, OLGA, "DELETE", url).status_code == 204
    gone = ask(server, OLGA, "GET", url)
    assert gone.json() == {"error": {"code": "RoleAssignmentNotFound", "message": "RoleAssignmentNotFound"}}
