"""The dynamic resources of this project that act on ARM: the plan shows on what, and by which action."""

from collections.abc import Iterable

from azureml_arm import ids
from azureml_arm.actions import operations_of
from azureml_arm.template.paths import clean
from azureml_policies.requests.request import ArmRequest, PlannedView, opaque
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import text
from azureml_policies.requests.write import Write

_OWN = "pulumi-python:dynamic/azureml:"
_SHARE = f"{_OWN}share"
_SYNAPSE_ROLE = f"{_OWN}synapserole"
_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_ACTIONS = {
    _SHARE: ("asset_id", "publish/action"),
    f"{_OWN}triggerswitch": ("trigger_id", "start/action"),
    f"{_OWN}databrickstoken": ("workspace_id", "write"),  # whoever may change a workspace is let in as its admin
    f"{_OWN}registryupload": ("version_id", "write"),  # a place to write to is for those who may write
}
"""Token in lower case -> the argument with the id that is acted on, and the end of the action's name."""
_REASON = "a dynamic resource, whose code the plan doesn't show"


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return the action that one of them is, and, as its code isn't shown, a request that could be any."""
    if asked.planned.type.lower() == _SYNAPSE_ROLE:
        return (opaque(_REASON), _grant(asked))
    found = _ACTIONS.get(asked.planned.type.lower())
    if found is None:
        return None
    argument, action = found
    target = clean(asked.get(argument))
    if not ids.is_id(target) or UNKNOWN in target:
        return (opaque(_REASON), opaque(f"{action} on what isn't known yet"))
    kind = ids.parse(target).type
    return (opaque(_REASON), ArmRequest(kind, target, action=f"{operations_of(kind)}/{action}"), *_copy(asked, kind))


def _grant(asked: PlannedView) -> ArmRequest:
    """Return what giving a role inside of a Synapse workspace is judged as: giving one on it, which Azure Owners may
    (https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-synapse-rbac-roles).
    """
    target = clean(asked.get("workspace_id"))
    if not ids.is_id(target) or UNKNOWN in target:
        return opaque("a role in a Synapse workspace that isn't known yet")
    place = f"{target}/providers/{_ASSIGNMENT}/{text(asked.get('assignment'))}"
    return ArmRequest(_ASSIGNMENT, place, action=f"{_ASSIGNMENT}/write")


def is_copy(write: Write) -> bool:
    """Return whether a write is that of a copy in a registry, which is made once and never changed."""
    return write.planned.type.lower() == _SHARE and not write.opaque and not write.action


def copy_of(write: Write) -> Write | None:
    """Return the write of the copy that a publishing makes, where it is one and it is known which."""
    if not write.action or write.planned.type.lower() != _SHARE:
        return None
    made = next(iter(_copy(PlannedView(write.planned), write.type)), None)
    return Write(made.type, made.id, made.body, planned=write.planned) if made else None


def _copy(asked: PlannedView, kind: str) -> Iterable[ArmRequest]:
    """Return the write of the copy in a registry, where it is known which."""
    registry = clean(asked.get("registry_id"))
    name, version = (text(asked.get(word)) for word in ("name", "version"))
    if ids.is_id(registry) and name and version:
        family = kind.split("/")[-2]
        yield ArmRequest(
            f"{ids.parse(registry).type}/{family}/versions", f"{registry}/{family}/{name}/versions/{version}"
        )
