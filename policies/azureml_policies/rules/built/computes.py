"""Rules on computes: what machines there are, how many, and who reaches them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm import sizes
from azureml_arm.actions import COMPUTE, JOB, WORKSPACE
from azureml_arm.ids import workspace_of
from azureml_policies.config import flag, texts, whole_number
from azureml_policies.fixes import Kept, Line
from azureml_policies.machines import RENTING, machines
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.serverless import rents
from azureml_policies.requests.unknown import UnknownError, has_unknown, read, require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.remediation import compute_kind, with_values
from azureml_policies.rules.checks.words import among, kind_of, must_be_one_of, must_be_switched, number, setting, truth
from azureml_policies.run import Run
from azureml_policies.text import is_like, join_words, show_value, word

_IN = "properties.properties"


def _check_ssh_off(write: Write, _settings: Settings) -> Found:
    kind, why = kind_of(write), "ssh opens a port to the internet"
    if kind == "amlcompute":
        wanted = ("Disabled", "NotSpecified") if _is_closed_by_default(write) else ("Disabled",)
        yield from must_be_one_of(write, f"{_IN}.remoteLoginPortPublicAccess", wanted, "NotSpecified", why)
    elif kind == "computeinstance":
        yield from must_be_one_of(write, f"{_IN}.sshSettings.sshPublicAccess", ("Disabled",), "Disabled", why)


def _is_closed_by_default(write: Write) -> bool:
    """Return whether a cluster's port stays closed where nothing is set: Azure opens it on public nodes without a
    network.
    """
    port = write.text_at(f"{_IN}.remoteLoginPortPublicAccess", "NotSpecified")
    if port != "notspecified":
        return False
    return bool(write.read(f"{_IN}.subnet.id")) or not truth(write.read(f"{_IN}.enableNodePublicIp"), default=True)


COMPUTE_SSH_OFF = Rule(
    id="compute-ssh-off",
    title="Nodes of clusters and instances take no ssh connections from outside.",
    severity=Severity.HIGH,
    remedy="leave `ssh_public_access_enabled` out, or set it to false (in ARM: remoteLoginPortPublicAccess: Disabled)",
    fix=(Line("computes", "ssh_public_access_enabled", value=False, default=False),),
    types=(COMPUTE,),
    check=_check_ssh_off,
    family="compute",
)


def _check_vm_sizes(write: Write, settings: Settings) -> Found:
    allowed = [*settings["sizes"], *(f"family {name}" for name in settings["families"])]
    for one in machines(write) if allowed else ():
        if not one.sizes or (not one.size and not one.rented) or _is_allowed(one.size, settings):
            continue
        found = f"is {show_value('', one.size)}" if one.size else "is not set, and Azure's choice may be any"
        yield f"{write.name}: {one.size_word} {found}; the sizes allowed here are {join_words(allowed, 'or')}"


def _is_allowed(size: str, settings: Settings) -> bool:
    if is_like(size, settings["sizes"]):
        return bool(size)
    known = sizes.find(size)
    return known is not None and any(name and sizes.select(family=name, among=[known]) for name in settings["families"])


COMPUTE_VM_SIZES = Rule(
    id="compute-vm-sizes",
    title="Machines are of the VM sizes and families that the config allows.",
    severity=Severity.HIGH,
    remedy="write one of the allowed sizes as `size` (computes) or `instance_type` (deployments, jobs)",
    fix=(
        Line("computes", "size", setting="sizes", types=("amlcompute", "computeinstance")),
        Line("online_deployments", "instance_type", setting="sizes"),
        Line("jobs", "resources.instance_type", setting="sizes", unless="compute"),
    ),
    types=RENTING,
    check=_check_vm_sizes,
    settings={
        "sizes": texts(
            "VM sizes that may be used, in any letter case, with `*` for any text: `Standard_DS*_v2`. "
            "With neither sizes nor families, any may."
        ),
        "families": texts(
            "Families that may be used beside `sizes`: names under which Azure counts quota, or how "
            "they start: `standardDSv2Family`, `DSv2`."
        ),
    },
    family="compute",
)


def _check_max_nodes(write: Write, settings: Settings) -> Found:
    limit = settings["max"]
    for one in machines(write) if limit >= 0 else ():
        count = one.count
        if not one.counts or (count is not None and count <= limit):
            continue
        found = "is not a number" if count is None else f"allows {show_value('', count)} machines"
        yield f"{write.name}: {one.count_word} {found}, at most {limit:.0f} are allowed: each one costs money"


COMPUTE_MAX_NODES = Rule(
    id="compute-max-nodes",
    title="No cluster, deployment or job has more machines than the config allows.",
    severity=Severity.HIGH,
    remedy="lower `max_instances` (clusters), `instance_count` (deployments, jobs) or `autoscale.max`, or ask for more",
    fix=(
        Line("computes", "max_instances", setting="max", most=True, default=4, types=("amlcompute",)),
        Line("online_deployments", "instance_count", setting="max", most=True, default=1),
        Line("jobs", "resources.instance_count", setting="max", most=True, default=1),
    ),
    types=RENTING,
    check=_check_max_nodes,
    settings={"max": whole_number("Most machines of one cluster, deployment or job; -1 for any number.", -1, least=-1)},
    family="compute",
)


_MIN_NODES = f"{_IN}.scaleSettings.minNodeCount"


def _check_min_nodes_zero(write: Write, _settings: Settings) -> Found:
    if kind_of(write) != "amlcompute":
        return
    found = write.read(_MIN_NODES, 0)
    if number(found, math.inf) > 0:
        shown = show_value(_MIN_NODES, found)
        yield f"{write.name}: {word(_MIN_NODES)} is {shown}, it must be 0: idle nodes are paid for"


def _take_off_idle_nodes(planned: Planned, _settings: Settings) -> Mapping[str, Any] | None:
    if compute_kind(planned) != "amlcompute" or number(read(planned.inputs, _MIN_NODES, 0), math.inf) <= 0:
        return None
    return with_values(planned, COMPUTE, {_MIN_NODES: 0})


COMPUTE_MIN_NODES_ZERO = Rule(
    id="compute-min-nodes-zero",
    title="A cluster that nobody uses has no nodes.",
    severity=Severity.MEDIUM,
    remedy="leave `min_instances` out, or set it to 0",
    fix=(Line("computes", "min_instances", 0, default=0, types=("amlcompute",)),),
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check_min_nodes_zero,
    remediate=_take_off_idle_nodes,
    family="compute",
)


def _check_low_priority(write: Write, run: Run, settings: Settings) -> Found:
    if not among(run, settings["stacks"]):
        return
    why = "development doesn't need machines that are never taken away, and these cost a fraction"
    if kind_of(write) == "amlcompute" and _has_low_priority(write):
        yield from must_be_one_of(write, f"{_IN}.vmPriority", ("LowPriority",), "Dedicated", why)
    elif write.is_a(JOB) and write.text_at("properties.jobType") != "pipeline" and rents(write) is not None:
        yield from must_be_one_of(write, "properties.queueSettings.jobTier", ("Spot",), "Standard", why)


def _has_low_priority(write: Write) -> bool:
    size = sizes.find(write.text_at(f"{_IN}.vmSize"))
    return size is None or size.low_priority


COMPUTE_LOW_PRIORITY = Rule(
    id="compute-low-priority",
    title="In stacks for development, clusters and serverless jobs take low-priority machines.",
    severity=Severity.LOW,
    remedy="set `tier: low_priority` (clusters; a change makes a new one) or `queue_settings: {job_tier: spot}` (jobs)",
    fix=(
        Line("computes", "tier", "low_priority", types=("amlcompute",)),
        Line("jobs", "queue_settings.job_tier", "spot", unless="compute"),
    ),
    level=Level.ADVISORY,
    types=(COMPUTE, JOB),
    check_run=_check_low_priority,
    settings={"stacks": setting(["dev*"], "for development")},
    family="compute",
)


_SERVERLESS = "properties.serverlessComputeSettings"


def _check_no_public_ip(write: Write, settings: Settings) -> Found:
    why = "a public address is a way in past the virtual network"
    if kind_of(write) in ("amlcompute", "computeinstance"):
        if settings["everywhere"] or write.read(f"{_IN}.subnet.id"):
            yield from must_be_switched(write, f"{_IN}.enableNodePublicIp", must_be=False, default=True, why=why)
    elif write.is_a(WORKSPACE) and write.read(f"{_SERVERLESS}.serverlessComputeCustomSubnet"):
        yield from must_be_switched(
            write, f"{_SERVERLESS}.serverlessComputeNoPublicIP", must_be=True, default=False, why=why
        )


COMPUTE_NO_PUBLIC_IP = Rule(
    id="compute-no-public-ip",
    title="Nodes in a virtual network have no public addresses.",
    severity=Severity.HIGH,
    remedy="set `enable_node_public_ip: false` (a change makes a new compute); without `network_settings` that needs "
    "the workspace's managed network",
    fix=(Line("computes", "enable_node_public_ip", value=False, types=("amlcompute", "computeinstance")),),
    level=Level.ADVISORY,
    types=(COMPUTE, WORKSPACE),
    check=_check_no_public_ip,
    settings={
        "everywhere": flag(
            "Whether it holds for nodes in no virtual network of one's own, too: they then need the "
            "workspace's managed network."
        )
    },
    family="compute",
)


def _check_in_vnet(plan: Plan, _run: Run, _settings: Settings) -> Found:
    undecided: UnknownError | None = None
    for write in plan.writes:
        try:
            yield from _nodes_outside(write, plan)
        except UnknownError as error:
            undecided = undecided or error
    if undecided is not None:
        raise undecided


def _nodes_outside(write: Write, plan: Plan) -> Iterator[Finding]:
    if (
        kind_of(write) not in ("amlcompute", "computeinstance")
        or write.read(f"{_IN}.subnet.id")
        or _has_managed_network(write, plan)
    ):
        return
    text = f"{write.name}: network_settings.subnet is not set, and the workspace's managed network isn't planned on"
    why = "without a network, nodes talk to the internet as they like"
    yield Finding(f"{text}: {why}", urn=write.planned.urn)


def _has_managed_network(write: Write, plan: Plan) -> bool:
    """Return whether the workspace isolates; a name that isn't known yet may be that of the only one planned."""
    mine = workspace_of(write.id).lower()
    workspaces = [one for one in plan.writes if one.is_a(WORKSPACE)]
    only = len(workspaces) == 1
    found = [one for one in workspaces if one.id.lower() == mine or (only and has_unknown(one.id + mine))]
    modes = [one.text_at("properties.managedNetwork.isolationMode", "Disabled") for one in found]
    return any(mode in ("allowinternetoutbound", "allowonlyapprovedoutbound") for mode in modes)


