"""A Synapse workspace's own interface: where it answers, whom it lets in, and that its answers are as recorded."""

from collections.abc import Iterator

import pytest

from azureml_arm.sandbox import SUBSCRIPTION
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


def test_roles_are_given_by_who_made_a_workspace_and_by_owners_where_the_firewall_lets_them_in(server: Served) -> None:
    server.make(GROUP, "2024-03-01", {"location": "westeurope"})
    made = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}
    address = server.make(SYNAPSE, "2021-06-01", made)["properties"]["connectivityEndpoints"]["dev"]
    url = f"{server.url}/synapse/clitest{ASSIGNMENT}?api-version=2020-12-01"
    assert address.startswith(("https://clitest.dev.azuresynapse.localhost:", f"{server.url}/synapse/clitest"))
    refused = server.ask(OLGA, "PUT", url, GIVEN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "ClientIpAddressNotAuthorized")
    everybody = {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}}
    server.make(f"{SYNAPSE}/firewallRules/all", "2021-06-01", everybody)
    statuses = [server.ask(f"{who}@{AUDIENCE}", "PUT", url, GIVEN).status_code for who in ("dana", "olga")]
    assert statuses == [403, 200]
    assert server.ask("olga", "PUT", url, GIVEN).status_code == 401  # a token for Azure Resource Manager
    own, shown = {"id": ASSIGNMENT.rpartition("/")[2]}, server.ask(OLGA, "GET", url).json()
    wanted = {**own, **{word: text for word, text in GIVEN.items() if word != "roleId"}}
    assert shown == {**wanted, "roleDefinitionId": ADMINISTRATOR}
    assert server.ask(OLGA, "DELETE", url).status_code == 204
    gone = server.ask(OLGA, "GET", url)
    assert gone.json() == {"error": {"code": "RoleAssignmentNotFound", "message": "RoleAssignmentNotFound"}}
