"""Previews of a platform that is there show what changes, and nothing that merely follows from not knowing yet."""

from typing import Any

import pytest

from azureml_sandbox import Result
from azureml_sandbox.pulumi.engine import providers
from kit.platforms import ML, platform_of
from kit.scenarios import Scenario, scenarios

MADE = [name for name in scenarios() if name != "existing-workspace"]
"""The examples whose workspace they make, and change."""
REPLACING = {"replace", "create", "delete", "create-replacement", "delete-replaced"}


def preview(scenario: Scenario, overrides: dict[str, Any]) -> Result:
    """Return a preview of an example whose stack overrides some of it."""
    return scenario.sandbox.preview(platform_of(scenario.folder, **overrides))


def updates(result: Result) -> list[str]:
    return [operation.type for operation in result.operations if operation.op.value == "update"]


@pytest.mark.parametrize("name", MADE)
def test_a_word_changed_in_a_workspace_is_one_update(name: str) -> None:
    scenario = Scenario(name).ready()
    result = preview(scenario, {"workspace": {"description": "Another word."}})
    assert updates(result) == ["azure-native:machinelearningservices:Workspace"]
    assert {operation.op.value for operation in result.operations} & REPLACING == set()


@pytest.mark.parametrize("name", MADE)
def test_a_tag_on_everything_replaces_nothing(name: str) -> None:
    scenario = Scenario(name).ready()
    result = preview(scenario, {"tags": {"owner": "somebody"}})
    assert updates(result)
    assert {operation.op.value for operation in result.operations} & REPLACING == set()


def test_a_new_default_version_of_the_api_never_touches_what_cannot_change(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = Scenario("jobs").ready()
    kept = {"jobs", "codes", "components", "environments", "data", "models"}
    monkeypatch.setattr(providers, "_api_version", lambda _token: "2026-06-01")
    changed = {one.removeprefix(f"{ML}/") for one in updates(scenario.sandbox.preview(scenario.program))}
    assert changed & kept == set()


@pytest.mark.parametrize("name", scenarios())
def test_a_second_run_keeps_the_order_in_which_all_is_deleted(name: str) -> None:
    scenario = Scenario(name).ready()
    made = waits(scenario)
    assert any(made.values())
    scenario.up()
    assert waits(scenario) == made


def waits(scenario: Scenario) -> dict[str, list[str]]:
    """Return the URNs that each resource of the state depends on."""
    return {one.urn: sorted(one.dependencies) for one in scenario.sandbox.state.resources()}
