"""Resources as a stack had them, and what a plan makes of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azureml_arm import ids
from azureml_arm.catalogue import API_VERSION
from azureml_arm.compare import Difference, differences
from azureml_policies.baseline import wire
from azureml_policies.baseline.model import BaselineUnavailableError, Op, PlannedChange
from azureml_policies.requests.native import find_type, is_native
from azureml_policies.requests.planned import Options, Planned, PlannedProvider
from azureml_policies.requests.request import Token
from azureml_policies.requests.unknown import has_unknown
from azureml_policies.requests.write import Write

Writes = Callable[[Planned], Sequence[Write]]
"""What a planned resource asks ARM for: `azureml_policies.requests.writes` with a run's defaults."""


@dataclass(frozen=True)
class Old:
    """A resource of the past: what was planned then, and what becomes of it once it is no longer planned."""

    planned: Planned
    custom: bool = True
    retained: bool = False


class Past:
    """A baseline of the resources that a stack had.

    `aliased` says that aliases have been followed: each resource is under the URN that it has now. Otherwise another
    resource of the same type and id may be the same under a new name, for a pack isn't shown the aliases of a program.
    """

    sees_removals = True

    def __init__(self, resources: Iterable[Old], writes: Writes, source: str, *, aliased: bool = False) -> None:
        self.source = source
        self._aliased = aliased
        self._resources = {old.planned.urn: old for old in resources}
        self._writes = writes
        self._written: dict[str, Sequence[Write]] = {}
        self._removed: tuple[Sequence[Planned], Sequence[Write]] | None = None

    def change(self, write: Write) -> PlannedChange:
        """Return what a write would do to what the stack had: first by its place in the program, then by its id."""
        own = self._resources.get(write.planned.urn)
        if write.opaque:
            return _opaque_change(write, own)
        old = self._counterpart(write, own)
        if old is None:
            return PlannedChange(Op.CREATE)
        found = (*_move(write, old), *differences(write.body, old.body, complete=True, type_name=write.type))
        return change_of(found or (() if _is_whole(write) else _inputs_that_differ(write.planned, old.planned)))

    def removals(self, planned: Collection[Planned]) -> list[Write]:
        """Return what the stack had under ids that aren't planned any more; what is retained stays in Azure.

        Several rules ask it of one plan, so the last answer is kept; it holds for these very resources and no others.
        """
        if self._removed is None or not _are(self._removed[0], planned):
            self._removed = (tuple(planned), self._not_in(planned))
        return list(self._removed[1])

    def _not_in(self, planned: Collection[Planned]) -> list[Write]:
        plan = {item.urn: item for item in planned}
        now = {urn: self._writes(item) for urn, item in plan.items()}
        kept = {self._place(write) for writes in now.values() for write in writes if _makes(write)}
        candidates = (
            old
            for urn, old in self._resources.items()
            if old.custom and not old.retained and not (urn in plan and _asks_the_same(plan[urn], old.planned))
        )
        return [write for old in candidates for write in self._removed_writes(old, now.get(old.planned.urn), kept)]

    def _removed_writes(self, old: Old, now: Sequence[Write] | None, kept: set[tuple[str, str, str]]) -> list[Write]:
        before = self._of(old)
        if now is not None and (len(before) != 1 or not _has_moved(before[0], now)):
            return []
        return [item for item in before if item.opaque or (_makes(item) and self._place(item) not in kept)]

    def _place(self, write: Write) -> tuple[str, str, str]:
        """Return what a write and its successor have in common: the id, by which kind of resource, and its URN."""
        urn = write.planned.urn if self._aliased else ""
        return ids.canonical(write.id), _kind(write.planned), urn

    def _counterpart(self, write: Write, own: Old | None) -> Write | None:
        mine = self._of(own) if own else ()
        same = next((old for old in mine if not old.opaque and _key(old) == _key(write)), None)
        if same is not None:
            return same
        renamed = None if self._aliased else self._by_key.get(_key(write))
        if renamed is not None and _kind(renamed.planned) == _kind(write.planned):
            return renamed
        alike = [old for old in mine if not old.opaque and old.is_a(write.type) and old.action == write.action]
        return alike[0] if len(alike) == 1 else None

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Write]:
        found = [write for old in self._resources.values() if old.custom for write in self._of(old)]
        return {_key(write): write for write in reversed(found) if write.id and not write.opaque}

    def _of(self, old: Old) -> Sequence[Write]:
        urn = old.planned.urn
        if urn not in self._written:
            self._written[urn] = self._writes(old.planned)
        return self._written[urn]


def _key(write: Write) -> tuple[str, str]:
    """Return the identity of a write: the id, and what is asked for there."""
    return ids.canonical(write.id), write.action.lower()


def _kind(planned: Planned) -> str:
    """Return a resource's type as its aliases may have it: without the version of azure-native."""
    token = Token.parse(planned.type)
    return f"{token.package.partition('_')[0]}:{token.area}:{token.name}"


