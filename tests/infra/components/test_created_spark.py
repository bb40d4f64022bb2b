"""A Spark pool that is made for a workspace: what is there then, who may read its data, and in which order it goes."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_arm import ids
from azureml_infra import Compute, SynapseSparkCompute
from azureml_infra.dynamic import synapse_role
from azureml_infra.dynamic.synapse_role import ADMINISTRATOR
from azureml_sandbox import RunFailedError
from kit.given import grants
from kit.platforms import ML, changes, stack, workspace
from kit.scenarios import SHARED, Copy, Scenario

SYNAPSE, POOL = "Microsoft.Synapse/workspaces", "Microsoft.Synapse/workspaces/bigDataPools"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Return the example, up."""
    return Scenario("synapse-spark").ready()


def only(scenario: Scenario, kind: str) -> dict[str, Any]:
    """Return the one resource of a type."""
    (found,) = scenario.azure.resources(kind)
    return dict(found)


def test_a_synapse_workspace_takes_entras_accounts_only_in_a_network_of_its_own(scenario: Scenario) -> None:
    synapse = only(scenario, SYNAPSE)["properties"]
    assert (synapse["azureADOnlyAuthentication"], synapse["managedVirtualNetwork"]) == (True, "default")
    assert "sqlAdministratorLoginPassword" not in synapse
    lake = scenario.azure.get(synapse["defaultDataLakeStorage"]["resourceId"])["properties"]
    assert (lake["isHnsEnabled"], lake["allowSharedKeyAccess"]) == (True, False)
    assert synapse["defaultDataLakeStorage"]["accountUrl"] + "/" == lake["primaryEndpoints"]["dfs"]
    assert synapse["publicNetworkAccess"] == lake["publicNetworkAccess"] == "Enabled"


def test_a_pool_scales_and_pauses_and_is_what_jobs_run_on(scenario: Scenario) -> None:
    pool = only(scenario, POOL)
    compute = scenario.all(f"{ML}/computes")["spark"]
    assert compute["properties"]["resourceId"] == pool["id"]
    made = {word: pool["properties"][word] for word in ("nodeSize", "nodeSizeFamily", "autoScale", "autoPause")}
    assert made == {
        "nodeSize": "Medium",
        "nodeSizeFamily": "MemoryOptimized",
        "autoScale": {"enabled": True, "minNodeCount": 3, "maxNodeCount": 10},
        "autoPause": {"enabled": True, "delayInMinutes": 15},
    }
    jobs = {one["properties"]["displayName"]: one["properties"] for one in scenario.azure.resources(f"{ML}/jobs")}
    assert {name.rpartition("-")[0]: one.get("computeId") for name, one in jobs.items()} == {
        "count-on-pool": compute["id"],
        "count-on-serverless": None,
    }
    assert {one["status"] for one in jobs.values()} == {"Completed"}


def test_synapse_and_the_compute_read_and_write_what_is_made_here_and_nothing_else(scenario: Scenario) -> None:
    own = {"synapse": only(scenario, SYNAPSE), "compute": scenario.all(f"{ML}/computes")["spark"]}
    whom = {one["identity"]["principalId"]: name for name, one in own.items()}
    lake = only(scenario, SYNAPSE)["properties"]["defaultDataLakeStorage"]["resourceId"]
    assert {
        (whom[who], role, "lake" if ids.same(scope, lake) else ids.parse(scope).type)
        for scope, role, who in grants(scenario.azure)
        if who in whom
    } == {
        ("synapse", "Storage Blob Data Contributor", "lake"),
        ("compute", "Storage Blob Data Contributor", "lake"),
        ("compute", "Contributor", "lake"),
        ("compute", "Storage Blob Data Contributor", "Microsoft.Storage/storageAccounts"),
    }


def test_the_compute_is_an_administrator_of_its_pool_and_of_nothing_else(scenario: Scenario) -> None:
    compute, synapse = scenario.all(f"{ML}/computes")["spark"], only(scenario, SYNAPSE)
    given = only(scenario, f"{SYNAPSE}/roleAssignments")["properties"]
    assert given["principalId"] == compute["identity"]["principalId"]
    assert (given["roleId"], given["scope"]) == (ADMINISTRATOR, f"workspaces/{synapse['name']}/bigDataPools/spark")


def test_without_public_access_a_preview_says_who_has_to_give_the_role_and_jobs_fail_until_then(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path)
    copy.edit(
        "platform.yml", "location: westeurope\n", "location: westeurope\nworkspace: {public_network_access: disabled}\n"
    )
    result = copy.up()
    done = changes(result)
    assert "create spark-can-lake" in done
    assert "create spark-can-administer" not in done
    said = "az synapse role assignment create --workspace-name syn-"
    assert any(said in one.message for one in result.diagnostics)
    jobs = {one["properties"]["displayName"]: one["properties"]["status"] for one in copy.azure.resources(f"{ML}/jobs")}
    assert {name.rpartition("-")[0] for name, status in jobs.items() if status == "Failed"} == {"count-on-pool"}


