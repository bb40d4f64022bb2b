"""Whether a preview agrees with itself: one that doesn't was cut, or made by somebody, and shows no whole plan.

What the engine counts and shows of each operation: pulumi, pkg/resource/deploy/step.go (`Logical`) and
pkg/engine/update.go (`OnResourceStepPost`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from azureml_policies.baseline.past import type_in
from azureml_policies.previews.read import HOW, REPLACING, Preview, PreviewError, PreviewStep

_BOTH, _ONLY_NEW, _ONLY_OLD = (True, True), (False, True), (True, False)
_STATES = {
    "same": _BOTH,
    "update": _BOTH,
    "replace": _BOTH,
    "create-replacement": _BOTH,
    "create": _ONLY_NEW,
    "delete": _ONLY_OLD,
    "delete-replaced": _ONLY_OLD,
}
"""Whether a step of an operation shows the resource before it and after it."""
_COUNTED = frozenset({"same", "update", "replace", "create", "delete", "import"})
_ASIDE = frozenset({"read", "refresh", "remove-pending-replace", "discard", "discard-replaced", "read-replacement"})
"""Operations that come beside those that change a resource."""
_OPS = _COUNTED | _STATES.keys() | _ASIDE | {"import-replacement"}


def check_consistent(preview: Preview) -> None:
    """Raise PreviewError with the first thing in which a preview contradicts itself."""
    problem = next(_problems(preview), None)
    if problem:
        raise PreviewError(f"{preview.source}: isn't a whole preview: {problem}; {HOW}")


def _problems(preview: Preview) -> Iterator[str]:
    for step in preview.steps:
        yield from _step_problems(step)
    yield from _count_problems(preview)
    yield from _repetitions(preview.steps)
    yield from _order_problems(preview.steps)


def _step_problems(step: PreviewStep) -> Iterator[str]:
    if step.op not in _OPS:
        yield f"{step.urn} has the operation {step.op!r}, which Pulumi doesn't have"
        return
    wanted = _STATES.get(step.op)
    has = (step.old is not None, step.new is not None)
    for name, expected, found in zip(("before", "after"), wanted or has, has, strict=True):
        if expected != found:
            yield (
                f"a step {step.op!r} shows {step.urn} {name} it"
                if found
                else (f"a step {step.op!r} doesn't show {step.urn} {name} it")
            )
    state = step.new or {}
    for name, other in (("urn", step.urn), ("type", type_in(step.urn))):
        if step.new is not None and state.get(name) != other:
            yield f"the step of {step.urn} is about the {name} {state.get(name)!r}"


def _count_problems(preview: Preview) -> Iterator[str]:
    if preview.counts is None:
        yield "it doesn't count its steps (`changeSummary`, `resourceChanges`)"
        return
    shown = Counter(step.op for step in preview.steps)
    for op in sorted({*preview.counts, *_COUNTED}):
        count = preview.counts.get(op, 0)
        if op not in _OPS:
            yield f"it counts the operation {op!r}, which Pulumi doesn't have"
        elif op in _COUNTED and shown[op] != count:
            yield f"it counts {count} of {op!r} and shows {shown[op]}"


def _repetitions(steps: Sequence[PreviewStep]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for step in steps:
        if step.op not in _ASIDE:
            found.setdefault(step.urn, []).append(step.op)
    for urn, ops in found.items():
        if len(set(ops)) < len(ops) or (len(ops) > 1 and not REPLACING.issuperset(ops)):
            yield f"{urn} has the steps {', '.join(ops)} together"


def _order_problems(steps: Sequence[PreviewStep]) -> Iterator[str]:
    """Yield what comes before its parent or its provider: the engine makes them in the order of the program."""
    later = {step.urn: step for step in reversed(steps) if step.new is not None and step.op not in _ASIDE}
    for step in steps:
        later.pop(step.urn, None)
        state = step.new or {}
        for above in (str(state.get("parent") or ""), str(state.get("provider") or "").rpartition("::")[0]):
            if above in later:
                yield f"{step.urn} comes before {above}, which it needs"
