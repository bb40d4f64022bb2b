"""What a Python program gives wrongly is refused in a file's words, before anything is made."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from azureml_infra import (
    AmlCompute,
    ArgumentError,
    Asset,
    AzureBlobDatastore,
    BatchEndpoint,
    CommandJob,
    Compute,
    Datastore,
    Environment,
    Job,
    ManagedOnlineEndpoint,
    OnlineEndpoint,
    ResourceGroup,
    Workspace,
    WorkspaceArgs,
)
from azureml_sandbox import mock_azure
from kit.platforms import ML, changes, live, stack_of

LATER: Any = pulumi.Output.from_input("x")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda: AmlCompute(name="c"),
            'AmlCompute: "c" is not a valid name; expected 3 to 32 letters, digits and dashes, with a letter '
            "first and no dash last",
        ),
        pytest.param(
            lambda: AmlCompute(name="cpu", size="STANDARD_DS3V2"),
            'AmlCompute: "STANDARD_DS3V2" is not a VM size that Azure ML offers; expected one of '
            "`azureml-infra compute list-sizes`; did you mean Standard_DS3_v2, Standard_DS13_v2, Standard_DS5_v2?",
        ),
        (
            lambda: AmlCompute(name="cpu", max_instance=3),  # type: ignore[call-arg]
            'AmlCompute: unknown field "max_instance" in a compute cluster; did you mean "max_instances"?',
        ),
        (
            AmlCompute,
            'AmlCompute: "name" is missing in a compute cluster; expected name: unique in the workspace',
        ),
        (
            lambda: AmlCompute(name="cpu", tier="low"),
            'AmlCompute: "tier" is "low"; expected dedicated or low_priority',
        ),
        (
            lambda: AmlCompute(name="cpu", max_instances=LATER),
            'AmlCompute: "max_instances" is a Pulumi Output; expected a whole number that is known before the run',
        ),
        (
            lambda: AmlCompute(name="cpu", tags=LATER),
            'AmlCompute: "tags" is a Pulumi Output; expected a mapping, whose values may be Outputs',
        ),
        (
            lambda: AmlCompute(name="cpu", tags=42),
            'AmlCompute: "tags" is a number; expected a mapping',
        ),
        pytest.param(
            lambda: ResourceGroup(name=LATER),
            'ResourceGroup: "name" is a Pulumi Output; expected text that is known before the run; where another '
            "resource makes it, give it as text and make this wait by `opts=pulumi.ResourceOptions(depends_on=[…])`",
        ),
        (
            lambda: WorkspaceArgs(key_vault="kv"),
            'WorkspaceArgs: "kv" is not an ARM id; expected /subscriptions/…/providers/Microsoft.KeyVault/vaults/…',
        ),
        (
            lambda: AzureBlobDatastore(name="raw", container_name="raw", credentials={"account_key": "hunter2"}),
            "AzureBlobDatastore: a credential is written in clear text; expected ${{secrets.NAME}}, with",
        ),
    ],
)
def test_a_model_is_refused_in_a_files_words(make: Callable[[], Any], expected: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    said = str(caught.value)
    assert said.startswith(expected)
    assert "pydantic" not in said
    assert "[type=" not in said
    assert "hunter2" not in said


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ArgumentError) as caught:
        AmlCompute(name="c", size="huge", max_instances=-1)
    assert len(str(caught.value).splitlines()) == 3


ENDPOINT = ManagedOnlineEndpoint(name="churn")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda at: OnlineEndpoint("e", 42, workspace=at), "OnlineEndpoint: endpoint is an int; expected Managed"),  # type: ignore[arg-type]
        (
            lambda at: OnlineEndpoint("e", ENDPOINT, [42], workspace=at),  # type: ignore[list-item]
            "OnlineEndpoint: deployments[0] is an int; expected ManagedOnlineDeployment or KubernetesOnlineDeployment",
        ),
        (
            lambda at: OnlineEndpoint("e", ENDPOINT, 42, workspace=at),  # type: ignore[arg-type]
            "OnlineEndpoint: deployments is an int; expected a list",
        ),
        (lambda at: BatchEndpoint("e", ENDPOINT, workspace=at), "BatchEndpoint: endpoint is a ManagedOnlineEndpoint"),  # type: ignore[arg-type]
        (lambda at: Compute("c", {"name": "cpu"}, workspace=at), "Compute: compute is a dict; expected AmlCompute,"),  # type: ignore[arg-type]
        (lambda at: Datastore("d", None, workspace=at), "Datastore: datastore is None; expected AzureBlobDatastore,"),  # type: ignore[arg-type]
        (lambda at: Asset("a", "sk", workspace=at), "Asset: asset is a str; expected Environment, Data,"),  # type: ignore[arg-type]
        (
            lambda at: Job("j", LATER, workspace=at),
            "Job: job is a Pulumi Output; expected CommandJob, PipelineJob,",
        ),
    ],
)
def test_a_component_is_refused_something_else_than_its_model(make: Callable[[Workspace], Any], expected: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{re.escape(expected)}"), mock_azure():
        make(Workspace("ml", location="westeurope"))


ALONE = """
from azureml_infra import Schedule

