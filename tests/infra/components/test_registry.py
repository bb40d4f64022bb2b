"""The container registry in its three modes, and the one that Azure ML attaches by itself."""

from typing import Any

import pytest

from azureml_infra import Asset, Environment
from azureml_sandbox import RunFailedError, Sandbox
from kit.platforms import REGISTRY, SUBSCRIPTION, WORKSPACE_ID, changes, live, stack, stack_of, up_once, workspace

CONDA = {"name": "e", "dependencies": ["python=3.11"]}
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"


def with_image() -> None:
    """Do what a Platform does when something in it needs an image."""
    made = workspace(needs_image=True)
    Asset("sklearn-1", Environment(name="sklearn", version="1", image=IMAGE, conda_file=CONDA), workspace=made)


def attached_registry(sandbox: Sandbox) -> str | None:
    found: str | None = live(sandbox)["properties"].get("containerRegistry")
    return found


def let_azure_attach_one(sandbox: Sandbox) -> str:
    """Somebody builds an image from the studio, before there is a registry."""
    body: dict[str, Any] = {"properties": {"image": IMAGE, "condaFile": "dependencies: [python=3.11]"}}
    sandbox.azure.put(f"{WORKSPACE_ID}/environments/by-hand/versions/1", body)
    found = attached_registry(sandbox)
    assert found
    return found


def test_lazy_makes_none_until_it_is_needed_and_then_in_the_same_run() -> None:
    sandbox = up_once(workspace)
    assert sandbox.azure.resources(REGISTRY) == []
    result = sandbox.up(with_image)
    made = live(sandbox, REGISTRY)
    assert made["properties"]["adminUserEnabled"] is False
    assert attached_registry(sandbox) == made["id"]
    done = changes(result)
    assert done.index("create ml-registry") < done.index("update ml") < done.index("create sklearn-1")
    assert changes(sandbox.up(with_image)) == []


def test_lazy_keeps_the_registry_when_nothing_needs_it_any_more() -> None:
    sandbox = stack_of(with_image)
    before = attached_registry(sandbox)
    result = sandbox.up(workspace)
    assert not [line for line in changes(result) if "registry" in line or line.endswith(" ml")]
    assert attached_registry(sandbox) == before


@pytest.mark.parametrize("refreshed", [False, True])
def test_one_that_azure_attached_is_adopted_and_never_drift(*, refreshed: bool) -> None:
    sandbox = up_once(workspace)
    theirs = let_azure_attach_one(sandbox)
    if refreshed:
        sandbox.refresh()
    assert changes(sandbox.up(workspace)) == []
    assert "ml" not in [line.split()[1] for line in changes(sandbox.up(with_image))]
    assert attached_registry(sandbox) == theirs
    assert [one["id"] for one in sandbox.azure.resources(REGISTRY)] == [theirs]


@pytest.mark.parametrize("refreshed", [False, True])
def test_an_update_of_something_else_keeps_the_adopted_one(*, refreshed: bool) -> None:
    sandbox = up_once(workspace)
    theirs = let_azure_attach_one(sandbox)
    if refreshed:
        sandbox.refresh()
    assert changes(sandbox.up(lambda: workspace(description="new"))) == ["update ml"]
    assert attached_registry(sandbox) == theirs


def test_managed_makes_it_with_the_workspace() -> None:
    sandbox = stack_of(lambda: workspace(mode="managed"))
    assert attached_registry(sandbox) == live(sandbox, REGISTRY)["id"]


def test_managed_says_what_to_do_when_azure_was_first() -> None:
    sandbox = up_once(workspace)
    theirs = let_azure_attach_one(sandbox)
    with pytest.raises(RunFailedError, match=r"registry: \{mode: existing, id: "):
        sandbox.up(lambda: workspace(mode="managed"))
    assert attached_registry(sandbox) == theirs


def test_existing_takes_an_id() -> None:
    sandbox = stack()
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared"
    given = f"{group}/providers/{REGISTRY}/sharedregistry"
    sandbox.azure.put(group, {"location": "westeurope"})
    sandbox.azure.put(given, {"location": "westeurope", "sku": {"name": "Premium"}})
    mode: Any = {"mode": "existing", "id": given}
    sandbox.up(lambda: workspace(mode=mode))
    assert attached_registry(sandbox) == given
    assert len(sandbox.azure.resources(REGISTRY)) == 1
