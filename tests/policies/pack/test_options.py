"""Resource options under the pack, in programs that really run: none of them hides a change, or makes one up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import Provider, machinelearningservices

from azureml_policies import requests as arm_requests
from azureml_policies.baseline.state import ExportedState
from azureml_policies.pack.service import PackServicer
from azureml_policies.rule import Level
from azureml_policies.rules.registry import PERMISSIONS
from azureml_sandbox import Azure, Pack, RunFailedError, Sandbox
from azureml_sandbox.pulumi.engine.export import as_export
from kit.clouds import GROUP, WORKSPACE, workspace
from kit.guarded import DEFAULTS
from kit.guarded import run as run_as
from kit.platforms import SETTINGS, SUBSCRIPTION

OTHER = "6b5e1c1d-0000-4000-8000-000000000002"
Options = Callable[[], pulumi.ResourceOptions]


def program(most: int = 5, options: Options = pulumi.ResourceOptions, name: str = "cpu") -> Callable[[], None]:
    """Return a cluster by azure-native alone."""
    scale = {"minNodeCount": 0, "maxNodeCount": most}

    def stack() -> None:
        machinelearningservices.Compute(
            name,
            resource_group_name=GROUP.rpartition("/")[2],
            workspace_name=WORKSPACE.rpartition("/")[2],
            compute_name="cpu",
            location="westeurope",
            properties={
                "computeType": "AmlCompute",
                "properties": {"vmSize": "STANDARD_DS3_V2", "scaleSettings": scale},
            },
            opts=options(),
        )

    return stack


class Stack:
    """A stack in a workspace that is there, made by whoever may, and previewed by a data scientist."""

    def __init__(self, folder: Path, azure: Azure) -> None:
        self._state, self._azure = folder / "state.db", azure

    def up(self, stack: Callable[[], None]) -> None:
        with Sandbox(self._state, project="p", stack="dev", config=SETTINGS, azure=self._azure) as sandbox:
            sandbox.up(stack)

    def denied_names(self, stack: Callable[[], None], who: str = "dana") -> list[str]:
        """Return the names of what the pack denies in a preview."""
        with Sandbox(self._state, project="p", stack="dev", config=SETTINGS, azure=self._azure) as sandbox:
            past = as_export(sandbox.state.resources())
        service = PackServicer(
            PERMISSIONS,
            lambda *_: run_as(who, ExportedState(past, lambda item: arm_requests.writes(item, DEFAULTS), "x")),
        )
        packs = [Pack(service)]
        with Sandbox(self._state, project="p", stack="dev", config=SETTINGS, azure=self._azure, packs=packs) as sandbox:
            try:
                found = sandbox.preview(stack).violations
            except RunFailedError as failed:
                found = failed.result.violations
        return [item.urn.rpartition("::")[2] for item in found if item.level == Level.MANDATORY]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    made = Stack(tmp_path, workspace(Azure()))
    made.up(program())
    return made


def with_options(**options: Any) -> Options:
    return lambda: pulumi.ResourceOptions(**options)


def test_a_change_is_denied_and_no_change_passes(stack: Stack) -> None:
    assert stack.denied_names(program()) == []
    assert stack.denied_names(program(50)) == ["cpu"]
    assert stack.denied_names(program(50), "carl") == []


def test_ignored_changes_are_none(stack: Stack) -> None:
    ignoring = with_options(ignore_changes=["properties.properties.scaleSettings"])
    assert stack.denied_names(program(50, ignoring)) == []
    assert stack.denied_names(program(50, with_options(ignore_changes=["tags"]))) == ["cpu"]


def test_a_new_name_with_an_alias_is_the_same_cluster(stack: Stack) -> None:
    alias = with_options(aliases=[pulumi.Alias(name="cpu")])
    assert stack.denied_names(program(5, alias, "renamed")) == []
    assert stack.denied_names(program(50, alias, "renamed")) == ["renamed"]


def test_what_is_kept_in_azure_is_not_removed(stack: Stack) -> None:
    assert stack.denied_names(lambda: None) == ["p-dev"]  # what isn't planned is a violation of the stack
    stack.up(program(5, with_options(retain_on_delete=True)))
    assert stack.denied_names(lambda: None) == []


def test_protection_gives_no_rights(stack: Stack) -> None:
    assert stack.denied_names(program(50, with_options(protect=True))) == ["cpu"]


def test_an_import_is_for_those_who_may_change_it(tmp_path: Path) -> None:
    azure = workspace(Azure())
    first = Stack(tmp_path, azure)
    first.up(program(5, with_options(retain_on_delete=True)))
    first.up(lambda: None)
    taken = with_options(import_=f"{WORKSPACE}/computes/cpu")
    assert first.denied_names(program(5, taken)) == ["cpu"]
    assert first.denied_names(program(5, taken), "carl") == []


def test_another_provider_is_another_subscription(stack: Stack) -> None:
    def elsewhere() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=Provider("elsewhere", subscription_id=OTHER))

    def here() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=Provider("here", subscription_id=SUBSCRIPTION))

    assert "cpu" in stack.denied_names(program(5, elsewhere), "carl")
    assert stack.denied_names(program(5, here)) == []


def test_a_cluster_below_a_component_is_a_cluster(stack: Stack) -> None:
    def below() -> None:
        parent = pulumi.ComponentResource("my:index:Harmless", "harmless")
        program(
            50, lambda: pulumi.ResourceOptions(parent=parent, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        )()

    assert stack.denied_names(below) == ["cpu"]


def test_a_secret_or_an_output_hides_no_change(stack: Stack) -> None:
    def hide_compute() -> None:
        most: Any = pulumi.Output.secret(50)
        program(most)()

    assert stack.denied_names(hide_compute) == ["cpu"]
