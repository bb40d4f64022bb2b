"""What the sandbox's in-process runs leave, as Pulumi would export it and as policies would see it."""

from collections.abc import Sequence
from typing import Any

from azureml_policies import requests as arm_requests
from azureml_policies.baseline import wire
from azureml_policies.requests.planned import Options, Planned
from azureml_policies.requests.write import Write
from azureml_sandbox import Result
from kit.platforms import SUBSCRIPTION

DEFAULTS = arm_requests.Defaults(subscription=SUBSCRIPTION)


def writes(planned: Planned) -> Sequence[Write]:
    """Return what a resource asks ARM for, in the sandbox's subscription."""
    return arm_requests.writes(planned, DEFAULTS)


def export_stack(result: Result) -> dict[str, Any]:
    """Return the stack after a run, as `pulumi stack export` has it."""
    entries = [
        {
            "urn": item.urn,
            "type": item.type,
            "custom": item.custom,
            "id": item.id,
            "inputs": item.inputs,
            "outputs": item.outputs,
            "parent": item.parent,
            "provider": item.provider,
            "external": item.external,
            "retainOnDelete": item.retain_on_delete,
            "delete": item.pending_delete,
        }
        for item in result.resources.values()
    ]
    return {"version": 3, "deployment": {"manifest": {}, "resources": entries}}


def planned_resources(result: Result) -> list[Planned]:
    """Return what a run planned, as a policy pack gets it: as the engine would send it, without what is only looked
    up.
    """
    return [
        Planned(goal.urn, goal.type, goal.name, wire.plain(made.inputs), None, Options(parent=goal.parent), goal.custom)
        for goal in result.registered.values()
        if not (made := result.resources[goal.urn]).external
    ]
