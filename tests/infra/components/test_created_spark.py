"""A Spark pool that is made for a workspace: what is there then, who may read its data, and in which order it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azureml_arm import ids
from azureml_arm.roles import find
from kit.platforms import ML, changes
from kit.scenarios import Copy, Scenario

SYNAPSE, POOL = "Microsoft.Synapse/workspaces", "Microsoft.Synapse/workspaces/bigDataPools"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Return the example, up."""
    found = Scenario("synapse-spark")
    found.up()
    return found


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
    found = set()
    for one in scenario.azure.resources("Microsoft.Authorization/roleAssignments"):
        given = one["properties"]
        role = find(given["roleDefinitionId"].rpartition("/")[2])
        if given["principalId"] in whom and role is not None:
            place = "lake" if ids.same(given["scope"], lake) else ids.parse(given["scope"]).type
            found.add((whom[given["principalId"]], role.name, place))
    assert found == {
        ("synapse", "Storage Blob Data Contributor", "lake"),
        ("compute", "Storage Blob Data Contributor", "lake"),
        ("compute", "Contributor", "lake"),
        ("compute", "Storage Blob Data Contributor", "Microsoft.Storage/storageAccounts"),
    }


def test_a_pool_changes_in_place_and_is_detached_before_it_goes(tmp_path: Path) -> None:
    copy = Copy("synapse-spark", tmp_path)
    copy.up()
    copy.edit("spark.yml", "[3, 10]", "[3, 12]")
    assert changes(copy.up()) == ["update spark-pool"]
    copy.edit("platform.yml", "jobs: [on-pool.yml, on-serverless.yml]", "workspace: {public_network_access: disabled}")
    done = {line for line in changes(copy.up()) if "spark" in line}
    assert done == {"update spark-lake", "update spark-synapse", "delete spark-firewall-allowallwindowsazureips"}
    gone = changes(copy.sandbox.destroy())
    order = [gone.index(f"delete {name}") for name in ("spark", "spark-pool", "spark-synapse", "spark-lake")]
    assert order == sorted(order)
