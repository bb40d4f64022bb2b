"""The identity of a compute, the roles that it gets, and what becomes of jobs without them."""

from collections.abc import Callable
from typing import Any

import pytest

from azureml_arm.names import assignment_guid
from azureml_arm.roles import definition_id
from azureml_infra import AmlCompute, CommandJob, Compute, ComputeInstance, Job
from azureml_sandbox import Result, Sandbox
from kit.given import grants, put_account, put_identity
from kit.platforms import ML, REGISTRY, SUBSCRIPTION, changes, live, stack, stack_of, up_once, workspace

COMPUTE = f"{ML}/computes"
STORAGE = "Microsoft.Storage/storageAccounts"
BLOBS, FILES, PULL = "Storage Blob Data Contributor", "Storage File Data Privileged Contributor", "AcrPull"
IDENTITY = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-id/providers/Microsoft.ManagedIdentity/"
    "userAssignedIdentities/id-nodes"
)
GIVEN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-id/providers/{STORAGE}/shared"
KEYS: dict[str, Any] = {"system_datastores_auth_mode": "access_key"}
ASSIGNED: dict[str, Any] = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": IDENTITY}]}
NONE = {"type": "none"}
Program = Callable[[], Any]


def platform(
    *computes: dict[str, Any], mode: str = "managed", job: dict[str, Any] | None = None, **args: Any
) -> Program:
    def run() -> None:
        home = workspace(mode=mode, **args)
        for one in computes:
            kind: Any = ComputeInstance if one.get("type") == "computeinstance" else AmlCompute
            made = kind.model_validate({"name": "cpu", **one})
            Compute(made.name, made, workspace=home)
        if job is not None:
            Job("train", CommandJob.model_validate({"name": "train", "command": "true", **job}), workspace=home)

    return run


def default() -> None:
    """Make a workspace with a cluster of which nothing is said."""
    platform({})()


def roles(sandbox: Sandbox, principal: str | None = None) -> set[tuple[str, str]]:
    """Return the roles of a principal, the only compute's if left out: (type of the scope, role)."""
    principal = principal or (live(sandbox, COMPUTE).get("identity") or {}).get("principalId")
    found = [one for one in grants(sandbox.azure) if one.principal == principal]
    return {(one.scope.split("/")[-2], one.role) for one in found}


ALL = {("registries", PULL), ("storageAccounts", BLOBS), ("storageAccounts", FILES)}


def warnings(result: Result) -> list[str]:
    return [one.message for one in result.diagnostics if one.severity == "warning"]


def test_a_compute_gets_an_identity_and_what_jobs_on_it_need() -> None:
    """And no more than is needed: nothing where it says so."""
    none: list[dict[str, Any]] = [{"name": "granted-by-others", "grants": False}, {"name": "nobody", "identity": NONE}]
    program = platform({}, {"type": "computeinstance", "name": "dana-dev"}, *none)
    sandbox = stack_of(program)
    identities = {one["name"]: one.get("identity") or {} for one in sandbox.azure.resources(COMPUTE)}
    for name in ("cpu", "dana-dev"):
        assert identities[name]["type"] == "SystemAssigned"
        assert roles(sandbox, identities[name]["principalId"]) == ALL, name
    for one in none:
        assert roles(sandbox, identities[one["name"]].get("principalId") or "nobody") == set(), one
    assert changes(sandbox.up(program)) == []


