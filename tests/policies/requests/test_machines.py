"""Which machines a request rents."""

from typing import Any

import pytest

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, JOB, ONLINE_DEPLOYMENT, SCHEDULE
from azureml_policies.machines import RENTING, machines
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN, UnknownError
from azureml_policies.requests.write import Write
from kit.rows import each

Row = tuple[str, str, float | None, bool]
"""What a size is called, the size, the count, and whether the machines are rented here."""
ON = {"computeId": "cpu"}
SIZE = "Standard_DS3_v2"
POOL = "Microsoft.Synapse/workspaces/bigDataPools"


def write(type_name: str, **properties: Any) -> Write:
    return Write(type_name, "/x/it", {"properties": properties}, planned=Planned("urn", "t", "it", {}))


def rows(asked: Write) -> list[Row]:
    return [(one.size_word, one.size, one.count, one.rented) for one in machines(asked)]


@each(
    ("asked", "expected"),
    [
        (write(COMPUTE, computeType="DataFactory"), []),
        (write(COMPUTE, computeType="AmlCompute"), [("size", "", None, True)]),
        (write(COMPUTE, computeType="AKS", properties={"agentCount": 3}), [("agentVmSize", "", 3, True)]),
        (write(COMPUTE, computeType="AKS", resourceId="/aks", properties={"agentCount": 3}), []),
        (write(COMPUTE, computeType="SynapseSpark", properties={"nodeCount": 3}), [("", "", 3, False)]),
        (write(POOL, nodeSize="Medium", nodeCount=4), [("node_size", "Medium", 4, True)]),
        (
            write(POOL, nodeSize="Small", nodeCount=4, autoScale={"enabled": True, "maxNodeCount": 10}),
            [("node_size", "Small", 10, True)],
        ),
        (write(COMPUTE, computeType="VirtualMachine"), [("virtualMachineSize", "", 1, False)]),
        (write(ONLINE_DEPLOYMENT), [("instance_type", "Standard_F4s_v2", 1, True)]),
        (
            write(ONLINE_DEPLOYMENT, endpointComputeType="Kubernetes", scaleSettings={"maxInstances": 7}),
            [("", "", 7, False)],
        ),
        (write(BATCH_DEPLOYMENT, compute="cpu", resources={"instanceCount": 3}), [("", "", 3, False)]),
        (
            write(BATCH_DEPLOYMENT, resources={"instanceType": SIZE, "instanceCount": 3}),
            [("resources.instance_type", SIZE, 3, True)],
        ),
        (write(JOB, jobType="Command", **ON, resources={"instanceCount": 2}), [("", "", 2, False)]),
        (
            write(JOB, jobType="Command", resources={"instanceType": SIZE, "instanceCount": "2"}),
            [("resources.instance_type", SIZE, 2, True)],
        ),
        (
            write(JOB, jobType="AutoML", resources={"instanceType": SIZE}, limitSettings={"maxConcurrentTrials": 4}),
            [("resources.instance_type", SIZE, 4, True)],
        ),
        (
            write(
                JOB,
                jobType="AutoML",
                resources={"instanceType": SIZE},
                taskDetails={"limitSettings": {"maxConcurrentTrials": 4}},
            ),
            [("resources.instance_type", SIZE, 4, True)],
        ),
        (
            write(
                JOB, jobType="Sweep", trial={"resources": {"instanceType": SIZE}}, limits={"maxConcurrentTrials": "x"}
            ),
            [("trial.resources.instanceType", SIZE, None, True)],
        ),
        (
            write(JOB, jobType="Spark", resources={"instanceType": "standard_e4s_v3"}),
            [("resources.instance_type", "standard_e4s_v3", 3, True)],
        ),
        (
            write(
                JOB, jobType="Spark", conf={"spark.executor.instances": 2, "spark.dynamicAllocation.maxExecutors": "9"}
            ),
            [("resources.instance_type", "", 10, True)],
        ),
        (
            write(JOB, jobType="Spark", conf={"spark.executor.instances": "many"}),
            [("resources.instance_type", "", None, True)],
        ),
        (
            write(
                JOB,
                jobType="Pipeline",
                settings={"default_compute": "azureml:cpu"},
                jobs={
                    "prepare": {"type": "command"},
                    "choose": {"type": "if_else"},
                    "train": {"type": "command", "compute": "azureml:serverless"},
                    "more": {"type": "pipeline", "jobs": {"inner": {"resources": {"instance_count": 4}}}},
                },
            ),
            [("", "", 1, False), ("jobs.train.resources.instance_type", "", 1, True), ("", "", 4, False)],
        ),
        (
            write(SCHEDULE, action={"actionType": "CreateJob", "jobDefinition": {"jobType": "Command"}}),
            [("action.jobDefinition.resources.instance_type", "", 1, True)],
        ),
        (
            write(
                SCHEDULE,
                action={
                    "actionType": "CreateMonitor",
                    "monitorDefinition": {"computeConfiguration": {"instanceType": "standard_e4s_v3"}},
                },
            ),
            [("action.monitorDefinition.computeConfiguration.instanceType", "standard_e4s_v3", 1, True)],
        ),
        (write("Microsoft.Storage/storageAccounts", vmSize=SIZE), []),
    ],
)
def test_the_machines_of_a_request(asked: Write, expected: list[Row]) -> None:
    assert rows(asked) == expected


@each(
    "asked",
    [
        write(COMPUTE, computeType=UNKNOWN),
        write(JOB, jobType="Pipeline", jobs={"train": UNKNOWN}),
        write(JOB, jobType="Command", computeId=UNKNOWN),
        write(JOB, jobType="Spark", conf={"spark.executor.instances": UNKNOWN}),
    ],
)
def test_what_is_not_known_is_not_guessed(asked: Write) -> None:
    with pytest.raises(UnknownError):
        rows(asked)


def test_one_value_may_be_known_and_the_other_not() -> None:
    scale = {"scaleSettings": {"maxNodeCount": UNKNOWN}}
    (one,) = machines(write(COMPUTE, computeType="AmlCompute", properties={"vmSize": SIZE, **scale}))
    assert one.size == SIZE
    with pytest.raises(UnknownError, match=r"properties\.properties\.scaleSettings\.maxNodeCount is not known"):
        assert one.count


LISTS = {"Microsoft.ContainerService/managedClusters", "Microsoft.Insights/autoscaleSettings", SCHEDULE}


def test_types_are_known_by_both_tables() -> None:
    rented = {type_name for type_name in RENTING if list(machines(write(type_name, computeType="AmlCompute"))) != []}
    assert set(RENTING) - rented == LISTS, "these have lists of them"