def _is_whole(write: Write) -> bool:
    """Return whether all that a resource says is in the body that was read of it: of a bridged provider's resource
    only what rules look at is, and of azapi's not when it is replaced.
    """
    token = Token.parse(write.planned.type)
    return is_native(token) and (bool(write.via) or find_type(token) is not None)


def _inputs_that_differ(new: Planned, old: Planned) -> tuple[Difference, ...]:
    """Return how the planned inputs differ from those of the past, but for what the provider adds to them."""
    here, there = ({key: value for key, value in item.inputs.items() if key != API_VERSION} for item in (new, old))
    return differences(here, there, complete=True)


def _asks_the_same(one: Planned, other: Planned) -> bool:
    """Return whether two resources of one URN stand for the same requests: their type, inputs and provider are."""
    return one.type == other.type and one.inputs == other.inputs and one.provider == other.provider


def _are(one: Collection[Planned], other: Collection[Planned]) -> bool:
    """Return whether two plans hold the same objects, not only equal ones."""
    return len(one) == len(other) and all(here is there for here, there in zip(one, other, strict=True))


def _makes(write: Write) -> bool:
    """Return whether a write makes what has its id; an action on a resource doesn't."""
    return not write.opaque and not write.action


def change_of(found: Sequence[Difference]) -> PlannedChange:
    """Return an update to these values; nothing where there are none."""
    return PlannedChange(Op.UPDATE, tuple(found)) if found else PlannedChange(Op.SAME)


def _opaque_change(write: Write, own: Old | None) -> PlannedChange:
    """Return the change of an opaque write: its inputs, and the subscription that they are sent to, are compared."""
    if own is None:
        return PlannedChange(Op.CREATE)
    new, old = write.planned, own.planned
    moved = new.subscription.lower() != old.subscription.lower()
    sent = (Difference("subscriptionId", old.subscription, new.subscription),) if moved else ()
    return change_of((*sent, *_inputs_that_differ(new, old)))


def _move(write: Write, old: Write) -> tuple[Difference, ...]:
    if ids.same(write.id, old.id):
        return ()
    (before, old_name), (after, new_name) = (item.id.rpartition("/")[::2] for item in (old, write))
    if ids.same(before, after):
        return (Difference("name", old_name, new_name),)
    return (Difference("id", old.id, write.id),)


def _has_moved(before: Write, now: Sequence[Write]) -> bool:
    """Return whether one resource of the program now stands for another id, so that the one before is deleted."""
    alike = [write for write in now if _makes(write)]
    known = alike and not any(has_unknown(write.id) for write in alike)
    return bool(known) and _makes(before) and not any(ids.same(write.id, before.id) for write in alike)


def old_of(state: Mapping[str, Any], providers: Mapping[str, Mapping[str, Any]], urn: str = "") -> Old:
    """Return a resource of a state's JSON; `urn` is what it is called now, where that is another."""
    name = urn or str(state["urn"])
    planned = planned_from(state, provider_from(str(state.get("provider") or ""), providers), name)
    return Old(planned, bool(state.get("custom")), bool(state.get("retainOnDelete")))


def planned_from(state: Mapping[str, Any], provider: PlannedProvider | None, urn: str = "") -> Planned:
    """Return a state's resource as it was, or will be, planned."""
    name = urn or str(state["urn"])
    options = Options(
        protect=bool(state.get("protect")),
        ignore_changes=tuple(state.get("ignoreChanges") or ()),
        parent=str(state.get("parent") or ""),
    )
    inputs = wire.plain(state.get("inputs") or {})
    custom = bool(state.get("custom", True))
    return Planned(name, str(state.get("type") or ""), name_in(name), inputs, provider, options, custom)


def provider_from(reference: str, providers: Mapping[str, Mapping[str, Any]]) -> PlannedProvider | None:
    """Return the provider of a reference ``URN::id``; `providers` has the inputs of those that are known, by URN."""
    urn = reference.rpartition("::")[0]
    if not urn:
        return None
    return PlannedProvider(type_in(urn), name_in(urn), urn, wire.plain(providers.get(urn) or {}))


def name_in(urn: str) -> str:
    """Return the name that the program gave: what follows stack, project and type."""
    return urn.split("::", 3)[-1]


def stack_in(urn: str) -> str:
    """Return the stack and the project of a URN: ``dev::shop``."""
    return "::".join(urn.removeprefix("urn:pulumi:").split("::")[:2])


def type_in(urn: str) -> str:
    """Return the type that a URN ends its chain of types with."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) > 2 else ""  # noqa: PLR2004


def unusable(where: str, what: str, remedy: str) -> BaselineUnavailableError:
    """Return an error about a file of the past: where, what, and what to do."""
    return BaselineUnavailableError(f"{where}: {what}; {remedy}")
