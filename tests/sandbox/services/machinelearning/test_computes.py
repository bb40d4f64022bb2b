"""Computes in time: instances start, stop and idle; clusters grow and shrink; quotas and sizes of a region."""

from pathlib import Path
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from azureml_arm import ids, sizes
from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import SUBSCRIPTION, TENANT
from azureml_sandbox.services.machinelearning import quotas
from kit.clouds import BODIES, FOUNDATION, PROVIDERS, REGION, WORKSPACE, compute, refused
from kit.served import Served, serving
from kit.timed import CLUSTER, Timed

INSTANCE = f"{WORKSPACE}/computes/anna-ci"
LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/{REGION}"
DSV2 = "standardDSv2Family"
API = "2024-04-01"
VERSIONS = {
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.KeyVault/vaults": "2023-07-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
}


def instance(timed: Timed, **settings: Any) -> None:
    timed.azure.put(INSTANCE, compute("ComputeInstance", vmSize="Standard_DS3_v2", **settings))


def state(timed: Timed) -> str:
    return str(timed.settings("anna-ci")["state"])


def last(timed: Timed) -> tuple[str, str, str]:
    """Return what was done to the instance last, how it went and who wanted it."""
    operation = timed.settings("anna-ci")["lastOperation"]
    return operation["operationName"], operation["operationStatus"], operation["operationTrigger"]


def at(action: str, expression: str, **more: Any) -> dict[str, Any]:
    """Return a schedule of an instance."""
    return {"action": action, "triggerType": "Cron", "cron": {"expression": expression}, **more}


# -- instances -------------------------------------------------------------------------------------------------------


def test_an_instance_starts_and_stops(timed: Timed) -> None:
    instance(timed)
    assert (state(timed), last(timed)) == ("Creating", ("Create", "InProgress", "User"))
    assert state(timed.wait(2)) == "Running"
    for action, meanwhile, final in (
        ("stop", "Stopping", "Stopped"),
        ("start", "Starting", "Running"),
        ("restart", "Restarting", "Running"),
    ):
        timed.azure.action(INSTANCE, action)
        assert state(timed) == meanwhile
        with refused("Conflict", 409):
            timed.azure.action(INSTANCE, action)
        assert state(timed.wait(2)) == final
        assert last(timed) == (action.title(), "Succeeded", "User")


def test_an_idle_instance_stops(timed: Timed) -> None:
    instance(timed, idleTimeBeforeShutdown="PT30M")
    assert state(timed.wait(minutes=29)) == "Running"
    assert state(timed.wait(minutes=2)) == "Stopped"
    assert last(timed) == ("Stop", "Succeeded", "IdleShutdown")


def test_idle_time_and_schedules_can_be_changed_by_their_actions_only(timed: Timed) -> None:
    instance(timed, idleTimeBeforeShutdown="PT30M")
    timed.wait(2)
    instance(timed, idleTimeBeforeShutdown="PT20M", schedules={"computeStartStop": [at("Stop", "0 18 * * *")]})
    assert timed.settings("anna-ci")["idleTimeBeforeShutdown"] == "PT30M"
    assert "schedules" not in timed.settings("anna-ci")
    timed.azure.action(INSTANCE, "updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT2H"})
    assert state(timed.wait(minutes=119)) == "Running"
    assert state(timed.wait(minutes=2)) == "Stopped"
    with refused("InvalidPropertyInPayload", 400):
        timed.azure.action(INSTANCE, "updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT5M"})


def test_an_instance_follows_its_schedules(timed: Timed) -> None:
    days = [at("Start", "0 8 * * 1-5"), at("Stop", "0 18 * * *"), at("Stop", "0 12 * * *", status="Disabled")]
    instance(timed, schedules={"computeStartStop": days})
    found = []
    before = state(timed.wait(2))
    for _ in range(6 * 24):
        after = state(timed.wait(hours=1))
        if after != before:
            found.append(f"{timed.now_text()} {after}")
        before = after
    assert found == [
        "Mon 18:00 Stopped",
        *(f"{day} {time}" for day in ("Tue", "Wed", "Thu", "Fri") for time in ("08:00 Running", "18:00 Stopped")),
    ]
    assert last(timed) == ("Stop", "Succeeded", "Schedule")


