"""What rents machines in Azure, and the actions that Azure asks for: the table behind all that guards compute.

The policy pack, the custom role and the Azure Policy of the guardrails, and the report of who can create compute all
read it. Operations are those of https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
and of the other providers' pages beside it.
"""

import re
from dataclasses import dataclass

ML = "Microsoft.MachineLearningServices"
WORKSPACE = f"{ML}/workspaces"
COMPUTE = f"{WORKSPACE}/computes"
ONLINE_DEPLOYMENT = f"{WORKSPACE}/onlineEndpoints/deployments"
BATCH_DEPLOYMENT = f"{WORKSPACE}/batchEndpoints/deployments"
SERVERLESS_ENDPOINT = f"{WORKSPACE}/serverlessEndpoints"
JOB = f"{WORKSPACE}/jobs"
SCHEDULE = f"{WORKSPACE}/schedules"

REGISTRY_ASSETS = f"{ML}/registries/assets"
"""What Azure calls everything in a registry, whatever it is: "…/registries/assets/write"."""
_IN_A_REGISTRY = re.compile(
    rf"{re.escape(ML)}/registries/(codes|components|data|environments|models)(/versions)?", re.IGNORECASE
)


def operations_of(type_name: str) -> str:
    """Return the name under which Azure has the operations of a type: its own, but for the assets of a registry."""
    return REGISTRY_ASSETS if _IN_A_REGISTRY.fullmatch(type_name) else type_name


RENT = f"{COMPUTE}/write"
"""The action that stands for "may rent machines in this workspace"."""


@dataclass(frozen=True)
class Bearing:
    """An ARM type whose resources are, or rent, machines.

    `rents` says that Azure doesn't ask for `RENT` although machines are rented: whoever may write the type may run up a
    bill. `sometimes` says that only some of its resources do (which, is for the reader of the body to say). `actions`
    are the POST actions that start, stop or resize.
    """

    type: str
    what: str
    rents: bool = False
    sometimes: bool = False
    actions: tuple[str, ...] = ()

    @property
    def write(self) -> str:
        """Return the action that creates and changes it."""
        return f"{self.type}/write"

    @property
    def delete(self) -> str:
        """Return the action that deletes it."""
        return f"{self.type}/delete"

    @property
    def posts(self) -> tuple[str, ...]:
        """Return the full names of `actions`."""
        return tuple(f"{self.type}/{action}/action" for action in self.actions)


BEARING: tuple[Bearing, ...] = (
    Bearing(
        COMPUTE,
        "compute",
        actions=(
            "start",
            "stop",
            "restart",
            "reimage",
            "resize",
            "updateDataMounts",
            "updateIdleShutdownSetting",
            "updateSchedules",
        ),
    ),
    Bearing(ONLINE_DEPLOYMENT, "machines of an online deployment", rents=True, sometimes=True),
    Bearing(BATCH_DEPLOYMENT, "machines of a batch deployment", rents=True, sometimes=True),
    Bearing(SERVERLESS_ENDPOINT, "a serverless endpoint", rents=True),
    Bearing(JOB, "serverless compute of a job", rents=True, sometimes=True),
    Bearing(SCHEDULE, "serverless compute of a schedule's jobs", rents=True, sometimes=True),
    Bearing(f"{WORKSPACE}/inferencePools", "an inference pool", rents=True),
    Bearing(f"{ML}/registries", "a registry with machines of its own", sometimes=True),
    Bearing("Microsoft.ContainerService/managedClusters", "a Kubernetes cluster", actions=("start", "stop")),
    Bearing("Microsoft.ContainerService/managedClusters/agentPools", "nodes of a Kubernetes cluster"),
    Bearing("Microsoft.Kubernetes/connectedClusters", "a Kubernetes cluster"),
    Bearing("Microsoft.Synapse/workspaces/bigDataPools", "a Spark pool"),
    Bearing("Microsoft.Synapse/workspaces/sqlPools", "a SQL pool", actions=("pause", "resume")),
    Bearing("Microsoft.Databricks/workspaces", "a Databricks workspace"),
    Bearing("Microsoft.Batch/batchAccounts", "a Batch account"),
    Bearing("Microsoft.Batch/batchAccounts/pools", "a Batch pool", actions=("stopResize", "disableAutoScale")),
    Bearing("Microsoft.HDInsight/clusters", "an HDInsight cluster", actions=("resize",)),
    Bearing("Microsoft.HDInsight/clusterpools", "an HDInsight cluster pool"),
    Bearing("Microsoft.HDInsight/clusterpools/clusters", "an HDInsight cluster", actions=("resize",)),
    Bearing(
        "Microsoft.Compute/virtualMachines",
        "a virtual machine",
        actions=("start", "powerOff", "restart", "deallocate", "redeploy", "reimage"),
    ),
    Bearing(
        "Microsoft.Compute/virtualMachineScaleSets",
        "a scale set",
        actions=("start", "powerOff", "restart", "deallocate", "reimage"),
    ),
    Bearing("Microsoft.ContainerInstance/containerGroups", "a container group", actions=("start", "stop", "restart")),
    Bearing("Microsoft.RedHatOpenShift/openShiftClusters", "an OpenShift cluster"),
)

BY_TYPE = {entry.type.lower(): entry for entry in BEARING}


def bearing(type_name: str) -> Bearing | None:
    """Return the entry of an ARM type, in any letter case."""
    return BY_TYPE.get(type_name.lower())


ANY_COMPUTE: tuple[str, ...] = tuple(
    action for entry in BEARING if entry.type == COMPUTE for action in (entry.write, entry.delete, *entry.posts)
)
"""Everything that creates, changes, removes, starts or stops compute of a workspace."""
