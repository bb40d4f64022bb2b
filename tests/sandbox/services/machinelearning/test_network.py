"""Managed networks: isolation that only grows, rules that Azure ML needs, and rules of one's own, one at a time."""

from typing import Any

import pytest

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.operations import CREATING
from azureml_sandbox.services.machinelearning.network import OUTBOUND_RULES
from kit.clouds import STORAGE, WORKSPACE, body, foundation, refused, workspace

PYPI = f"{WORKSPACE}/outboundRules/pypi"
FQDN = {"properties": {"type": "FQDN", "destination": "pypi.org", "category": "UserDefined"}}
QUEUE: dict[str, Any] = {
    "type": "PrivateEndpoint",
    "destination": {"serviceResourceId": STORAGE, "subresourceTarget": "queue", "sparkEnabled": False},
}
APPROVED, INTERNET = "AllowOnlyApprovedOutbound", "AllowInternetOutbound"


def isolate(mode: str = APPROVED, **more: Any) -> Azure:
    azure = foundation(Azure())
    azure.put(WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": mode, **more}))
    return azure


def names(azure: Azure, category: str) -> list[str]:
    rules = azure.list(WORKSPACE, OUTBOUND_RULES)
    return [rule["name"] for rule in rules if rule["properties"]["category"] == category]


def in_the_workspace(azure: Azure) -> dict[str, Any]:
    found: dict[str, Any] = azure.get(WORKSPACE)["properties"]["managedNetwork"]["outboundRules"]
    return found


def test_a_workspace_without_isolation_has_no_network() -> None:
    azure = workspace(Azure())
    assert "managedNetwork" not in azure.get(WORKSPACE)["properties"]
    with refused("BadRequest", 400, says="no managed network"):
        azure.put(PYPI, FQDN)
    with refused("BadRequest"):
        azure.action(WORKSPACE, "provisionManagedNetwork", {})


def test_azure_ml_adds_the_rules_that_it_needs() -> None:
    azure = isolate()
    network = azure.get(WORKSPACE)["properties"]["managedNetwork"]
    assert network["status"] == {"status": "Inactive", "sparkReady": False}
    assert network["firewallSku"] == "Standard"
    required = names(azure, "Required")
    assert "__SYS_ST_AzureActiveDirectory_TCP" in required
    assert "__SYS_ST_MicrosoftContainerRegistry.westeurope_TCP" in required
    assert any(name.startswith("__SYS_PE_kv-acme_vault_") for name in required)
    assert not any(name.startswith("__SYS_ST_") for name in names(isolate(INTERNET), "Required"))
    target = f"{WORKSPACE}/outboundRules/__SYS_ST_AzureMonitor_TCP"
    with refused("BadRequest", says="can't be deleted"):
        azure.delete(target)
    azure.put(target, {"properties": azure.get(target)["properties"]})
    with refused("BadRequest"):
        azure.put(target, FQDN)


def test_rules_are_the_same_in_the_workspace_and_beside_it() -> None:
    azure = isolate(outboundRules={"queue": QUEUE})
    assert names(azure, "UserDefined") == ["queue"]
    azure.put(PYPI, FQDN)
    assert in_the_workspace(azure)["pypi"]["destination"] == "pypi.org"
    azure.patch(WORKSPACE, {"properties": {"description": "changed"}})
    assert names(azure, "UserDefined") == ["pypi", "queue"]
    azure.put(WORKSPACE, body(WORKSPACE))
    assert names(azure, "UserDefined") == ["pypi", "queue"]
    azure.delete(PYPI)
    assert "pypi" not in in_the_workspace(azure)
    azure.put(WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": APPROVED, "outboundRules": {}}))
    assert names(azure, "UserDefined") == []
    assert names(azure, "Required")


def test_a_network_is_made_when_asked_for() -> None:
    azure = isolate(outboundRules={"queue": QUEUE})
    assert azure.get(f"{WORKSPACE}/outboundRules/queue")["properties"]["status"] == "Inactive"
    answer = azure.action(WORKSPACE, "provisionManagedNetwork", {"includeSpark": True})
    assert answer == {"status": "Active", "sparkReady": True}
    assert azure.get(f"{WORKSPACE}/outboundRules/queue")["properties"]["status"] == "Active"
    assert azure.put(PYPI, FQDN)["properties"]["status"] == "Active"
    assert azure.action(WORKSPACE, "provisionManagedNetwork", {})["sparkReady"] is True


@pytest.mark.parametrize(
    ("old", "new"), [(APPROVED, INTERNET), (APPROVED, "Disabled"), (INTERNET, "Disabled")], ids=str
)
def test_isolation_cant_be_taken_back(old: str, new: str) -> None:
    azure = isolate(old)
    with refused("BadRequest", 400, says=f"from {old} to {new}"):
        azure.put(WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": new}))


def test_isolation_grows() -> None:
    azure = isolate(INTERNET)
    azure.put(WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": APPROVED}))
    assert "__SYS_ST_AzureMonitor_TCP" in names(azure, "Required")


@pytest.mark.any_body("what Azure refuses")
@pytest.mark.parametrize(
    ("mode", "rule", "message"),
    [
        (INTERNET, FQDN["properties"], "only PrivateEndpoint rules"),
        (APPROVED, {"type": "Tunnel", "destination": "x"}, "needs a type"),
        (APPROVED, {"type": "FQDN"}, "and a destination"),
        (APPROVED, {"type": "PrivateEndpoint", "destination": {"subresourceTarget": "blob"}}, "serviceResourceId"),
    ],
)
def test_rules_suit_the_network(mode: str, rule: dict[str, Any], message: str) -> None:
    azure = isolate(mode)
    with refused("BadRequest", 400, says=message):
        azure.put(PYPI, {"properties": rule})
    with refused("BadRequest", 400):
        azure.put(WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": mode, "outboundRules": {"pypi": rule}}))
    assert not azure.exists(PYPI)


def test_rules_are_written_one_at_a_time() -> None:
    azure = isolate(outboundRules={"queue": QUEUE})
    azure.operations.seconds = 60
    azure.clock = lambda: 1000.0
    with azure.changing():
        azure.operations.begin(ids.parse(f"{WORKSPACE}/outboundRules/queue"), "PUT", CREATING)
    with refused("Conflict", 409, says="'queue' is Creating"):
        azure.put(PYPI, FQDN)
    azure.clock = lambda: 1060.0
    azure.put(PYPI, FQDN)
    assert names(azure, "UserDefined") == ["pypi", "queue"]


def test_a_private_endpoint_takes_the_right_to_approve_it() -> None:
    """azure-sdk-assets, workspace/e2etests, 2024-04; a rule that is there already isn't asked again."""
    azure = isolate(outboundRules={"queue": QUEUE})
    asked: list[tuple[str, str, str]] = []

    def authorise(caller: str, action: str, scope: str) -> None:
        asked.append((caller, action, scope))
        raise ArmError(403, "AuthorizationFailed", "no")

    azure.authorise = authorise
    other = {**QUEUE, "destination": {**QUEUE["destination"], "subresourceTarget": "table"}}
    for target, sent in (
        (f"{WORKSPACE}/outboundRules/table", {"properties": other}),
        (WORKSPACE, body(WORKSPACE, managedNetwork={"isolationMode": APPROVED, "outboundRules": {"table": other}})),
    ):
        with refused("UserError", 400) as refusal:
            azure.put(target, sent, caller="someone")
        text = f"User does not have permission to approve private link connections to resource: {STORAGE}"
        assert refusal.value.message == text
    kind = "Microsoft.Storage/storageAccounts/privateEndpointConnectionsApproval/action"
    assert asked == [("someone", kind, STORAGE)] * 2
    azure.put(f"{WORKSPACE}/outboundRules/queue", {"properties": QUEUE})
    assert len(asked) == 2


def test_private_endpoints_into_a_workspace() -> None:
    azure = workspace(Azure())
    target = f"{WORKSPACE}/privateEndpointConnections/pe-1"
    made = azure.put(target, {"properties": {}})
    assert made["properties"]["privateLinkServiceConnectionState"]["status"] == "Pending"
    assert made["location"] == "westeurope"
    links = azure.list(WORKSPACE, "Microsoft.MachineLearningServices/workspaces/privateLinkResources")
    assert links[0]["properties"]["groupId"] == "amlworkspace"
    azure.delete(target)
    assert not azure.exists(target)