def test_schedules_can_be_changed_by_their_action(timed: Timed) -> None:
    instance(timed)
    timed.wait(2)
    timed.azure.action(INSTANCE, "updateSchedules", {"schedules": {"computeStartStop": [at("Stop", "0 13 * * *")]}})
    (kept,) = timed.settings("anna-ci")["schedules"]["computeStartStop"]
    assert (kept["provisioningStatus"], kept["status"], len(kept["id"])) == ("Completed", "Enabled", 36)
    assert state(timed.wait(minutes=61)) == "Stopped"


def test_a_stopped_instance_can_be_resized(timed: Timed) -> None:
    instance(timed)
    timed.wait(2)
    bigger = {"targetVMSize": "Standard_DS4_v2"}
    with refused("BadRequest", 400):
        timed.azure.action(INSTANCE, "resize", bigger)
    timed.azure.action(INSTANCE, "stop")
    timed.wait(2)
    timed.azure.action(INSTANCE, "resize", bigger)
    assert (state(timed), state(timed.wait(2))) == ("Resizing", "Stopped")
    assert timed.settings("anna-ci")["vmSize"] == "Standard_DS4_v2"


def test_a_deleted_instance_does_nothing_more(timed: Timed) -> None:
    instance(timed, idleTimeBeforeShutdown="PT30M")
    timed.wait(2)
    timed.azure.delete(INSTANCE)
    instance(timed)
    assert state(timed.wait(hours=2)) == "Running"


# -- clusters --------------------------------------------------------------------------------------------------------


def test_a_cluster_keeps_between_its_limits(timed: Timed) -> None:
    timed.cluster(most=4, least=1)
    assert timed.settings()["currentNodeCount"] == 1
    timed.azure.patch(CLUSTER, {"properties": {"properties": {"scaleSettings": {"minNodeCount": 3}}}})
    assert (timed.settings()["currentNodeCount"], timed.settings()["targetNodeCount"]) == (3, 3)
    timed.azure.patch(
        CLUSTER, {"properties": {"properties": {"scaleSettings": {"minNodeCount": 0, "maxNodeCount": 2}}}}
    )
    assert timed.settings()["currentNodeCount"] == 0


@pytest.mark.parametrize(
    ("least", "most", "message"),
    [(0, 101, "more than the 100 nodes"), (3, 2, "must be between 0 and maxNodeCount"), (-1, 2, "must be between 0")],
)
def test_numbers_of_nodes_have_bounds(timed: Timed, least: int, most: int, message: str) -> None:
    with refused("BadRequest", 400, says=message):
        timed.cluster(most=most, least=least)


# -- attached --------------------------------------------------------------------------------------------------------


def test_keys_are_those_of_the_kind_and_shown_by_nothing_else(timed: Timed) -> None:
    machine = f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm-acme"
    timed.azure.put(machine, {"location": REGION, "properties": {}})
    account = {"username": "azureuser", "password": "p4ss"}
    attached = compute("VirtualMachine", machine, administratorAccount=account)
    made = timed.azure.put(f"{WORKSPACE}/computes/machine", attached)
    assert made["properties"]["properties"]["administratorAccount"] == {"username": "azureuser"}
    keys = timed.azure.action(f"{WORKSPACE}/computes/machine", "listKeys")
    assert keys == {"computeType": "VirtualMachine", "administratorAccount": account}
    timed.azure.put(f"{WORKSPACE}/computes/bricks", compute("Databricks", databricksAccessToken="dapi1"))
    keys = timed.azure.action(f"{WORKSPACE}/computes/bricks", "listKeys")
    assert keys == {"computeType": "Databricks", "databricksAccessToken": "dapi1"}
    with refused("BadRequest", 400):
        timed.azure.action(timed.cluster(), "listKeys")
    with refused("InvalidPropertyInPayload"):
        timed.azure.put(f"{WORKSPACE}/computes/machine-two", compute("VirtualMachine"))


# -- quotas ----------------------------------------------------------------------------------------------------------


