"""Outputs of components are known at preview and wait for their resource; Outputs are taken wherever ids go."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from pulumi_azure_native import authorization, storage

from azureml_infra import (
    AmlCompute,
    Asset,
    AzureBlobDatastore,
    BatchEndpoint,
    CommandJob,
    Compute,
    Datastore,
    Environment,
    Guardrails,
    GuardrailsArgs,
    Job,
    ManagedOnlineEndpoint,
    OnlineEndpoint,
    RegisteredModel,
    Workspace,
    WorkspaceArgs,
)
from azureml_infra.components.base import Component
from azureml_infra.entities.endpoint import BatchEndpoint as BatchEndpointModel
from kit.platforms import ML, changes, stack

ALL = GuardrailsArgs.model_validate({"data_scientist_role": {}, "allowed_compute": {"sizes": ["Standard_DS3_v2"]}})


def everything() -> list[Component]:
    """Return one of each component that has outputs."""
    at = Workspace("ml", location="westeurope", needs_image=True)
    Datastore("raw", AzureBlobDatastore(name="raw", container_name="raw", create=True), workspace=at)
    cpu = Compute("cpu", AmlCompute(name="cpu", size="Standard_DS3_v2"), workspace=at)
    environment = Asset("sk", Environment(name="sk", image="x", version="1"), workspace=at)
    return [
        at,
        cpu,
        environment,
        Datastore("own", AzureBlobDatastore(name="own", container_name="own", create=True), workspace=at),
        OnlineEndpoint("churn", ManagedOnlineEndpoint(name="churn"), workspace=at),
        BatchEndpoint("night", BatchEndpointModel(name="night"), workspace=at),
        Job("job", CommandJob(command="true", environment="azureml:sk:1", compute="azureml:cpu"), workspace=at),
        Guardrails("ml", ALL, workspace=at),
    ]


def outputs(component: Component) -> dict[str, pulumi.Output[Any]]:
    """Return the Outputs that a component's class declares, by name."""
    names = [name for kind in type(component).__mro__ for name in getattr(kind, "__annotations__", ())]
    found = {name: getattr(component, name, None) for name in names if not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, pulumi.Output)}


def look(seen: dict[str, tuple[bool, list[str]]]) -> Callable[[], None]:
    """Return a program that notes of each Output whether it is known and what it waits for."""

    async def note(name: str, output: pulumi.Output[Any]) -> bool:
        waits = [await one.urn.future() or "" for one in await output.resources()]
        seen[name] = (await output.is_known(), sorted(waits))
        return True

    def program() -> None:
        for component in everything():
            for name, output in outputs(component).items():
                asked: Any = asyncio.ensure_future(note(f"{type(component).__name__}.{name}", output))
                pulumi.Output.from_input(asked)

    return program


def test_each_output_waits_for_its_resource_and_is_known_at_preview() -> None:
    seen: dict[str, tuple[bool, list[str]]] = {}
    sandbox = stack()
    sandbox.preview(look(seen))
    assert len(seen) == 19
    assert [name for name, (_, waits) in seen.items() if not waits] == []
    # Where requests go is Azure's choice, and known once the endpoint is there.
    unknown = {name for name, (is_known, _) in seen.items() if not is_known}
    assert unknown <= {"OnlineEndpoint.scoring_uri", "BatchEndpoint.scoring_uri"}
    sandbox.up(look(seen))
    seen.clear()
    sandbox.preview(look(seen))
    assert [name for name, (is_known, waits) in seen.items() if not (is_known and waits)] == []


def test_what_is_put_beside_a_workspace_comes_after_it() -> None:
    def program() -> None:
        at = Workspace("ml", location="westeurope")
        authorization.ManagementLockByScope("lock", scope=at.id, level="CanNotDelete", lock_name="keep")
        storage.BlobContainer(
            "beside",
            account_name=at.storage_account_id.apply(lambda text: text.rpartition("/")[2]),
            resource_group_name=at.resource_group_name,
        )

    sandbox = stack(disposable="true")
    assert "create lock" in changes(sandbox.preview(program))
    done = changes(sandbox.up(program))
    assert done.index("create ml") < done.index("create lock")
    assert done.index("create ml-storage") < done.index("create beside")
    assert changes(sandbox.preview(program)) == []
    sandbox.destroy()


def test_a_workspace_shares_the_parts_and_the_group_of_another(tmp_path: Path) -> None:
    def program() -> None:
        first = Workspace("alpha", location="westeurope")
        second = Workspace(
            "beta",
            WorkspaceArgs(
                storage_account=first.storage_account_id,
                key_vault=first.key_vault_id,
                application_insights=first.application_insights_id,
            ),
            location="westeurope",
            resource_group=first.resource_group_name,
        )
        raw = AzureBlobDatastore(name="raw", container_name="raw", create=True)
        Datastore("raw", raw, workspace=second)
        Asset("m", RegisteredModel(name="m", path=str(tmp_path / "m.pkl"), type="custom_model"), workspace=second)

    (tmp_path / "m.pkl").write_bytes(b"weights")
    sandbox = stack()
    sandbox.preview(program)
    sandbox.up(program)
    alpha, beta = sorted(sandbox.azure.resources(ML), key=lambda one: str(one["name"]))
    for part in ("storageAccount", "keyVault", "applicationInsights"):
        assert beta["properties"][part] == alpha["properties"][part]
    assert beta["id"].split("/")[4] == alpha["id"].split("/")[4] == "rg-alpha-dev"
    assert changes(sandbox.preview(program)) == []
