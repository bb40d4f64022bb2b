"""compute-in-vnet: nodes are in a virtual network, one's own or the workspace's managed one."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_arm.actions import WORKSPACE
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, Settings, Severity
from azureml_policies.rules.checks.words import kind_of
from azureml_policies.rules.rights.scopes import workspace_of
from azureml_policies.run import Run

_SUBNET = "properties.properties.subnet.id"
_WHY = "without a network, nodes talk to the internet as they like"


def _check(plan: Plan, _run: Run, _settings: Settings) -> Found:
    undecided: UnknownError | None = None
    for write in plan.writes:
        try:
            yield from _outside(write, plan)
        except UnknownError as error:
            undecided = undecided or error
    if undecided is not None:
        raise undecided


def _outside(write: Write, plan: Plan) -> Iterator[Finding]:
    if (
        kind_of(write) not in ("amlcompute", "computeinstance")
        or write.read(_SUBNET)
        or _has_managed_network(write, plan)
    ):
        return
    text = f"{write.name}: network_settings.subnet is not set, and the workspace's managed network isn't planned on"
    yield Finding(f"{text}: {_WHY}", urn=write.planned.urn)


def _has_managed_network(write: Write, plan: Plan) -> bool:
    """Return whether the workspace isolates; a name that isn't known yet may be that of the only one planned."""
    mine = workspace_of(write.id).lower()
    workspaces = [one for one in plan.writes if one.is_a(WORKSPACE)]
    only = len(workspaces) == 1
    found = [one for one in workspaces if one.id.lower() == mine or (only and has_unknown(one.id + mine))]
    modes = [one.text_at("properties.managedNetwork.isolationMode", "Disabled") for one in found]
    return any(mode in ("allowinternetoutbound", "allowonlyapprovedoutbound") for mode in modes)


RULE = Rule(
    id="compute-in-vnet",
    title="Nodes of clusters and instances are in a virtual network, or in the workspace's managed one.",
    severity=Severity.HIGH,
    remedy="set `network_settings` for the compute (a change makes a new one), or `managed_network` for the workspace",
    fix=(Line("workspace", "managed_network.isolation_mode", "allow_only_approved_outbound"),),
    level=Level.DISABLED,
    check_all=_check,
    family="compute",
)
