"""A cluster's nodes: jobs allocate them, and idle ones go after a while."""

import json
from typing import Any

from azureml_sandbox.model import derived, durations
from azureml_sandbox.model.bodies import Body, dig, plant
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.tables import NODES, NODES_QUEUE
from azureml_sandbox.services.machinelearning import quotas
from azureml_sandbox.services.machinelearning.system import SETTINGS

SCALE_DOWN = "scale-down"
_IDLE_TIME = "PT120S"
_FIRST_PORT = 50_000
Node = dict[str, Any]


def nodes(azure: Cloud, compute_id: str) -> list[Node]:
    """Return a cluster's nodes: number, job (None: idle), and since when it has been idle."""
    found = azure.store.get(NODES, compute_id.lower())
    return json.loads(found) if found else []


def limits(compute: Body) -> tuple[int, int]:
    """Return the fewest and the most nodes that a cluster has."""
    scale = dig(compute, f"{SETTINGS}.scaleSettings") or {}
    low = int(scale.get("minNodeCount") or 0)
    return low, max(low, int(scale.get("maxNodeCount") or 0))


def allocate(azure: Cloud, compute: Body, job: str, count: int) -> bool:
    """Give a job its nodes, idle ones first; False where the cluster has too few now."""
    own = nodes(azure, compute["id"])
    free = [node for node in own if node["job"] is None]
    missing = max(0, count - len(free))
    if len(own) + missing > limits(compute)[1] or not quotas.holds(azure, compute, len(own) + missing):
        return False
    new = _new(own, missing, azure.events.now())
    for node in (free + new)[:count]:
        node["job"] = job
    _keep(azure, compute, own + new)
    return True


def release(azure: Cloud, compute: Body, job: str) -> None:
    """Take a job's nodes back; they go when nobody has used them for as long as the cluster says."""
    own = nodes(azure, compute["id"])
    held = [node for node in own if node["job"] == job]
    for node in held:
        node |= {"job": None, "idle": azure.events.now()}
    if held:
        _keep(azure, compute, own)
        azure.events.add(_idle_time(compute), compute["id"], SCALE_DOWN)


def scale(azure: Cloud, compute: Body) -> None:
    """Bring a cluster between its limits: nodes that have been idle for long enough go, missing ones come."""
    low, high = limits(compute)
    own, now = nodes(azure, compute["id"]), azure.events.now()
    at_once = len(own) > high or not azure.events.enabled
    spare = [node for node in own if node["job"] is None and (at_once or _is_due(compute, node, now))]
    gone = spare[: max(0, len(own) - low)]
    kept = [node for node in own if node not in gone]
    _keep(azure, compute, kept + _new(kept, max(0, low - len(kept)), now))


def render_counts(own: list[Node]) -> Body:
    """Return what a cluster reports of its nodes."""
    running = sum(node["job"] is not None for node in own)
    states = {"idleNodeCount": len(own) - running, "runningNodeCount": running}
    rest = dict.fromkeys(("leavingNodeCount", "preemptedNodeCount", "preparingNodeCount", "unusableNodeCount"), 0)
    return {"currentNodeCount": len(own), "targetNodeCount": len(own), "nodeStateCounts": {**states, **rest}}


def render_nodes(compute: Body, own: list[Node]) -> list[Body]:
    """Return the nodes as ``listNodes`` has them."""
    return [
        {
            "nodeId": f"tvm-{derived.guid('node', compute['id'], str(node['number']))}",
            "nodeState": "idle" if node["job"] is None else "running",
            "port": _FIRST_PORT + node["number"],
            "privateIpAddress": f"10.0.{node['number'] // 250}.{node['number'] % 250 + 4}",
            **({"runId": node["job"]} if node["job"] else {}),
        }
        for node in own
    ]


def wait(azure: Cloud, compute_id: str, job_id: str) -> None:
    """Let a job wait for the cluster's next free nodes."""
    azure.store.set(NODES_QUEUE, f"{compute_id}|{job_id}".lower(), job_id)


def waiting(azure: Cloud, compute_id: str | None = None) -> list[str]:
    """Return the ids of the jobs that wait for a cluster, or for any, which from now on they don't."""
    found = azure.store.scan(NODES_QUEUE, "" if compute_id is None else f"{compute_id}|".lower())
    for key, _ in found:
        azure.store.remove(NODES_QUEUE, key)
    return [str(job) for _, job in found]


def forget(azure: Cloud, compute_id: str) -> None:
    """Remove the nodes of a deleted cluster."""
    azure.store.remove(NODES, compute_id.lower())
    waiting(azure, compute_id)


def _new(own: list[Node], count: int, now: float) -> list[Node]:
    first = max((node["number"] for node in own), default=-1) + 1
    return [{"number": first + more, "job": None, "idle": now} for more in range(count)]


def _idle_time(compute: Body) -> float:
    text = dig(compute, f"{SETTINGS}.scaleSettings.nodeIdleTimeBeforeScaleDown") or _IDLE_TIME
    return durations.seconds(str(text)) or 0.0


def _is_due(compute: Body, node: Node, now: float) -> bool:
    return bool(now - node["idle"] >= _idle_time(compute) - 0.001)


def _keep(azure: Cloud, compute: Body, own: list[Node]) -> None:
    azure.store.set(NODES, compute["id"].lower(), json.dumps(own))
    plant(compute, SETTINGS, {**(dig(compute, SETTINGS) or {}), **render_counts(own)})
    plant(compute, f"{SETTINGS}.allocationStateTransitionTime", azure.events.moment())
    azure.update(compute)
    quotas.record(azure, compute)
