"""The past by a preview: each step of `pulumi preview --json` says what was there before it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from azureml_arm.compare import Difference, dotted_path
from azureml_arm.compare.masks import MASK
from azureml_policies.baseline import wire
from azureml_policies.baseline.model import Op, PlannedChange
from azureml_policies.baseline.past import Old, Past, Writes, change_of, name_in, old_of, type_in
from azureml_policies.baseline.state import is_there
from azureml_policies.previews.read import PLANNING, REPLACING, Preview, PreviewStep, settings_of
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write


class PreviewBaseline:
    """What a preview says was there.

    Unchanged is what the engine calls so and has the inputs of before; secrets are compared by the engine, and what it
    replaces is replaced whatever differs.
    """

    sees_removals = True

    def __init__(self, preview: Preview, writes: Writes) -> None:
        self.source = f"the preview {preview.source}"
        self._steps = {step.urn: step for step in preview.steps if step.op in PLANNING}
        self._replaced = {step.urn for step in preview.steps if step.op in REPLACING}
        self._past = Past(_olds(preview), writes, self.source, aliased=True)

    def change(self, write: Write) -> PlannedChange:
        """Return what a write would do, by what the engine found and by what is compared."""
        step = self._steps.get(write.planned.urn)
        if step is not None and step.op == "same" and _has_same_inputs(step):
            return PlannedChange(Op.SAME)
        change = self._past.change(write)
        if step is None or change.op not in (Op.UPDATE, Op.SAME):
            return change
        if step.changed is not None:
            change = change_of(_as_the_engine_says(change.differences, step))
        return replace(change, op=Op.UPDATE, replaces=True) if step.urn in self._replaced else change

    def removals(self, planned: Collection[Planned]) -> list[Write]:
        """Return what the preview would delete."""
        return self._past.removals(planned)


def _has_same_inputs(step: PreviewStep) -> bool:
    """Return whether a step's inputs are those of before: that the engine says so isn't enough."""
    return step.old is not None and (step.new or {}).get("inputs") == step.old.get("inputs")


def _olds(preview: Preview) -> list[Old]:
    """Return the resources before the run, each under the URN that it has now."""
    found: dict[str, PreviewStep] = {}
    for step in preview.steps:
        if step.old is not None and step.op != "refresh" and _was_there(step):
            found.setdefault(step.urn, step)
    olds = {urn: step.old for urn, step in found.items() if step.old is not None}
    providers = {urn: old.get("inputs") or {} for urn, old in olds.items()}
    for old in olds.values():
        _add_default_provider(str(old.get("provider") or ""), providers, preview)
    return [old_of({"type": "", **old}, providers, urn) for urn, old in olds.items()]


def _was_there(step: PreviewStep) -> bool:
    """Return whether a step's old state was there when the preview began: it marks itself what it is going to
    replace."""
    return step.op != "read" and is_there({**(step.old or {}), "pendingReplacement": False})


def _add_default_provider(reference: str, providers: dict[str, dict[str, str]], preview: Preview) -> None:
    urn = reference.rpartition("::")[0]
    if urn and urn not in providers and name_in(urn).startswith("default"):
        providers[urn] = settings_of(type_in(urn), preview.config)


def _as_the_engine_says(found: Sequence[Difference], step: PreviewStep) -> list[Difference]:
    """Return the differences; where a secret hides both values are exactly those that the engine found."""
    engine = {dotted_path(tuple(path.split("."))): path for path in step.changed or ()}
    kept = [item for item in found if not _is_hidden(item) or any(_covers(path, item.path) for path in engine)]
    visible = {item.path for item in kept}
    inputs = wire.plain((step.new or {}).get("inputs") or {})
    hidden = (
        Difference(path, MASK, MASK, secret=True)
        for path, raw in engine.items()
        if not any(_covers(path, one) or _covers(one, path) for one in visible) and _is_masked(inputs, raw)
    )
    return kept + list(hidden)


def _is_hidden(item: Difference) -> bool:
    return item.secret and item.old == MASK


def _covers(path: str, other: str) -> bool:
    return other == path or other.startswith((f"{path}.", f"{path}["))


def _is_masked(value: Any, path: str) -> bool:
    """Return whether there is a mask at a path of the engine's (`a.b[0].c`), or below where the way there ends."""
    for part in re.findall(r"[^.\[\]\"]+", path):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            break
    return _has_mask(value)


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_mask(item) for item in value.values())
    return any(_has_mask(item) for item in value) if isinstance(value, list) else value == MASK