COMPUTE_IN_VNET = Rule(
    id="compute-in-vnet",
    title="Nodes of clusters and instances are in a virtual network, or in the workspace's managed one.",
    severity=Severity.HIGH,
    remedy="set `network_settings` for the compute (a change makes a new one), or `managed_network` for the workspace",
    fix=(Line("workspace", "managed_network.isolation_mode", "allow_only_approved_outbound"),),
    level=Level.DISABLED,
    check_all=_check_in_vnet,
    family="compute",
)


def _check_attached_aks(write: Write, _settings: Settings) -> Found:
    if kind_of(write) == "aks" and not write.read("properties.resourceId"):
        yield (
            f"{write.name}: resource_id is not set, so Azure ML makes a cluster of its own: "
            "nobody sets its version, its network or who gets in"
        )


COMPUTE_ATTACHED_AKS = Rule(
    id="compute-attached-aks",
    title="AKS clusters are attached by their id, not made by the workspace.",
    severity=Severity.HIGH,
    remedy="make the cluster where your clusters are kept, and attach it: `type: kubernetes` with `resource_id`",
    fix=(Kept("resourceId: the id of a cluster that is there"),),
    level=Level.ADVISORY,
    types=(COMPUTE,),
    check=_check_attached_aks,
    family="compute",
)


