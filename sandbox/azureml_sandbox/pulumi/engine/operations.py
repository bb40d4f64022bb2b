"""What a run does, reported as it happens and kept for those who look at it afterwards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from azureml_sandbox.pulumi.engine.diff import ChangedPlace
from azureml_sandbox.pulumi.engine.urns import Urn


class Op(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "unchanged"
    READ = "read"
    IMPORT = "import"


@dataclass(frozen=True)
class Operation:
    """One resource and what happened (or, in a preview, would happen) to it."""

    op: Op
    urn: str
    parent: str = ""
    id: str = ""
    changes: tuple[ChangedPlace, ...] = ()
    note: str = ""
    """What else a person should know ("kept in Azure", "interrupted")."""
    failed: bool = False

    @property
    def type(self) -> str:
        """Return the resource's type token."""
        return Urn.parse(self.urn).type

    @property
    def name(self) -> str:
        """Return the resource's name in the program."""
        return Urn.parse(self.urn).name


@dataclass(frozen=True)
class Diagnostic:
    """A message from the program or the engine."""

    severity: Literal["info", "warning", "error"]
    message: str
    urn: str = ""


class Observer:
    """Sees a run as it happens; this one looks away."""

    def on_start(self, op: Op, urn: str) -> None:
        """Note that an operation which takes time begins."""

    def on_finish(self, operation: Operation) -> None:
        """Note that an operation is done, or failed."""