def test_grants_may_be_left_to_others(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path)
    copy.edit("spark.yml", "pause_after_minutes: 15", "administrator: false\ngrants: false")
    assert [line for line in changes(copy.sandbox.preview(copy.program)) if "spark" in line and "-can-" in line] == []


def test_a_workspace_that_lets_nobody_in_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synapse_role, "PATIENCE_SECONDS", {})
    copy = Copy("synapse-spark", tmp_path)
    copy.edit("spark.yml", "pause_after_minutes: 15", "firewall: []")
    with pytest.raises(RunFailedError, match="ClientIpAddressNotAuthorized") as refused:
        copy.up()
    assert "create: {firewall: [azure, ADDRESS]}" in str(refused.value)


def test_a_workspace_that_is_given_as_an_output_is_named_by_a_word_in_what_is_left_to_do() -> None:
    sandbox, synapse = stack(), f"{SHARED}/providers/{SYNAPSE}/given"
    sandbox.azure.put(SHARED, {"location": "westeurope"})
    sandbox.azure.put(synapse, {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}})

    def program() -> None:
        made = {"workspace": pulumi.Output.from_input(synapse), "administrator": False}
        given = SynapseSparkCompute.model_validate({"name": "spark", "type": "synapsespark", "create": made})
        Compute("spark", given, workspace=workspace())

    result = sandbox.preview(program)
    assert any("--workspace-name SYNAPSE_WORKSPACE --role" in one.message for one in result.diagnostics)


def test_a_pool_in_a_given_workspace_comes_and_goes_alone(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path)
    synapse = f"{SHARED}/providers/{SYNAPSE}/given"
    copy.azure.put(SHARED, {"location": "westeurope"})
    copy.azure.put(synapse, {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}})
    copy.azure.put(
        f"{synapse}/firewallRules/all", {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}}
    )
    before = copy.ids()
    copy.edit("spark.yml", "pause_after_minutes: 15", f"workspace: {synapse}")
    copy.up()
    assert copy.azure.exists(f"{synapse}/bigDataPools/spark")
    assert [one["id"] for one in copy.azure.resources(SYNAPSE)] == [synapse]
    assert changes(copy.sandbox.preview(copy.program)) == []
    copy.sandbox.destroy()
    assert copy.ids() == before


def test_a_pool_changes_in_place_and_is_detached_before_it_goes(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path).ready()
    (given,) = copy.azure.resources(f"{SYNAPSE}/roleAssignments")
    copy.azure.delete(given["id"])  # somebody takes the role away
    copy.sandbox.refresh()
    copy.edit("spark.yml", "[3, 10]", "[3, 12]")
    assert sorted(changes(copy.up())) == ["create spark-can-administer", "update spark-pool"]
    copy.edit("platform.yml", "jobs: [on-pool.yml, on-serverless.yml]", "workspace: {public_network_access: disabled}")
    done = {line for line in changes(copy.up()) if "spark" in line}
    assert done == {
        "update spark-lake",
        "update spark-synapse",
        "delete spark-firewall-allowallwindowsazureips",
        "delete spark-can-administer",
    }
    assert copy.azure.resources(f"{SYNAPSE}/roleAssignments")  # who is let in no more takes nothing away
    gone = changes(copy.sandbox.destroy())
    order = [gone.index(f"delete {name}") for name in ("spark", "spark-pool", "spark-synapse", "spark-lake")]
    assert order == sorted(order)


def test_a_workspace_that_is_made_anew_has_all_that_it_had(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path).ready()
    kinds = (POOL, f"{SYNAPSE}/firewallRules", f"{SYNAPSE}/roleAssignments")
    before = [one["id"] for kind in kinds for one in copy.azure.resources(kind)]
    old = only_in(copy)
    copy.edit("spark.yml", "pause_after_minutes: 15", "pause_after_minutes: 15\n  prevent_data_exfiltration: true")
    copy.up()
    assert [one["id"] for kind in kinds for one in copy.azure.resources(kind)] == before
    new = only_in(copy)
    assert new != old
    reads_lake = {one.principal for one in grants(copy.azure) if "/storageAccounts/" in one.scope}
    assert new in reads_lake
    assert old not in reads_lake
    assert changes(copy.sandbox.preview(copy.program)) == []


def only_in(copy: Copy) -> str:
    """Return the object id of the one Synapse workspace's identity."""
    (synapse,) = copy.azure.resources(SYNAPSE)
    return str(synapse["identity"]["principalId"])
