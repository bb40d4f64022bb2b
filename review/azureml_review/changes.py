"""A preview's steps as changes: one for each resource, compared as Azure compares, in az ml's words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azureml_arm.compare import Difference, differences
from azureml_infra.entities.body import FieldSpec
from azureml_infra.entities.reverse import value_of
from azureml_policies import requests as arm_requests
from azureml_policies.baseline.past import name_in, old_of, type_in
from azureml_policies.previews.baseline import PreviewBaseline
from azureml_policies.previews.read import Preview, PreviewStep, planned_of
from azureml_policies.requests import Defaults
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.write import Write
from azureml_policies.text import SENSITIVE, mask
from azureml_review.described import Described, DescriptionSource
from azureml_review.model import Change, Field, Loss, Op
from azureml_review.noise import noise_of
from azureml_review.security import security_of
from azureml_review.serving import serving, unserved_by
from azureml_review.types import losses_of
from azureml_review.words import model_of, noun_of, title_of, word_of

_OPS: Mapping[str, Op] = {
    "create": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    "delete-replaced": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "replace": Op.REPLACE,
    "import": Op.IMPORT,
    "import-replacement": Op.REPLACE,
    "same": Op.SAME,
}
"""The engine's operations that are looked at; it also reads, refreshes and lets go of resources."""
_WEIGHT = (Op.SAME, Op.IMPORT, Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE)
_NO_ENGINE = frozenset({"pulumi:pulumi:Stack"})
OWN = "pulumi-python:dynamic/azureml:"
"""How the types of the project's own dynamic resources begin: what they do is known."""
PROTECTED = "protected: the engine refuses this until `pulumi state unprotect` or `protect: false` allows it"
WORKSPACE = "azureml-infra:index:Workspace$"
"""What the URNs of a described workspace, and of what it stands on, have in them."""
PROTECTED_WORKSPACE = (
    "protected: the engine refuses this until `replace: NAME`, the name of the new one, below `workspace:` allows it"
)


@dataclass(frozen=True)
class Planning:
    """A preview with what is needed to find what its steps change."""

    preview: Preview
    described: Described
    subscription: str = ""

    @cached_property
    def planned(self) -> Mapping[str, Planned]:
        """Return the planned resources by URN."""
        return {item.urn: item for item in planned_of(self.preview)}

    @cached_property
    def baseline(self) -> PreviewBaseline:
        """Return the resources before the plan."""
        return PreviewBaseline(self.preview, self.writes)

    @cached_property
    def _providers(self) -> Mapping[str, Mapping[str, Any]]:
        states = [step.new or step.old or {} for step in self.preview.steps]
        return {str(state.get("urn")): state.get("inputs") or {} for state in states}

    @cached_property
    def steps(self) -> Mapping[str, Sequence[PreviewStep]]:
        """Return the steps of each resource under review, by URN, in the preview's order."""
        groups: dict[str, list[PreviewStep]] = {}
        for step in self.preview.steps:
            if step.op in _OPS and _is_resource(step):
                groups.setdefault(step.urn, []).append(step)
        return groups

    @cached_property
    def deleted(self) -> frozenset[str]:
        """Return the ids of what the plan deletes, in lower case."""
        only = [steps[0] for steps in self.steps.values() if {step.op for step in steps} == {"delete"}]
        olds = [old for step in only if (old := self.old(step)) is not None]
        return frozenset(write.id.lower() for old in olds for write in self.writes(old))

    def writes(self, planned: Planned) -> Sequence[Write]:
        """Return the ARM requests of a planned resource."""
        if id(planned) not in self._writes:
            self._writes[id(planned)] = planned, arm_requests.writes(planned, Defaults(self.subscription))
        return self._writes[id(planned)][1]

    @cached_property
    def _writes(self) -> dict[int, tuple[Planned, Sequence[Write]]]:
        """Return what was worked out: each part of a review asks for it."""
        return {}

    def old(self, step: PreviewStep) -> Planned | None:
        """Return a step's resource before the plan."""
        return self._olds.get(id(step))

    @cached_property
    def _olds(self) -> Mapping[int, Planned]:
        before = [(step, step.old) for steps in self.steps.values() for step in steps if step.old]
        return {
            id(step): old_of({"type": type_in(step.urn), **old}, self._providers, step.urn).planned
            for step, old in before
        }


def changes_of(planning: Planning) -> list[Change]:
    """Return a change for each resource: in the preview's order, then the unchanged ones by their URNs.

    The engine goes through what doesn't depend on each other in any order; the comment on one plan is always the same.
    Those of one type are therefore by name where they stand.
    """
    of_type: dict[str, list[str]] = {}
    for urn in sorted(planning.steps, reverse=True):
        of_type.setdefault(type_in(urn), []).append(urn)
    ordered = [of_type[type_in(urn)].pop() for urn in planning.steps]
    found = serving([_change(planning, urn, planning.steps[urn]) for urn in ordered])
    unchanged = [change for change in found if change.op is Op.SAME]
    return [*(change for change in found if change.op is not Op.SAME), *sorted(unchanged, key=lambda one: one.urn)]


def _is_resource(step: PreviewStep) -> bool:
    """Return whether it exists outside of the program: not a component, provider or stack."""
    kind = type_in(step.urn)
    state = step.new or step.old or {}
    return kind not in _NO_ENGINE and not kind.startswith("pulumi:providers:") and bool(state.get("custom"))


