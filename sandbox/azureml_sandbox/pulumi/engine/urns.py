"""The engine's names for resources, and the other names that a resource may have had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi.runtime.proto import alias_pb2

    from azureml_sandbox.pulumi.engine.goal import Goal
    from azureml_sandbox.pulumi.engine.target import RunTarget

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Urn:
    """One ``urn:pulumi:STACK::PROJECT::PARENTTYPE$TYPE::NAME``."""

    stack: str
    project: str
    qualified_type: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Urn:
        """Read a URN; ValueError for text that is none."""
        stack, project, qualified_type, name = text.removeprefix("urn:pulumi:").split("::", 3)
        return cls(stack, project, qualified_type, name)

    @property
    def type(self) -> str:
        """Return the resource's own type."""
        return self.qualified_type.rsplit("$", 1)[-1]

    def __str__(self) -> str:
        return f"urn:pulumi:{self.stack}::{self.project}::{self.qualified_type}::{self.name}"


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return a resource's URN: its type is preceded by those of all its parents, except the stack's."""
    if parent:
        parents = Urn.parse(parent).qualified_type
        if parents != STACK_TYPE:
            type_ = f"{parents}${type_}"
    return str(Urn(stack, project, type_, name))


def former(run: RunTarget, goal: Goal, former_of: Callable[[str], Sequence[str]]) -> Iterator[str]:
    """Yield the URNs that a resource may have in an older state, its own aliases first.

    `former_of` answers the same for a URN of this run: a child was also called what it would be below its parent's
    former names.
    """
    below = list(former_of(goal.parent)) if goal.parent else []
    for alias in goal.aliases:
        yield from _alias(run, goal, alias, below)
    for parent in below:
        yield _below(goal, parent, goal.type, goal.name)


def _alias(run: RunTarget, goal: Goal, alias: alias_pb2.Alias, former_parents: Sequence[str]) -> Iterator[str]:
    if alias.WhichOneof("alias") == "urn":
        yield alias.urn
        return
    spec = alias.spec
    kept = spec.WhichOneof("parent") is None or (not spec.noParent and not spec.parentUrn)
    parent = goal.parent if kept else ("" if spec.noParent else spec.parentUrn)
    type_, name = spec.type or goal.type, spec.name or goal.name
    yield make(spec.stack or run.stack, spec.project or run.project, parent, type_, name)
    if kept:
        for former_parent in former_parents:
            yield _below(goal, former_parent, type_, name)


def _below(goal: Goal, former_parent: str, type_: str, name: str) -> str:
    """Return the child's URN below a parent's former name; a name that began with the parent's changes with it."""
    parent_name, old_name = Urn.parse(goal.parent).name, Urn.parse(former_parent).name
    if name.startswith(parent_name):
        name = old_name + name.removeprefix(parent_name)
    old = Urn.parse(former_parent)
    return make(old.stack, old.project, former_parent, type_, name)