try:
    Schedule("nightly", 5, workspace=None)
except ValueError as error:
    print(error)
"""


def test_what_was_expected_is_all_kinds_whatever_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    expected = "JobSchedule, MonitorSchedule or ImportSchedule"
    assert done.stdout == f"Schedule: schedule is an int; expected {expected}\n"


@pytest.mark.parametrize(
    "make",
    [
        lambda at: Compute("c", AmlCompute(name="cpu"), workspace=at),
        lambda at: Datastore("d", AzureBlobDatastore(name="raw", container_name="raw"), workspace=at),
        lambda at: Asset("a", Environment(name="sk", image="x"), workspace=at),
        lambda at: Job("j", CommandJob(command="true", environment="sk:1", compute="cpu"), workspace=at),
        lambda at: OnlineEndpoint("e", ENDPOINT, workspace=at),
    ],
)
def test_a_workspace_that_is_none_is_refused(make: Callable[[Any], Any]) -> None:
    with (
        pytest.raises(
            ArgumentError, match='workspace: "int" is none; expected a Workspace of this program, or the ARM id'
        ),
        mock_azure(),
    ):
        make(42)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            {"resource_group": LATER},
            "resource_group is a Pulumi Output; expected the name of an existing group as text",
        ),
        ({"args": {"display_name": "x"}}, "args is a dict; expected WorkspaceArgs"),
        ({"registry": "lazy"}, "registry is a str; expected RegistryMode"),
    ],
)
def test_a_workspace_says_what_it_takes(arguments: dict[str, Any], expected: str) -> None:
    with pytest.raises(ArgumentError, match=f"^Workspace: {expected}"), mock_azure():
        Workspace("ml", location="westeurope", **arguments)


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"team": pulumi.Output.from_input("churn")},
        lambda: pulumi.Output.from_input({"team": "churn"}),
    ],
)
def test_tags_may_be_outputs(make: Callable[[], Any]) -> None:
    def program() -> None:
        Workspace("ml", WorkspaceArgs(tags={"own": "yes"}), location="westeurope", tags=make())

    sandbox = stack_of(program)
    assert live(sandbox)["tags"] == {"team": "churn", "own": "yes"}
    assert live(sandbox, "Microsoft.Storage/storageAccounts")["tags"] == {"team": "churn"}
    sandbox.up(program)
    assert changes(sandbox.preview(program)) == []


def test_tags_of_an_entity_may_have_outputs_for_values() -> None:
    with mock_azure() as azure:
        workspace = Workspace("ml", location="westeurope")
        Compute("c", AmlCompute(name="cpu", tags={"team": pulumi.Output.from_input("x")}), workspace=workspace)
    (made,) = azure.resources(f"{ML}/computes")
    assert made["tags"] == {"team": "x"}
