"""workspace-kept: a workspace is never replaced or deleted as a side effect.

Its runs, metrics, endpoints and role assignments are in it and nowhere else. What was there comes from the pack's
`baseline`: an exported state shows replacements and deletions; Azure itself (`live`) shows replacements, but not what
belongs to the stack; with `none` nothing was there, so nothing can be lost. `pulumi destroy` shows its deletions to no
policy: the workspace's `protect`, which is on by default, is what stops it.
"""

from __future__ import annotations

from azureml_arm.actions import WORKSPACE
from azureml_arm.compare import Difference
from azureml_policies.baseline.model import Op
from azureml_policies.config import texts
from azureml_policies.fixes import ConfigFix
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Plan, Rule, Settings, Severity
from azureml_policies.run import Run
from azureml_policies.text import changes

_WHY = "the runs, metrics and endpoints in it would be lost"
_MOVES = ("name", "id")
"""What the baseline calls a change of the path."""
_FIXED = ("location", "hbiWorkspace", "storageAccount", "keyVault", "encryption", "enableDataIsolation")
"""What Azure fixes as it makes a workspace."""


def _check(write: Write, run: Run, settings: Settings) -> Found:
    if _is_allowed(write.name, settings):
        return
    change = run.change(write)
    replacing = [item for item in change.differences if _replaces(item)] if change.op is Op.UPDATE else []
    known = [item for item in replacing if not has_unknown(item.new)]
    if change.replaces and not replacing:
        yield f"{write.name}: it would be replaced: {_WHY}"
    elif replacing and not known:
        raise UnknownError(f"{write.name}: {replacing[0].path}")
    if known:
        yield f"{write.name}: it would be replaced ({changes(known)}): {_WHY}"


def _replaces(difference: Difference) -> bool:
    path = difference.path.lower()
    return any(path == name.lower() or path.startswith(f"{name.lower()}.") for name in (*_FIXED, *_MOVES))


def _removals(plan: Plan, run: Run, settings: Settings) -> Found:
    planned = {item.urn for item in plan.planned}
    for write in run.baseline.removals(plan.planned):
        if write.is_a(WORKSPACE) and write.planned.urn not in planned and not _is_allowed(write.name, settings):
            yield Finding(f"{write.name}: it would be deleted: {_WHY}", write.planned.urn)


def _is_allowed(name: str, settings: Settings) -> bool:
    return name.lower() in {str(item).lower() for item in settings["allow"]}


RULE = Rule(
    id="workspace-kept",
    title="No workspace is replaced or deleted.",
    severity=Severity.CRITICAL,
    remedy="take the change back, or have the workspace's name put into the rule's `allow`",
    fix=(ConfigFix('{"workspace-kept": {"allow": ["NAME"]}}'),),
    types=(WORKSPACE,),
    check_run=_check,
    check_all=_removals,
    settings={"allow": texts("The names of workspaces that may be replaced or deleted.")},
    family="workspace",
)
