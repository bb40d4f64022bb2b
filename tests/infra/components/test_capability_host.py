"""Capability hosts of hubs and projects."""

import pulumi

from azureml_infra import CapabilityHost, CapabilityHostArgs, HubArgs, ProjectArgs, Workspace
from kit.platforms import ML, changes, live, stack, stack_of

AGENTS = {"name": "agents", "ai_services_connections": ["models"], "vector_store_connections": ["search"]}


def hub_with_agents(**fields: object) -> None:
    """Make a hub with a capability host."""
    hub = Workspace("share", HubArgs(), location="westeurope")
    host = CapabilityHost("agents", CapabilityHostArgs.model_validate({**AGENTS, **fields}), workspace=hub)
    pulumi.export("id", host.id)


def test_a_hub_has_agents_and_a_changed_host_takes_the_place_of_the_old_one() -> None:
    sandbox = stack_of(hub_with_agents)
    made = live(sandbox, f"{ML}/capabilityHosts")["properties"]
    assert made["aiServicesConnections"] == ["models"]
    assert made["capabilityHostKind"] == "Agents"
    sandbox.refresh()
    assert changes(sandbox.preview(hub_with_agents)) == []
    assert changes(sandbox.up(lambda: hub_with_agents(vector_store_connections=["find"]))) == ["replace agents"]
    assert live(sandbox, f"{ML}/capabilityHosts")["properties"]["vectorStoreConnections"] == ["find"]


def test_a_projects_agents_keep_files_in_its_own_storage_unless_said_otherwise() -> None:
    """azure-ai-ml 1.35 fills in the same (operations/_capability_hosts_operations.py)."""
    sandbox = stack()

    def project() -> None:
        hub = Workspace("share", HubArgs(), location="westeurope")
        bot = Workspace("bot", ProjectArgs(hub_id=hub.id), location="westeurope")
        CapabilityHost("agents", CapabilityHostArgs.model_validate(AGENTS), workspace=bot)

    sandbox.up(project)
    made = live(sandbox, f"{ML}/capabilityHosts")["properties"]
    assert made["storageConnections"] == ["mlw-bot-dev/workspaceblobstore"]
