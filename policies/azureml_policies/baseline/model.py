"""What a plan does to what is there: the past that Pulumi doesn't show to policies."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from azureml_arm.compare import Difference
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write


class Op(StrEnum):
    """What would happen to a resource."""

    CREATE = "create"
    UPDATE = "update"
    SAME = "same"
    DELETE = "delete"


@dataclass(frozen=True)
class PlannedChange:
    """What would happen, and for an update to which values.

    `replaces` says that what is there is deleted and made anew, whatever differs.
    """

    op: Op
    differences: tuple[Difference, ...] = ()
    replaces: bool = False


class BaselineUnavailableError(Exception):
    """What is there can't be found out; the message says why and what to do."""


class Baseline(Protocol):
    """A picture of what is there before the run."""

    source: str
    """What it was taken from, for messages: "the exported state state.json", "Azure"."""

    def change(self, write: Write) -> PlannedChange:
        """Return what a write would do. For an opaque one: SAME only where its planned inputs are known to be
        unchanged.
        """
        ...

    def removals(self, planned: Collection[Planned]) -> list[Write]:
        """Return what is there now and wouldn't be after a run that plans these and nothing else."""
        ...

    @property
    def sees_removals(self) -> bool:
        """Return whether `removed` can tell: the live cloud doesn't say what belongs to a stack."""
        ...


class Nothing:
    """A stack that nothing has been made of yet: all that is planned would be created."""

    source = "an empty stack"
    sees_removals = True

    def change(self, _write: Write) -> PlannedChange:
        """Return that everything is new."""
        return PlannedChange(Op.CREATE)

    def removals(self, _planned: Collection[Planned]) -> list[Write]:
        """Return nothing: there is nothing to remove."""
        return []
