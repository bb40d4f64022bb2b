"""Hubs, their projects and feature stores, as components."""

from typing import Any

import pytest
from pydantic import ValidationError

from azureml_infra import FeatureStoreArgs, HubArgs, ProjectArgs, Workspace
from azureml_sandbox import RunFailedError, Sandbox
from kit.given import grants, put_account
from kit.platforms import ML, SUBSCRIPTION, changes, stack, stack_of

DATA = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data"
LAKE = f"{DATA}/providers/Microsoft.Storage/storageAccounts/stlake"
FEATURES = f"{LAKE}/blobServices/default/containers/features"
IDENTITY = f"{DATA}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-features"


def hub_and_project() -> Workspace:
    """Return a project of a hub that the same program makes."""
    hub = Workspace("share", HubArgs(), location="westeurope")
    return Workspace("bot", ProjectArgs(hub_id=hub.id), location="westeurope")


def workspace_of(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Return the workspace of a platform."""
    (found,) = (one for one in sandbox.azure.resources(ML) if one["name"] == f"mlw-{name}-dev")
    return dict(found)


def test_a_project_stands_on_what_the_hub_of_the_same_program_has() -> None:
    sandbox = stack()
    previewed = sandbox.preview(hub_and_project)
    assert sorted(changes(sandbox.up(hub_and_project))) == sorted(changes(previewed))
    hub, project = workspace_of(sandbox, "share"), workspace_of(sandbox, "bot")
    assert (hub["kind"], project["kind"]) == ("Hub", "Project")
    assert project["properties"]["hubResourceId"] == hub["id"]
    for part in ("storageAccount", "keyVault"):
        assert project["properties"][part] == hub["properties"][part]
    assert len(sandbox.azure.resources("Microsoft.Storage/storageAccounts")) == 1
    assert hub["properties"]["associatedWorkspaces"] == [project["id"]]
    sandbox.refresh()
    assert changes(sandbox.up(hub_and_project)) == []


def test_the_older_word_for_a_projects_hub() -> None:
    hub = f"{DATA}/providers/{ML}/share"
    assert ProjectArgs.model_validate({"workspace_hub": hub}) == ProjectArgs(hub_id=hub)
    with pytest.raises(ValidationError, match="workspace_hub"):
        ProjectArgs.model_validate({"workspace_hub": hub, "hub_id": hub})


def test_a_disposable_hub_goes_after_its_project() -> None:
    sandbox = stack_of(hub_and_project, disposable="true")
    gone = [one.name for one in sandbox.destroy().operations if one.type.endswith(":Workspace")]
    assert gone.index("bot") < gone.index("share")
    assert sandbox.azure.resources(ML) == []


def test_a_workspace_never_becomes_one_of_another_kind() -> None:
    sandbox = stack_of(lambda: Workspace("share", location="westeurope"))
    with pytest.raises(RunFailedError, match=r"workspace\.kind, .*: Azure fixes this when it makes a workspace"):
        sandbox.preview(lambda: Workspace("share", HubArgs(), location="westeurope"))


def with_a_lake(sandbox: Sandbox) -> Sandbox:
    """Put a lake and an identity into the cloud, and return it."""
    put_account(sandbox.azure, LAKE, isHnsEnabled=True)
    sandbox.azure.put(FEATURES, {})
    sandbox.azure.put(IDENTITY, {"location": "westeurope"})
    return sandbox


def feature_store(target: str = FEATURES) -> Workspace:
    """Return a feature store whose features are materialized into a lake."""
    given = {"offline_store": {"target": target}, "materialization_identity": {"resource_id": IDENTITY}}
    return Workspace("features", FeatureStoreArgs.model_validate(given), location="westeurope")


def test_a_feature_store_reaches_its_offline_store() -> None:
    sandbox = with_a_lake(stack())
    sandbox.up(feature_store)
    made = workspace_of(sandbox, "features")
    settings = made["properties"]["featureStoreSettings"]
    assert made["kind"] == "FeatureStore"
    assert settings["computeRuntime"] == {"sparkRuntimeVersion": "3.4.0"}
    assert made["identity"]["type"] == "SystemAssigned,UserAssigned"
    assert list(made["identity"]["userAssignedIdentities"]) == [IDENTITY]
    (connection,) = sandbox.azure.resources(f"{ML}/connections")
    assert connection["name"] == settings["offlineStoreConnectionName"]
    identity = sandbox.azure.get(IDENTITY)["properties"]
    assert connection["properties"]["credentials"] == {"clientId": identity["clientId"], "resourceId": IDENTITY}
    assert connection["properties"]["target"] == FEATURES
    given = [one.scope for one in grants(sandbox.azure) if one.principal == identity["principalId"]]
    assert sorted(scope.rpartition("/")[2] for scope in given) == sorted(
        ["features", "mlw-features-dev", made["properties"]["storageAccount"].rpartition("/")[2]]
    )
    sandbox.refresh()
    assert changes(sandbox.up(feature_store)) == []


def test_another_offline_store_is_another_connection() -> None:
    sandbox = with_a_lake(stack())
    sandbox.up(feature_store)
    other = FEATURES.replace("features", "more")
    sandbox.azure.put(other, {})
    assert "update features" in changes(sandbox.up(lambda: feature_store(other)))
    (connection,) = sandbox.azure.resources(f"{ML}/connections")
    assert connection["properties"]["target"] == other
    settings = workspace_of(sandbox, "features")["properties"]["featureStoreSettings"]
    assert settings["offlineStoreConnectionName"] == connection["name"]
