"""Components in a workspace that exists already: by its id, its name or an Output; nothing of it is changed."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import machinelearningservices

from azureml_infra import (
    Access,
    AccessEntry,
    AmlCompute,
    Asset,
    AzureBlobDatastore,
    Compute,
    Datastore,
    Environment,
    ExistingWorkspace,
    ManagedOnlineEndpoint,
    OnlineEndpoint,
    Workspace,
)
from azureml_sandbox import RunFailedError, Sandbox
from azureml_sandbox.services.machinelearning.workspace import Workspace as WorkspaceService
from kit.platforms import ML, SETTINGS, WORKSPACE_ID, changes, live, up_once, workspace

CPU = AmlCompute(name="cpu", size="Standard_DS3_v2", max_instances=2)
PERSON = AccessEntry(
    role="AzureML Data Scientist", principal="0b0ac3bb-7c34-4b6b-8f3b-0a3f0e1d2c3b", principal_type="user"
)


@pytest.fixture
def there() -> Sandbox:
    """Return a stack without anything, beside a workspace that another one made."""
    other = up_once(workspace)
    return Sandbox(
        project="own",
        stack="dev",
        config=SETTINGS,
        azure=other.azure,
    )


def in_it(given: Callable[[], Any]) -> Callable[[], None]:
    """Return a program that makes a bit of everything in a workspace."""

    def program() -> None:
        at = given()
        Compute("cpu", CPU, workspace=at)
        Datastore("raw", AzureBlobDatastore(name="raw", container_name="raw", create=True), workspace=at)
        Asset("env", Environment(name="env", version="1", image="mcr.microsoft.com/base:1"), workspace=at)
        OnlineEndpoint("score", ManagedOnlineEndpoint(name="score-it-all"), workspace=at)
        Access("people", [PERSON], workspace=at)

    return program


def by_output() -> Any:
    """Return the id of a workspace that this program reads, which no preview of its first run knows."""
    return machinelearningservices.Workspace.get("theirs", pulumi.Output.from_input(WORKSPACE_ID)).id


FORMS = {
    "id": lambda: WORKSPACE_ID,
    "id in other letters": lambda: WORKSPACE_ID.replace("resourceGroups", "resourcegroups"),
    "name": lambda: "mlw-ml-dev",
    "Output": by_output,
    "component": lambda: ExistingWorkspace("own", WORKSPACE_ID),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_in_it_goes_up_stays_and_goes(there: Sandbox, form: str) -> None:
    program, before = in_it(FORMS[form]), live(there, ML)
    there.preview(program)
    there.up(program)
    (cluster,) = there.azure.resources(f"{ML}/computes")
    assert cluster["id"] == f"{WORKSPACE_ID}/computes/cpu"
    assert changes(there.up(program)) == []
    there.destroy()
    assert there.azure.resources(f"{ML}/computes") == []
    assert live(there, ML)["properties"] == before["properties"]


def test_one_that_is_named_twice_is_one_component(there: Sandbox) -> None:
    made = there.up(in_it(FORMS["id"]))
    assert [one.name for one in made.operations if one.type.endswith(":ExistingWorkspace")] == ["rg-ml-dev-mlw-ml-dev"]


def test_one_is_found_by_its_name_on_any_page_of_azures_list(there: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Sandbox(
        project="before",
        stack="dev",
        config=SETTINGS,
        azure=there.azure,
    )
    before.up(lambda: Workspace("before", location="westeurope"))
    monkeypatch.setattr(WorkspaceService, "page_size", 1)
    there.up(lambda: Compute("cpu", CPU, workspace="mlw-ml-dev"))
    assert live(there, f"{ML}/computes")["id"] == f"{WORKSPACE_ID}/computes/cpu"


def test_a_preview_knows_the_ids(there: Sandbox) -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        made = Compute("cpu", CPU, workspace=WORKSPACE_ID)
        made.id.apply(lambda value: seen.setdefault("id", value))

    there.preview(program)
    assert seen == {"id": f"{WORKSPACE_ID}/computes/cpu"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f"{WORKSPACE_ID}-2", "can't be found in Azure; expected the ARM id of one that exists"),
        ("mlw-ml-prod", 'there is no "mlw-ml-prod" in the subscription .*; did you mean "mlw-ml-dev"'),
        (f"{WORKSPACE_ID}/computes/cpu", "is not the ARM id of a workspace; expected a Workspace of this program, or"),
        (
            WORKSPACE_ID.replace("000000000001", "000000000002"),
            "is in another subscription .*; `pulumi config set azure-native:subscriptionId 5a4d0b0c-.*2`",
        ),
        (7, 'this component: workspace: "int" is none; expected a Workspace of this program, or the ARM id or name'),
    ],
)
def test_what_is_none_is_told_before_anything_is_made(there: Sandbox, given: Any, told: str) -> None:
    with pytest.raises(RunFailedError, match=told):
        there.up(lambda: Compute("cpu", CPU, workspace=given))
    assert there.azure.resources(f"{ML}/computes") == []
