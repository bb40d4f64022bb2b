"""Role assignments on the sandbox's cloud: their names, their scopes, and what a change of one does."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_infra import Access, AccessEntry
from azureml_sandbox import RunFailedError, Sandbox
from kit.given import grants, put_account
from kit.platforms import SUBSCRIPTION, changes, live, stack, stack_of, workspace

TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"
OTHERS = "4b7a0f6d-0000-4000-8000-0000000000c0"
SCIENTIST = "AzureML Data Scientist"
Program = Callable[[], Any]
DATA = {"Storage Blob Data Contributor", "Storage File Data Privileged Contributor"}


def program(*entries: dict[str, Any], mode: str = "lazy", **args: Any) -> Program:
    given = [AccessEntry.model_validate({"principal": TEAM, "principal_type": "group", **entry}) for entry in entries]
    return lambda: Access("team", given, workspace=workspace(mode=mode, **args))


def assignments(sandbox: Sandbox, principal: str = TEAM) -> list[dict[str, Any]]:
    found = sandbox.azure.resources("Microsoft.Authorization/roleAssignments")
    return [one for one in found if one["properties"]["principalId"] == principal]


def roles_by_scope(sandbox: Sandbox) -> dict[str, set[str]]:
    """Return the names of the roles by their scopes."""
    found: dict[str, set[str]] = {}
    for scope, role, principal in grants(sandbox.azure):
        if principal == TEAM:
            found.setdefault(scope, set()).add(role)
    return found


SCIENTIST_ID = "f6c7c914-8db3-469d-8ca1-694a8f32e121"


@pytest.mark.parametrize(
    "role", [SCIENTIST, SCIENTIST_ID, definition_id(SCIENTIST, "5a4d0b0c-0000-4000-8000-000000000001")]
)
def test_a_data_scientist_may_use_the_data_of_a_workspace_without_keys(role: str) -> None:
    sandbox = stack_of(program({"role": role}))
    workspace_of = live(sandbox)
    assert roles_by_scope(sandbox) == {
        workspace_of["id"]: {SCIENTIST},
        workspace_of["properties"]["storageAccount"]: DATA,
    }
    assert {one["properties"]["principalType"] for one in assignments(sandbox)} == {"Group"}
    assert changes(sandbox.up(program({"role": role}))) == []


@pytest.mark.parametrize(
    ("entry", "args"),
    [
        ({"role": SCIENTIST, "data": False}, {}),
        ({"role": SCIENTIST, "scope": "resource_group"}, {}),
        ({"role": "AzureML Compute Operator"}, {}),
        ({"role": SCIENTIST}, {"system_datastores_auth_mode": "access_key"}),
    ],
)
def test_nobody_else_gets_the_data(entry: dict[str, Any], args: dict[str, Any]) -> None:
    sandbox = stack_of(program(entry, **args))
    assert len(assignments(sandbox)) == 1


def test_what_is_described_already_is_not_given_twice() -> None:
    sandbox = stack()
    blobs = {"role": "Storage Blob Data Contributor", "scope": "storage"}
    sandbox.up(program({"role": SCIENTIST}, blobs, {"role": SCIENTIST, "scope": "resource_group"}))
    assert roles_by_scope(sandbox)[live(sandbox)["properties"]["storageAccount"]] == DATA
    assert len(assignments(sandbox)) == 4


GIVEN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared/providers/Microsoft.Storage/storageAccounts/shared"


@pytest.mark.parametrize(("data", "expected"), [(None, set()), (True, DATA), (False, set())])
def test_the_data_of_a_given_account_is_given_when_asked_for(data: bool | None, expected: set[str]) -> None:
    sandbox = stack()
    put_account(sandbox.azure, GIVEN, allowSharedKeyAccess=False)
    sandbox.up(program({"role": SCIENTIST, "data": data}, storage_account=GIVEN))
    assert roles_by_scope(sandbox).get(GIVEN, set()) == expected


def test_the_workspace_is_the_scope_and_the_name_is_a_guid_of_who_what_and_where() -> None:
    sandbox = stack_of(program({"role": SCIENTIST, "data": False}))
    (made,) = assignments(sandbox)
    scope = live(sandbox)["id"]
    role = definition_id(SCIENTIST, sandbox.azure.subscription)
    assert made["properties"]["scope"] == scope
    assert made["name"] == assignment_guid(scope, TEAM, role)
    assert made["properties"]["principalType"] == "Group"


def test_a_role_by_its_id_is_the_same_role() -> None:
    sandbox = stack_of(program({"role": SCIENTIST}))
    role = definition_id(SCIENTIST, sandbox.azure.subscription).rpartition("/")[2]
    assert changes(sandbox.up(program({"role": role}))) == []


def test_another_principal_is_another_assignment() -> None:
    sandbox = stack_of(program({"role": SCIENTIST}))
    sandbox.up(program({"role": SCIENTIST, "principal": OTHERS}))
    assert assignments(sandbox) == []
    assert len(assignments(sandbox, OTHERS)) == 3


def test_the_order_of_entries_does_not_matter() -> None:
    sandbox = stack()
    entries: list[dict[str, Any]] = [{"role": SCIENTIST}, {"role": "Reader", "scope": "resource_group"}]
    sandbox.up(program(*entries))
    assert changes(sandbox.up(program(*reversed(entries)))) == []


def test_a_registry_that_is_not_there_yet_can_not_be_a_scope() -> None:
    with pytest.raises(RunFailedError, match="`registry: managed`"):
        stack().up(program({"role": "AcrPull", "scope": "registry"}))


def test_a_role_on_the_registry_comes_after_it() -> None:
    sandbox = stack()
    done = changes(sandbox.up(program({"role": "AcrPull", "scope": "registry"}, mode="managed")))
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
    assert changes(sandbox.up(run)) == []
    principal = live(sandbox)["identity"]["principalId"]
    reader = definition_id("Reader", sandbox.azure.subscription)
    assert reader in {one["properties"]["roleDefinitionId"] for one in assignments(sandbox, principal)}


def test_principals_that_begin_alike_are_two_assignments() -> None:
    others = "9f2d6c1e-0000-4000-8000-00000000da7b"
    sandbox = stack_of(program({"role": "Reader"}, {"role": "Reader", "principal": others}))
    assert len(assignments(sandbox)) == len(assignments(sandbox, others)) == 1
    assert changes(sandbox.up(program({"role": "Reader"}, {"role": "Reader", "principal": others}))) == []