def test_its_assignments_have_the_same_names_in_every_run() -> None:
    sandbox = up_once(default)
    scope, compute = live(sandbox, REGISTRY)["id"], live(sandbox, COMPUTE)["id"]
    name = assignment_guid(scope, compute, definition_id(PULL, SUBSCRIPTION))
    assert sandbox.azure.exists(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")


def test_no_more_is_granted_than_is_needed() -> None:
    assert roles(stack_of(platform({}, **KEYS))) == {("registries", PULL)}


def test_a_lazy_registry_that_comes_later_can_be_pulled_from() -> None:
    sandbox = stack_of(platform({}, mode="lazy"))
    assert roles(sandbox) == {("storageAccounts", BLOBS), ("storageAccounts", FILES)}
    done = changes(sandbox.up(platform({}, mode="lazy", needs_image=True)))
    assert "create cpu-can-images" in done
    assert roles(sandbox) == ALL


@pytest.mark.parametrize(("grants", "expected"), [(None, {PULL}), (True, {PULL, BLOBS, FILES}), (False, set())])
def test_on_what_is_given_roles_are_granted_when_asked_for(grants: bool | None, expected: set[str]) -> None:
    sandbox = stack()
    put_account(sandbox.azure, GIVEN)
    sandbox.up(platform({"grants": grants}, storage_account=GIVEN))
    assert {role for _, role in roles(sandbox)} == expected


def test_computes_with_one_given_identity_share_its_roles() -> None:
    sandbox = stack()
    principal = put_identity(sandbox.azure, IDENTITY)
    both: list[dict[str, Any]] = [{"identity": ASSIGNED}, {"name": "gpu", "identity": ASSIGNED}]
    done = changes(sandbox.up(platform(*both)))
    assert roles(sandbox, principal) == ALL
    expected = {f"create ml-rg-id-id-nodes-can-{slug}" for slug in ("images", "blobs", "files")}
    assert {one for one in done if "-can-" in one and "ml-can" not in one} == expected
    assert changes(sandbox.up(platform(both[1]))) == ["delete cpu"]
    assert roles(sandbox, principal) == ALL


def test_another_size_touches_no_role_of_a_given_identity() -> None:
    sandbox = stack()
    put_identity(sandbox.azure, IDENTITY)
    sandbox.up(platform({"identity": ASSIGNED}))
    assert changes(sandbox.up(platform({"identity": ASSIGNED, "size": "Standard_E4s_v3"}))) == ["replace cpu"]


def test_an_identity_that_is_not_there_gets_no_roles_and_a_warning() -> None:
    given = {"type": "user_assigned", "user_assigned_identities": [{"resource_id": f"{IDENTITY}-gone"}]}
    (warning,) = warnings(stack().preview(platform({"identity": given})))
    assert "can't be found in Azure, so it gets no roles here; say its principal_id" in warning


def test_scaling_shows_no_role() -> None:
    assert changes(up_once(default).preview(platform({"max_instances": 2}))) == ["update cpu"]


def test_a_cluster_made_without_an_identity_gets_one_in_place() -> None:
    sandbox = stack_of(platform({"identity": NONE}))
    done = changes(sandbox.up(platform({})))
    assert sorted(done) == ["create cpu-can-blobs", "create cpu-can-files", "create cpu-can-images", "update cpu"]
    assert roles(sandbox) == ALL


def test_an_instance_made_without_an_identity_stays_as_it_is() -> None:
    """Azure takes no identity for an instance after its creation, so none is asked for."""
    sandbox = stack()
    dana = {"type": "computeinstance", "name": "dana-dev"}
    sandbox.up(platform({**dana, "identity": None}))
    assert changes(sandbox.up(platform(dana))) == []
    assert "identity" not in live(sandbox, COMPUTE)


BUILT = {"image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04", "conda_file": {"dependencies": ["python=3.12"]}}
JOB = {"compute": "azureml:cpu", "environment": BUILT}


def outcome(sandbox: Sandbox) -> str:
    return str(live(sandbox, f"{ML}/jobs")["properties"]["status"])


def test_a_job_on_the_default_cluster_runs_after_the_roles_are_there() -> None:
    sandbox = stack()
    done = changes(sandbox.up(platform({}, job=JOB, needs_image=True)))
    assert outcome(sandbox) == "Completed"
    (job,) = (at for at, one in enumerate(done) if one.startswith("create train"))
    assert max(done.index(f"create cpu-can-{slug}") for slug in ("images", "blobs", "files")) < job


@pytest.mark.parametrize(
    ("compute", "job", "expected"),
    [
        ({"identity": NONE}, JOB, "Failed"),
        ({"grants": False}, JOB, "Failed"),
        ({"grants": False}, {**JOB, "compute": "azureml:serverless"}, "Completed"),
    ],
)
def test_a_job_needs_what_its_compute_may_do(compute: dict[str, Any], job: dict[str, Any], expected: str) -> None:
    sandbox = stack_of(platform(compute, job=job, needs_image=True))
    assert outcome(sandbox) == expected