def _change(planning: Planning, urn: str, steps: Sequence[PreviewStep]) -> Change:
    op = max((_OPS[step.op] for step in steps), key=_WEIGHT.index)
    step = next((one for one in steps if one.op in ("replace", "update")), steps[0])
    old = planning.old(next((one for one in steps if one.old), step))
    planned = planning.planned.get(urn) or old
    subject = _Subject(planning, op, step, planned, old)
    write = subject.write
    type_name = write.type if write else type_in(urn)
    model = model_of(write.type, write.body) if write else None
    noun = noun_of(type_name, model)
    fields = tuple(subject.fields()) if op in (Op.UPDATE, Op.REPLACE) else ()
    shown = [one for one in step.changed or () if one != "__provider"]
    paths = [field.path for field in fields]
    noise = noise_of(shown, paths, subject.inputs(old), subject.inputs(planned)) if op is Op.UPDATE else []
    source = subject.source
    state = step.new or step.old or {}
    return Change(
        urn=urn,
        op=op,
        noun=noun,
        name=title_of(write) if write else name_in(urn),
        type=type_name,
        id=write.id if write else "",
        place=source.place if source and op is not Op.DELETE else None,
        fields=fields,
        noise=tuple(noise),
        losses=() if _is_retained(op, steps) else (*losses_of(op, type_name, noun), *subject.serving_losses(noun)),
        security=security_of(op, type_name, fields),
        parent=str(state.get("parent") or ""),
        details=tuple(_details(op, steps, subject.writes)),
        retained=_is_retained(op, steps),
    )


def _details(op: Op, steps: Sequence[PreviewStep], writes: Sequence[Write]) -> Iterator[str]:
    if op in (Op.DELETE, Op.REPLACE) and _is_kept(steps):
        of_workspace = op is Op.REPLACE and all(WORKSPACE in step.urn for step in steps)
        yield PROTECTED_WORKSPACE if of_workspace else PROTECTED
    if any(type_in(step.urn).startswith(OWN) for step in steps):
        writes = [write for write in writes if not write.opaque]
    if len(writes) > 1:
        yield f"stands for {len(writes)} requests to Azure: {', '.join(title_of(write) for write in writes[:5])}"
    yield from (f"can hold anything: {write.opaque}" for write in writes if write.opaque)


def _is_kept(steps: Sequence[PreviewStep]) -> bool:
    """Return whether the engine refuses to delete a resource: protection may be taken away in the run that replaces it
    (pulumi, pkg/resource/deploy/step_generator.go: "we do allow unprotecting and replacing to happen in a single
    update cycle").
    """
    before = any(step.old.get("protect") for step in steps if step.old)
    return before and all(step.new.get("protect") for step in steps if step.new)


def _is_retained(op: Op, steps: Sequence[PreviewStep]) -> bool:
    """Return whether a resource that leaves the stack stays in Azure."""
    return op is Op.DELETE and any((step.old or {}).get("retainOnDelete") for step in steps)


@dataclass(frozen=True)
class _Subject:
    """One resource that changes."""

    planning: Planning
    op: Op
    step: PreviewStep
    planned: Planned | None
    old: Planned | None

    @cached_property
    def writes(self) -> Sequence[Write]:
        return self.planning.writes(self.planned) if self.planned else ()

    @cached_property
    def write(self) -> Write | None:
        """Return the one ARM request of the resource; None for several, and for none."""
        return self.writes[0] if len(self.writes) == 1 and not self.writes[0].opaque else None

    @cached_property
    def source(self) -> DescriptionSource | None:
        if type_in(self.step.urn) == f"{OWN}Traffic":
            endpoint = str(self.inputs(self.planned).get("endpoint_id") or "").rpartition("/")[2]
            return self.planning.described.traffic(endpoint)
        return self.planning.described.source(self.write) if self.write else None

    @staticmethod
    def inputs(planned: Planned | None) -> Mapping[str, Any]:
        return planned.inputs if planned else {}

    def fields(self) -> Iterator[Field]:
        """Return the values that change, and whether each forces a replacement."""
        model = model_of(self.write.type, self.write.body) if self.write else None
        for item in self._differences():
            word, spec = word_of(model, item.path)
            secret = item.secret or SENSITIVE.search(item.path) is not None
            given = UNKNOWN if self._is_to_come(item) else item.new
            old, new = ("", "") if secret else (_display_value(spec, item.old), _display_value(spec, given))
            place = self.source.of(word) if self.source else None
            yield Field(word, item.path, old, new, place, self._replaces(item.path), secret)

    def serving_losses(self, noun: str) -> Sequence[Loss]:
        """Return what fails where an endpoint's requests would no longer lead to any deployment."""
        old, new = self.inputs(self.old), self.inputs(self.planned)
        if self.op is Op.DELETE:
            endpoint = str(old.get("endpoint_id") or "").lower()
            return unserved_by(noun, old, {}) if endpoint and endpoint not in self.planning.deleted else ()
        return unserved_by(noun, old, new) if self.op is Op.UPDATE else ()

    def _is_to_come(self, item: Difference) -> bool:
        """Return whether a value is known only during the run: a role assignment needs a principal."""
        return item.new is None and item.path == "principalId" and self.write is not None

    def _differences(self) -> Sequence[Difference]:
        if self.write is not None:
            return self.planning.baseline.change(self.write).differences
        return differences(self.inputs(self.planned), self.inputs(self.old), complete=True)

    def _replaces(self, path: str) -> bool:
        if self.op is not Op.REPLACE:
            return False
        return any(_same_place(path, one) for one in self.step.replacing or ())


def _display_value(spec: FieldSpec | None, value: Any) -> Any:
    """Return a value in az ml's words, with its secrets masked."""
    return mask(value_of(spec, value))


def _same_place(path: str, engine: str) -> bool:
    """Return whether the engine's path (``properties.properties.vmSize``) is, or contains, a path of ours."""
    one, other = path.lower(), engine.lower().removeprefix("properties.")
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.") or one.endswith(f".{other}")