_POOLS = "properties.agentPoolProfiles"
_CLUSTER = "Microsoft.ContainerService/managedClusters"
_POOL = f"{_CLUSTER}/agentPools"
_NODE_ADDRESS = "enableNodePublicIP must be false: nodes aren't for callers"


def _check_local_accounts(write: Write, _settings: Settings) -> Found:
    if write.is_a(_POOL):
        if truth(write.read("properties.enableNodePublicIP"), default=False):
            yield f"{write.name}: {_NODE_ADDRESS}"
        return
    why = "the administrator's certificate lets anybody in who has it"
    yield from must_be_switched(write, "properties.disableLocalAccounts", must_be=True, default=False, why=why)
    pools = write.read(_POOLS)
    for index, pool in enumerate(pools if isinstance(pools, list | tuple) else ()):
        if truth(read(require_known(pool, f"{_POOLS}[{index}]"), "enableNodePublicIP"), default=False):
            yield f"{write.name}: agentPoolProfiles[{index}].{_NODE_ADDRESS}"


ATTACHED_AKS_LOCAL_ACCOUNTS = Rule(
    id="attached-aks-local-accounts",
    title="AKS clusters have no local accounts, and their nodes no public addresses.",
    severity=Severity.MEDIUM,
    remedy="set disableLocalAccounts: true, and leave enableNodePublicIP out",
    fix=(Line("computes", "create.local_accounts", value=False, default=False, types=("kubernetes",)),),
    level=Level.ADVISORY,
    types=(_CLUSTER, _POOL),
    check=_check_local_accounts,
    family="compute",
)
