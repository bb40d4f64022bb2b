"""Capability hosts: where they may be, and what never changes."""

import pytest

from azureml_sandbox.azure import Azure
from kit.clouds import WORKSPACE, body, foundation, refused
from kit.ml_paths import ml

HOST = {"properties": {"aiServicesConnections": ["models"], "vectorStoreConnections": ["search"]}}


@pytest.fixture
def hub() -> Azure:
    azure = foundation(Azure())
    azure.put(WORKSPACE, {**body(WORKSPACE), "kind": "Hub"})
    return azure


def test_a_hub_has_one_that_never_changes(hub: Azure) -> None:
    made = hub.put(ml("capabilityHosts/agents"), HOST)["properties"]
    assert (made["capabilityHostKind"], made["provisioningState"]) == ("Agents", "Succeeded")
    with refused("UserError", 400, says="vectorStoreConnections"):
        hub.put(ml("capabilityHosts/agents"), {"properties": {**HOST["properties"], "vectorStoreConnections": ["x"]}})
    hub.delete(ml("capabilityHosts/agents"))
    assert not hub.exists(ml("capabilityHosts/agents"))


def test_another_workspace_has_none() -> None:
    azure = foundation(Azure())
    azure.put(WORKSPACE, body(WORKSPACE))
    with refused("BadRequest", says="'Hub' or 'Project'"):
        azure.put(ml("capabilityHosts/agents"), HOST)