def usage(timed: Timed) -> dict[str, tuple[int, int]]:
    """Return what is used, and of how much, by the quota's name: of the subscription."""
    found = timed.azure.list(LOCATION, "Microsoft.MachineLearningServices/locations/usages")
    own = [one for one in found if "/resourceGroups/" not in one["id"]]
    return {one["name"]["value"]: (one["currentValue"], one["limit"]) for one in own}


def test_usage_counts_nodes_and_instances_also_stopped_ones(timed: Timed) -> None:
    timed.cluster(most=4, least=2)
    instance(timed)
    timed.wait(2)
    timed.azure.action(INSTANCE, "stop")
    timed.wait(2)
    assert usage(timed)[DSV2] == (12, quotas.CORES)
    assert usage(timed)["TotalClusters"] == (2, quotas.COMPUTES)
    timed.azure.delete(INSTANCE)
    assert usage(timed)[DSV2][0] == 8


def test_nobody_gets_more_than_the_quota(timed: Timed) -> None:
    timed.cluster(most=100, least=70)
    with refused("ClusterCoreQuotaReached", 400, says="has 20 vCPUs left"):
        timed.azure.put(
            f"{WORKSPACE}/computes/more",
            compute("AmlCompute", vmSize="Standard_DS5_v2", scaleSettings={"minNodeCount": 2, "maxNodeCount": 2}),
        )
    scale = {"minNodeCount": 2, "maxNodeCount": 2}
    low = compute("AmlCompute", vmSize="Standard_DS5_v2", vmPriority="LowPriority", scaleSettings=scale)
    timed.azure.put(f"{WORKSPACE}/computes/more", low)


def test_a_workspaces_own_limit_holds_and_jobs_wait_for_it(timed: Timed) -> None:
    limit = {"id": f"{WORKSPACE}/quotas/{quotas.key(DSV2)}", "limit": 4, "unit": "Count"}
    odd = {"id": f"{WORKSPACE}/quotas/Magic_Family", "limit": 4}
    high = {**limit, "limit": quotas.CORES + 1}
    answer = timed.azure.action(LOCATION, "updateQuotas", {"value": [limit, odd, high]})["value"]
    expected = ["Success", "InvalidVMFamilyName", "InvalidQuotaExceedsSubscriptionLimit"]
    assert [one["status"] for one in answer] == expected
    timed.cluster(most=4)
    for name in ("a", "b"):
        timed.submit(name, computeId=CLUSTER)
    timed.wait(2)
    assert (timed.state("a"), timed.state("b")) == ("Running", "Queued")
    timed.wait(10)
    assert timed.state("b") == "Completed"


def test_a_region_has_so_many_computes(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "COMPUTES", 1)
    timed.cluster()
    with refused("ClusterQuotaReached", 400):
        instance(timed)
    timed.azure.delete(CLUSTER)
    instance(timed)


def test_sizes_are_those_that_azure_ml_offers(timed: Timed) -> None:
    found = timed.azure.list(LOCATION, "Microsoft.MachineLearningServices/locations/vmSizes")
    by_name = {one["name"]: one for one in found}
    size = sizes.find("Standard_NC24ads_A100_v4")
    assert size is not None
    row = by_name[size.name]
    assert (row["vCPUs"], row["gpus"], row["memoryGB"]) == (size.vcpus, size.gpus, size.memory_gib)
    kinds = {kind for one in found for kind in one["supportedComputeTypes"]}
    assert kinds == {"AmlCompute", "ComputeInstance", "MIR", "AmlSpark"}


