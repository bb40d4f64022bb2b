"""A run as the engine's events, a JSON object a line: what `pulumi preview --json` streams.

https://github.com/pulumi/pulumi, sdk/go/common/apitype/events.go. Only what describes the plan: no outputs, no
progress, no diagnostics for debugging. So whoever reads the one reads the other.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azureml_sandbox.pulumi.engine.diff import ChangedPlace
from azureml_sandbox.pulumi.engine.export import state_of
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.judge import Violation
from azureml_sandbox.pulumi.engine.operations import Op, Operation
from azureml_sandbox.pulumi.engine.result import Result
from azureml_sandbox.pulumi.engine.state import Resource

_STEPS: Mapping[Op, tuple[str, ...]] = {
    Op.CREATE: ("create",),
    Op.UPDATE: ("update",),
    Op.REPLACE: ("create-replacement", "replace", "delete-replaced"),
    Op.DELETE: ("delete",),
    Op.SAME: ("same",),
    Op.READ: ("read",),
    Op.IMPORT: ("import",),
}


def lines(result: Result, before: Sequence[Resource], config: Mapping[str, str]) -> Iterator[str]:
    """Yield the events of a preview. `before` is the state that it started from, `config` the stack's,
    without secrets.
    """
    for number, event in enumerate(_events(result, {item.urn: item for item in before}, config)):
        yield json.dumps({"sequence": number, "timestamp": 0, **event}, ensure_ascii=False)


def _events(result: Result, before: Mapping[str, Resource], config: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    yield {"preludeEvent": {"config": dict(config)}}
    changes: Counter[str] = Counter()
    for operation in result.operations:
        changes["same" if operation.op is Op.SAME else str(operation.op)] += 1
        yield from _of_operation(operation, before.get(operation.urn), result.registered.get(operation.urn))
    yield from ({"policyEvent": _policy(violation)} for violation in result.violations)
    for item in result.diagnostics:
        yield {"diagnosticEvent": {"severity": item.severity, "message": item.message, "urn": item.urn}}
    yield {
        "summaryEvent": {
            "isPreview": True,
            "durationSeconds": round(result.duration),
            "resourceChanges": dict(changes),
            "PolicyPacks": {pack.rpartition(" ")[0] or pack: pack.rpartition(" ")[2] for pack in result.packs},
            "result": "failed" if result.failed else "succeeded",
        }
    }


def _of_operation(operation: Operation, old: Resource | None, goal: Goal | None) -> Iterator[dict[str, Any]]:
    metadata: dict[str, Any] = {
        "urn": operation.urn,
        "type": operation.type,
        "old": _old(old),
        "new": _new(operation, old, goal),
    }
    diff = {change.path: _diff(change) for change in operation.changes}
    if diff:
        metadata |= {"detailedDiff": diff, "diffs": list(diff)}
        replacing = [change.path for change in operation.changes if change.replaces]
        metadata |= {"keys": replacing} if replacing else {}
    for step in _STEPS[operation.op]:
        gone = {"new": None} if step in ("delete", "delete-replaced") else {}
        yield {"resourcePreEvent": {"metadata": {"op": step, **metadata, **gone}, "planning": True}}


def _old(old: Resource | None) -> dict[str, Any] | None:
    return None if old is None else state_of(old)


def _new(operation: Operation, old: Resource | None, goal: Goal | None) -> dict[str, Any] | None:
    if goal is None:
        return _old(old)
    options = {"provider": goal.provider, "protect": goal.protect, "retain_on_delete": goal.retain_on_delete}
    return state_of(goal.resource(id=operation.id, inputs=goal.inputs, **options))


def _diff(change: ChangedPlace) -> dict[str, Any]:
    kind = "add" if change.old is None else "delete" if change.new is None else "update"
    return {"diffKind": f"{kind}-replace" if change.replaces else kind, "inputDiff": True}


def _policy(violation: Violation) -> dict[str, Any]:
    message = f"{violation.description}\n{violation.message}" if violation.description else violation.message
    return {
        "resourceUrn": violation.urn,
        "message": message,
        "policyName": violation.policy,
        "policyPackName": violation.pack,
        "enforcementLevel": violation.level,
        "severity": violation.severity,
    }
