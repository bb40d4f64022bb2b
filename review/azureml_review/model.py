"""A review: what a preview would change, what a reviewer must look at first, and the verdict."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from azureml_policies.previews.read import Message, Objection

UNFIT = "won't fit: "
"""How the text of what Azure won't take begins (`azureml_infra.components.quota`)."""


class Op(StrEnum):
    """What would happen to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    SAME = "same"


class Harm(StrEnum):
    """The kind of loss: content that can't be restored, a service that others use, or somebody's rights."""

    DATA = "data"
    SERVICE = "service"
    RIGHTS = "rights"


class Verdict(StrEnum):
    """The verdict, shown as the headline; the most severe applies."""

    FAILED = "failed"
    REFUSED = "refused"
    LOSES_DATA = "loses data"
    BREAKS = "breaks users"
    WONT_FIT = "won't fit"
    NEEDS_ADMIN = "needs an admin"
    SAFE = "safe"
    NO_CHANGE = "no change"


@dataclass(frozen=True, order=True)
class SourceLine:
    """A line of the description, relative to the repository; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Field:
    """One value that would change. `word` is az ml's where it has one; secret values are never in here."""

    word: str
    path: str
    """ARM's words, below `properties` where it is there."""
    old: Any
    new: Any
    place: SourceLine | None = None
    replaces: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Noise:
    """A difference that the engine shows although nothing changes, with the reason."""

    path: str
    why: str


@dataclass(frozen=True)
class Loss:
    """One thing that a deletion or a replacement loses."""

    what: str
    harm: Harm


@dataclass(frozen=True)
class Change:
    """One resource, and what would happen to it."""

    urn: str
    op: Op
    noun: str
    """What people call one: "compute cluster"."""
    name: str
    type: str
    """The ARM type, or Pulumi's for what isn't ARM's."""
    id: str = ""
    place: SourceLine | None = None
    fields: tuple[Field, ...] = ()
    noise: tuple[Noise, ...] = ()
    losses: tuple[Loss, ...] = ()
    security: tuple[str, ...] = ()
    """What a security reviewer looks at, in words."""
    parent: str = ""
    """The URN of the component that it belongs to."""
    details: tuple[str, ...] = ()
    """What else to know: "protected: the engine will refuse this"."""
    retained: bool = False
    """Whether it stays in Azure although the stack lets it go."""

    @property
    def loses_data(self) -> bool:
        """Return whether something is lost that can't be restored."""
        return any(loss.harm is Harm.DATA for loss in self.losses)

    @property
    def breaks(self) -> bool:
        """Return whether something that others use stops working."""
        return any(loss.harm is Harm.SERVICE for loss in self.losses)

    @property
    def is_noise(self) -> bool:
        """Return whether the engine shows an update that changes nothing."""
        return self.op is Op.UPDATE and not self.fields and bool(self.noise)


@dataclass(frozen=True)
class MachineFleet:
    """Machines of one resource. Counts are None where they are unknown."""

    size: str
    least: int | None
    most: int | None
    always_on: bool
    """Whether at least one runs whenever nobody uses it."""
    low_priority: bool = False
    meters: tuple[tuple[str, float], ...] = ()
    """What an hour of one costs by, where `size` is no VM size: meters of Azure's price list, and how much of each."""
    vcpus: float = 0
    """Its vCPUs, where `size` is no VM size."""
    hours: int | None = None
    """How long it runs at most, where it ends by itself."""

    @property
    def key(self) -> tuple[str, bool]:
        """Return what decides the price of one."""
        return self.size.lower(), self.low_priority


@dataclass(frozen=True)
class Price:
    """What one machine costs in an hour, and the source of the price. Never a guess."""

    amount: float
    currency: str
    source: str


@dataclass(frozen=True)
class ComputeChange:
    """A resource whose machines change."""

    change: Change
    before: tuple[MachineFleet, ...]
    after: tuple[MachineFleet, ...]


@dataclass(frozen=True)
class Capacity:
    """The machines of the changed resources, all together, before and after."""

    computes: tuple[ComputeChange, ...] = ()
    region: str = ""
    prices: dict[tuple[str, bool], Price] = field(default_factory=dict)
    unpriced: str = ""
    """Why there are no prices, where there are none."""
    by_use: tuple[str, ...] = ()
    """Meters of what has no standing price, and costs by what is done with it."""
    rates: dict[str, Price] = field(default_factory=dict)
    """The prices of those meters."""

    @cached_property
    def urns(self) -> frozenset[str]:
        """Return the URNs of the resources in here."""
        return frozenset(compute.change.urn for compute in self.computes)


@dataclass(frozen=True)
class Denial:
    """A policy's objection: who asked, what is missing and the remedy are in its text."""

    objection: Objection
    noun: str
    name: str
    place: SourceLine | None = None

    @property
    def mandatory(self) -> bool:
        """Return whether it stops the run."""
        return self.objection.level == "mandatory"


@dataclass(frozen=True)
class Mistake:
    """A mistake on a line of the description, or a warning about one."""

    place: SourceLine
    text: str
    is_warning: bool = False

    @property
    def is_unfit(self) -> bool:
        """Return whether it is about what Azure won't take."""
        return self.text.startswith(UNFIT)


@dataclass(frozen=True)
class Review:
    """The data of every renderer."""

    stack: str
    changes: tuple[Change, ...]
    """What the engine would do, noise included; unchanged resources as well, with `Op.SAME`."""
    unchanged: int = 0
    denials: tuple[Denial, ...] = ()
    capacity: Capacity = field(default_factory=Capacity)
    messages: tuple[Message, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    """Errors about lines of the description; the other errors are in `messages`."""
    warnings: tuple[Mistake, ...] = ()
    """Warnings about lines of the description."""
    failed: bool = False
    packs: tuple[str, ...] = ()
    requester: str = ""
    needs_admin: tuple[str, ...] = ()
    """The actions that a data scientist hasn't, in words: why it needs an admin."""
    fingerprint: str = ""
    """``sha256:…`` of what would change; empty where the plan isn't whole, or is refused."""

    @cached_property
    def real(self) -> tuple[Change, ...]:
        """Return the changes that aren't noise."""
        return tuple(one for one in self.changes if one.op is not Op.SAME and not one.is_noise)

    @property
    def unfit(self) -> tuple[Mistake, ...]:
        """Return what Azure won't take."""
        return tuple(one for one in (*self.mistakes, *self.warnings) if one.is_unfit)

    @property
    def differing(self) -> tuple[Change, ...]:
        """Return the resources that stay although Azure has them otherwise: what a change can't reach."""
        return tuple(one for one in self.changes if one.op is Op.SAME and one.details)

    @cached_property
    def verdict(self) -> Verdict:
        """Return the verdict."""
        if any(denial.mandatory for denial in self.denials):
            return Verdict.REFUSED
        if self.failed and not (self.mistakes and all(one.is_unfit for one in self.mistakes)):
            return Verdict.FAILED
        if any(change.loses_data for change in self.real):
            return Verdict.LOSES_DATA
        if any(change.breaks for change in self.real):
            return Verdict.BREAKS
        return self._milder_verdict()

    def _milder_verdict(self) -> Verdict:
        """Return the verdict on what is neither refused nor breaks anything."""
        if self.unfit and (self.failed or self.real):
            return Verdict.WONT_FIT
        if not self.real:
            return Verdict.NO_CHANGE
        return Verdict.NEEDS_ADMIN if self.needs_admin else Verdict.SAFE

    def count(self, op: Op) -> int:
        """Return the number of resources with an operation."""
        if op is Op.SAME:
            return self.unchanged
        return sum(change.op is op for change in self.real)
