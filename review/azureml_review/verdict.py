"""Changes beyond a data scientist's rights, by the role that Azure has for them."""

from __future__ import annotations

from collections.abc import Iterable

from azureml_arm.rbac import builtin
from azureml_arm.rbac.patterns import permits
from azureml_arm.roles import find
from azureml_review.model import Change, Op

ROLE = "AzureML Data Scientist"
_VERBS = {Op.CREATE: "write", Op.UPDATE: "write", Op.IMPORT: "read", Op.DELETE: "delete"}


def beyond_a_scientist(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the actions that the changes take and that `ROLE` lacks, each once.

    Changes outside of ARM (an upload, a traffic rule) need no action here.
    """
    needed = {action: None for change in changes for action in _actions(change)}
    return tuple(action for action in needed if not _has(action))


def _actions(change: Change) -> list[str]:
    if not change.type.startswith("Microsoft.") or change.op is Op.SAME or change.is_noise:
        return []
    verbs = ["delete", "write"] if change.op is Op.REPLACE else [_VERBS[change.op]]
    return [f"{change.type}/{verb}" for verb in verbs]


def _has(action: str) -> bool:
    role = find(ROLE)
    return role is not None and permits(builtin.definition(role).permissions, action)
