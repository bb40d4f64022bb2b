"""Workspaces, their connections and outbound rules by azure-ai-ml's MLClient."""

import pytest
from azure.ai.ml import entities as ml
from azure.ai.ml.exceptions import ValidationException
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import GROUP, REGION, WORKSPACE, client, names, suite

SUITE = suite("workspaces", "workspace_outbound_rules", "connections", "capability_hosts")
OTHER = "ws-other"


@SUITE.tries("workspaces.begin_create", "workspaces.get")
def create(kit: Kit) -> None:
    """Make a workspace, and read it."""
    network = ml.ManagedNetwork(isolation_mode="AllowOnlyApprovedOutbound")
    asked = ml.Workspace(
        name=OTHER, location=REGION, display_name="Other", tags={"team": "ml"}, managed_network=network
    )
    made = kit.client.workspaces.begin_create(asked).result()
    assert (made.name, made.display_name, made.location) == (OTHER, "Other", REGION)
    assert made.identity.principal_id
    found = kit.client.workspaces.get(OTHER)
    assert found.tags["team"] == "ml"
    assert found.storage_account.partition("/Microsoft.Storage/")[2]
    with pytest.raises(ResourceNotFoundError):
        kit.client.workspaces.get("ws-nobody")


@SUITE.tries("workspaces.list", "workspaces.begin_update")
def changes(kit: Kit) -> None:
    """List workspaces, and change one."""
    assert {WORKSPACE, OTHER} <= set(names(kit.client.workspaces.list()))
    asked = kit.client.workspaces.get(OTHER)
    asked.description = "changed"
    assert kit.client.workspaces.begin_update(asked).result().description == "changed"
    assert kit.client.workspaces.get(OTHER).description == "changed"


@SUITE.tries("workspaces.get_keys", "workspaces.begin_sync_keys", "workspaces.begin_diagnose")
def keys(kit: Kit) -> None:
    """Read and synchronise the keys, and diagnose the workspace."""
    found = kit.client.workspaces.get_keys(OTHER)
    assert found.user_storage_key
    assert found.app_insights_instrumentation_key
    kit.client.workspaces.begin_sync_keys(OTHER).result()
    assert kit.client.workspaces.get_keys(OTHER).user_storage_key == found.user_storage_key
    assert kit.client.workspaces.begin_diagnose(OTHER).result().storage_account_results == []


@SUITE.tries(
    "workspaces.begin_provision_network",
    "workspace_outbound_rules.begin_create",
    "workspace_outbound_rules.begin_update",
    "workspace_outbound_rules.get",
    "workspace_outbound_rules.list",
    "workspace_outbound_rules.begin_remove",
)
def rules(kit: Kit) -> None:
    """Provision the managed network, and make, change and remove its rules."""
    group = kit.client.workspace_outbound_rules
    kit.client.workspaces.begin_provision_network(workspace_name=OTHER).result()
    assert kit.client.workspaces.get(OTHER).managed_network.status.status == "Active"
    tag = ml.ServiceTagDestination(name="graph", service_tag="AzureActiveDirectory", protocol="TCP", port_ranges="443")
    assert group.begin_create(OTHER, tag).result().service_tag == "AzureActiveDirectory"
    tag.port_ranges = "80, 443"
    assert group.begin_update(OTHER, tag).result().port_ranges == "80, 443"
    assert group.get(OTHER, "graph").port_ranges == "80, 443"
    assert "graph" in names(group.list(OTHER))
    group.begin_remove(OTHER, "graph").result()
    assert "graph" not in names(group.list(OTHER))


@SUITE.tries("connections.create_or_update", "connections.get", "connections.list", "connections.delete")
def connections(kit: Kit) -> None:
    """Make, read, list and delete connections."""
    group = client(kit, OTHER).connections
    key = ml.ApiKeyConfiguration(key="s3cret")
    search = ml.AzureAISearchConnection(name="search", endpoint="https://s.search.windows.net", api_key="s3cret")
    python = ml.WorkspaceConnection(
        name="feed", type="python_feed", target="https://feed.example", credentials=ml.NoneCredentialConfiguration()
    )
    openai = ml.AzureOpenAIConnection(name="gpt", azure_endpoint="https://o.openai.azure.com", api_key=key.key)
    git = ml.WorkspaceConnection(
        name="git", type="git", target="https://git.example/a", credentials=ml.PatTokenConfiguration(pat="t0ken")
    )
    for one in (search, python, openai, git):
        assert group.create_or_update(one).name == one.name
    assert names(group.list()) == ["feed", "git", "gpt", "search"]
    assert names(group.list(connection_type="git")) == ["git"]
    assert group.get("git").target == "https://git.example/a"
    assert not getattr(group.get("git").credentials, "pat", None)
    assert group.get("search", populate_secrets=True).api_key == "s3cret"
    group.delete("git")
    with pytest.raises(ResourceNotFoundError):
        group.get("git")


@SUITE.tries("workspaces.begin_delete")
def delete(kit: Kit) -> None:
    """Delete a workspace."""
    with pytest.raises((ValidationException, HttpResponseError)):
        kit.client.workspaces.begin_create(ml.Workspace(name="-", location=REGION)).result()
    kit.client.workspaces.begin_delete(OTHER, delete_dependent_resources=True).result()
    assert OTHER not in names(kit.client.workspaces.list())


@SUITE.tries("workspaces.begin_create", "workspaces.begin_delete")
def hub(kit: Kit) -> None:
    """Make a hub with a project, and delete both."""
    group = kit.client.workspaces
    made = group.begin_create(ml.Hub(name="hub", location=REGION)).result()
    assert made.id.endswith(f"/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/hub")
    group.begin_delete("hub", delete_dependent_resources=False).result()
    assert "hub" not in names(group.list())