@pytest.mark.parametrize(
    ("name", "expected", "computes"),
    [
        ("Standard_DS3_v2", (28672, "gen1", True, False), {"AmlCompute", "ComputeInstance", "MIR"}),
        ("Standard_D4d_v5", (153600, "gen1", False, False), {"AmlCompute", "ComputeInstance", "MIR"}),
        ("Standard_E64as_v4", (884736, "gen1", True, False), {"AmlCompute", "ComputeInstance"}),
        ("Standard_E64is_v3", (884736, "gen1", True, False), {"AmlSpark"}),
        ("Standard_FX12mds", (516096, "gen2", True, False), {"AmlCompute", "ComputeInstance", "MIR"}),
        ("Standard_M128m", (14680064, "gen1", True, False), {"AmlCompute", "ComputeInstance"}),
        ("Standard_M416s_v2", (8388608, "gen2", True, False), {"AmlCompute", "MIR"}),
        ("Standard_NC24rs_v3", (3018752, "gen1", True, True), {"AmlCompute", "ComputeInstance"}),
        ("Standard_NC80adis_H100_v5", (262144, "gen2", True, False), {"AmlCompute", "MIR", "ComputeInstance"}),
        ("Standard_NV36adms_A10_v5", (2949120, "gen1", True, False), {"MIR"}),
    ],
)
def test_a_size_is_as_azure_ml_lists_it(
    timed: Timed, name: str, expected: tuple[int, str, bool, bool], computes: set[str]
) -> None:
    """azure-powershell, Get-AzMLServiceVMSize.Recording.json, 2025-11-04; the order of uses says nothing."""
    listed = timed.azure.list(LOCATION, "Microsoft.MachineLearningServices/locations/vmSizes")
    one = next(one for one in listed if one["name"] == name)
    assert (one["maxResourceVolumeMB"], one["generation"], one["premiumIO"], one["supportsIB"]) == expected
    assert set(one["supportedComputeTypes"]) == computes


# -- a real server ---------------------------------------------------------------------------------------------------


def client(served: Served) -> ResourceManagementClient:
    secret = served.environment["AZURE_CLIENT_SECRET"]
    credential = ClientSecretCredential(
        TENANT, served.environment["AZURE_CLIENT_ID"], secret, authority=served.url, disable_instance_discovery=True
    )
    scope = f"{served.url}/.default"
    return ResourceManagementClient(
        credential, SUBSCRIPTION, base_url=served.url, credential_scopes=[scope], polling_interval=0.1
    )


def test_azures_client_waits_for_computes_and_the_clock_moves_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, "--seconds", "0.2") as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        resources = client(served).resources
        group = ids.parse(WORKSPACE).resource_group or ""
        client(served).resource_groups.create_or_update(group, {"location": REGION})
        for target in (*FOUNDATION[1:], WORKSPACE):
            version = VERSIONS.get(ids.parse(target).type, API)
            resources.begin_create_or_update_by_id(target, BODIES[target], api_version=version).result()
        body = compute("ComputeInstance", vmSize="Standard_DS3_v2", idleTimeBeforeShutdown="PT30M")
        made: Any = resources.begin_create_or_update_by_id(INSTANCE, body, api_version=API).result()
        assert (made.properties["provisioningState"], made.properties["properties"]["state"]) == (
            "Succeeded",
            "Running",
        )
        assert main(["clock", "--cwd", str(tmp_path), "advance", "1h"]) == 0
        found: Any = resources.get_by_id(INSTANCE, api_version=API)
        assert found.properties["properties"]["state"] == "Stopped"
        assert found.properties["properties"]["lastOperation"]["operationTrigger"] == "IdleShutdown"
        resources.begin_delete_by_id(INSTANCE, api_version=API).result()
        assert not resources.check_existence_by_id(INSTANCE, api_version=API)


@pytest.mark.parametrize("kind", ["AmlCompute", "ComputeInstance"])
@pytest.mark.parametrize("size", ["Standard_B2s_v99", "", None])
def test_a_machine_that_isnt_offered(timed: Timed, kind: str, size: str | None) -> None:
    with refused("InvalidPropertyValue", 400, says="for property Cluster.Properties.VMSize is not a supported VM size"):
        timed.azure.put(f"{WORKSPACE}/computes/another", compute(kind, vmSize=size))


def test_custom_services_of_an_instance_are_replaced(timed: Timed) -> None:
    instance(timed)
    services = [{"name": "rstudio", "image": {"type": "docker", "reference": "ghcr.io/azure/rocker-rstudio-ml-verse"}}]
    timed.azure.action(INSTANCE, "customServices", services)
    assert timed.settings("anna-ci")["customServices"] == services
    timed.azure.action(INSTANCE, "customServices", [])
    assert timed.settings("anna-ci")["customServices"] == []
    with refused("BadRequest", 400):
        timed.azure.action(INSTANCE, "customServices", {"name": "rstudio"})
