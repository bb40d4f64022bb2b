"""Role assignments on the sandbox's cloud: their names, their scopes, and what a change of one does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_infra import Access, AccessEntry
from azureml_sandbox import RunFailedError, Sandbox
from kit.platforms import changed, live, stack, workspace

TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
OTHERS = "4b7a0f6d-0000-4000-8000-0000000000c0"
SCIENTIST = "AzureML Data Scientist"
Program = Callable[[], Any]


def program(*entries: dict[str, Any], mode: str = "lazy") -> Program:
    given = [AccessEntry.model_validate({"principal": TEAM, "principal_type": "group", **entry}) for entry in entries]
    return lambda: Access("team", given, workspace=workspace(mode=mode))


def assignments(sandbox: Sandbox, principal: str = TEAM) -> list[dict[str, Any]]:
    found = sandbox.azure.resources("Microsoft.Authorization/roleAssignments")
    return [one for one in found if one["properties"]["principalId"] == principal]


def test_the_workspace_is_the_scope_and_the_name_is_a_guid_of_who_what_and_where() -> None:
    sandbox = stack()
    sandbox.up(program({"role": SCIENTIST}))
    (made,) = assignments(sandbox)
    scope = live(sandbox)["id"]
    role = definition_id(SCIENTIST, sandbox.azure.subscription)
    assert made["properties"]["scope"] == scope
    assert made["name"] == assignment_guid(scope, TEAM, role)
    assert made["properties"]["principalType"] == "Group"


def test_a_role_by_its_id_is_the_same_role() -> None:
    sandbox = stack()
    sandbox.up(program({"role": SCIENTIST}))
    role = definition_id(SCIENTIST, sandbox.azure.subscription).rpartition("/")[2]
    assert changed(sandbox.up(program({"role": role}))) == []


def test_another_principal_is_another_assignment() -> None:
    sandbox = stack()
    sandbox.up(program({"role": SCIENTIST}))
    sandbox.up(program({"role": SCIENTIST, "principal": OTHERS}))
    assert assignments(sandbox) == []
    assert len(assignments(sandbox, OTHERS)) == 1


def test_the_order_of_entries_does_not_matter() -> None:
    sandbox = stack()
    entries: list[dict[str, Any]] = [{"role": SCIENTIST}, {"role": "Reader", "scope": "resource_group"}]
    sandbox.up(program(*entries))
    assert changed(sandbox.up(program(*reversed(entries)))) == []


def test_a_registry_that_is_not_there_yet_can_not_be_a_scope() -> None:
    with pytest.raises(RunFailedError, match="`registry: managed`"):
        stack().up(program({"role": "AcrPull", "scope": "registry"}))


def test_a_role_on_the_registry_comes_after_it() -> None:
    sandbox = stack()
    done = changed(sandbox.up(program({"role": "AcrPull", "scope": "registry"}, mode="managed")))
    assert done.index("create ml-registry") < done.index("create team-acrpull-9f2d6c1e-registry")


def test_a_principal_of_the_same_program_will_do() -> None:
    """An identity's object id is known only when the program runs."""

    def run() -> None:
        made = workspace()
        entry = AccessEntry(role="Reader", principal=pulumi.Output.from_input(made.principal), principal_type="user")
        Access("self", [entry], workspace=made)

    sandbox = stack()
    sandbox.preview(run)
    sandbox.up(run)
    assert changed(sandbox.up(run)) == []
    principal = live(sandbox)["identity"]["principalId"]
    reader = definition_id("Reader", sandbox.azure.subscription)
    assert reader in {one["properties"]["roleDefinitionId"] for one in assignments(sandbox, principal)}
