"""The data scientist's role: what it grants, where it is, and how it changes."""

from typing import Any

import pytest

from azureml_arm.actions import BEARING, JOB, WORKSPACE
from azureml_arm.rbac.bodies import role_definition
from azureml_arm.rbac.builtin import definition
from azureml_arm.rbac.evaluate import decide
from azureml_arm.rbac.model import RoleDefinition
from azureml_infra import Access, AccessEntry, Guardrails, GuardrailsArgs
from azureml_infra.components.scientist import BUILT_IN, UNLISTED
from azureml_infra.entities.guardrails import DATA_SCIENTIST
from azureml_sandbox import RunFailedError, Sandbox
from kit.guardrail_platforms import (
    ACCESS,
    AUTHORIZATION,
    DANA,
    GROUP,
    ROLE,
    TEAM,
    Described,
    program_of,
    rights,
    role,
)
from kit.platforms import SUBSCRIPTION, changes, copy_of, live, stack, stack_of, workspace
from kit.rows import each

BEARING_ACTIONS = [
    action
    for entry in BEARING
    if entry.type != JOB
    for action in (entry.write, entry.delete, *entry.posts)
    if action not in UNLISTED
]
WORK = [
    f"{WORKSPACE}/{action}"
    for action in (
        "read",
        "computes/read",
        "computes/applicationaccess/action",
        "jobs/write",
        "jobs/cancel/action",
        "models/versions/write",
        "data/versions/write",
        "environments/versions/write",
        "components/versions/write",
        "codes/versions/write",
        "datastores/read",
        "experiments/runs/submit/action",
        "onlineEndpoints/write",
        "onlineEndpoints/score/action",
        "batchEndpoints/jobs/write",
    )
]
OTHERS = [
    f"{WORKSPACE}/{action}"
    for action in ("write", "delete", "connections/listsecrets/action", "metadata/secrets/read", "notebooks/vm/write")
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Return a whole platform with the role, given to a team."""
    return stack_of(program_of(tmp_path_factory.mktemp("role"), ROLE + ACCESS))


@each("action", BEARING_ACTIONS + OTHERS)
def test_the_role_has_nothing_that_rents_machines(platform: Sandbox, action: str) -> None:
    scope = live(platform)["id"]
    assert not decide(action, scope, DANA, rights(platform)).allowed


@each("action", WORK)
def test_the_role_has_what_the_work_needs(platform: Sandbox, action: str) -> None:
    scope = live(platform)["id"]
    assert decide(action, scope, DANA, rights(platform)).allowed


def test_only_what_no_role_may_name_is_left_out() -> None:
    assert set(UNLISTED) < {action for entry in BEARING for action in (entry.write, entry.delete, *entry.posts)}


def test_the_role_takes_away_from_the_built_in_one_and_adds_nothing(platform: Sandbox) -> None:
    from azureml_arm.roles import find

    built_in = find(BUILT_IN)
    assert built_in is not None
    theirs, ours = definition(built_in).permissions[0], _permission(role_definition(role(platform)))
    assert ours.actions == theirs.actions
    assert ours.data_actions == theirs.data_actions
    assert set(theirs.not_actions) < set(ours.not_actions)


def _permission(made: RoleDefinition) -> Any:
    (only,) = made.permissions
    return only


def test_the_role_is_the_groups_and_carries_the_platforms_name(platform: Sandbox) -> None:
    made = role(platform)["properties"]
    assert made["assignableScopes"] == [GROUP]
    assert made["roleName"].startswith(f"{DATA_SCIENTIST} (acme-dev-")


def test_the_same_platform_elsewhere_has_a_role_of_another_name(describe: Described) -> None:
    names = set()
    for group in ("rg-one", "rg-two"):
        sandbox = stack()
        text = f"resource_group: {group}\n"
        sandbox.up(describe(text + ROLE))
        names.add((role(sandbox)["properties"]["roleName"], role(sandbox)["name"]))
    assert len({name for name, _ in names}) == len({guid for _, guid in names}) == 2


def test_the_assignment_is_of_the_role_and_waits_for_it(describe: Described) -> None:
    sandbox = stack()
    done = changes(sandbox.up(describe(ROLE + ACCESS)))
    (given,) = (one for one in rights(sandbox).assignments if one.role.id == role(sandbox)["name"])
    assert given.scope == live(sandbox)["id"]
    label = "create acme-access-data-scientist-without-compute-9f2d6c1e"
    assert done.index("create acme-data-scientist") < done.index(label)


def test_edits_of_the_role_are_updates(platform: Sandbox, describe: Described) -> None:
    sandbox = copy_of(platform)
    guid = role(sandbox)["name"]
    more = f"{WORKSPACE}/models/delete"
    renamed = f"guardrails: {{data_scientist_role: {{name: Contoso Scientist, not_actions: [{more}]}}}}\n"
    given = ACCESS.replace(DATA_SCIENTIST, "contoso scientist")
    assert changes(sandbox.up(describe(renamed + given))) == ["update acme-data-scientist"]
    made = role(sandbox)
    assert (made["name"], made["properties"]["roleName"]) == (guid, "Contoso Scientist")
    assert not decide(more, live(sandbox)["id"], DANA, rights(sandbox)).allowed
    assert changes(sandbox.up(describe(renamed + given))) == []


def test_what_is_switched_off_goes(describe: Described) -> None:
    sandbox = stack_of(describe(ROLE.replace("}", ", allowed_compute: {max_instances: 1}}") + ACCESS))
    done = changes(sandbox.up(describe("guardrails: {data_scientist_role: false}\n")))
    assert sorted(done) == [
        "delete acme-access-data-scientist-without-compute-9f2d6c1e",
        "delete acme-access-data-scientist-without-compute-9f2d6c1e-blobs",
        "delete acme-access-data-scientist-without-compute-9f2d6c1e-files",
        "delete acme-allowed-compute",
        "delete acme-allowed-compute-definition",
        "delete acme-data-scientist",
    ]
    for kind in ("roleDefinitions", "policyAssignments", "policyDefinitions"):
        assert sandbox.azure.resources(f"{AUTHORIZATION}/{kind}") == []


def test_the_role_can_not_be_given_outside_of_its_group() -> None:
    where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other"

    def run() -> None:
        made = workspace()
        args = GuardrailsArgs.model_validate({"data_scientist_role": True})
        entry = AccessEntry(role=DATA_SCIENTIST, principal=TEAM, principal_type="group", scope=where)
        Access("team", [entry], workspace=made, guardrails=Guardrails("ml", args, workspace=made))

    with pytest.raises(RunFailedError, match=f"can't be given on {where}: it belongs to the platform's resource group"):
        stack().up(run)


def test_naming_the_role_without_making_it_says_how_to_make_it() -> None:
    def run() -> None:
        entry = AccessEntry(role=DATA_SCIENTIST, principal=TEAM, principal_type="group")
        Access("team", [entry], workspace=workspace())

    with pytest.raises(RunFailedError, match=r"isn't made; switch it on with `guardrails: \{data_scientist_role: true"):
        stack().up(run)
