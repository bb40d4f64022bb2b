"""What differs between the old and the new inputs of a resource, path by path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azureml_sandbox.pulumi.engine import paths
from azureml_sandbox.pulumi.engine.values import inner, is_secret, mask


@dataclass(frozen=True)
class ChangedPlace:
    """One changed place. `old` or `new` is None where it was added or removed; secrets are already masked."""

    path: str
    old: Any
    new: Any
    replaces: bool = False
    """Whether this change is a reason for a new resource."""

    def __str__(self) -> str:
        return f"{self.path}: {self.old!r} -> {self.new!r}"


@dataclass(frozen=True)
class Comparison:
    """Everything that differs, and whether it can be updated in place."""

    changes: tuple[ChangedPlace, ...] = ()
    replaces: bool = False
    delete_before_replace: bool = False
    update_without_changes: bool = False
    """The provider wants an update although the inputs are the same."""

    @property
    def changed(self) -> bool:
        """Return whether anything differs."""
        return bool(self.changes) or self.replaces or self.update_without_changes


def compare(old: Any, new: Any) -> tuple[ChangedPlace, ...]:
    """Return the changes that lead from one to the other, depth first in key order; secrets compare by their value."""
    return tuple(_changes(old, new, (), hidden=False))


def _changes(old: Any, new: Any, at: paths.Path, *, hidden: bool) -> Iterator[ChangedPlace]:
    hidden = hidden or is_secret(old) or is_secret(new)
    old, new = inner(old), inner(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _changes(old.get(key), new.get(key), (*at, key), hidden=hidden)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _changes(_item(old, index), _item(new, index), (*at, index), hidden=hidden)
    elif not _equal(old, new):
        yield ChangedPlace(paths.text(at), _render(old, hidden=hidden), _render(new, hidden=hidden))


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None


def _equal(old: Any, new: Any) -> bool:
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _render(value: Any, *, hidden: bool) -> Any:
    if value is None:
        return None
    return "[secret]" if hidden else mask(value)


def mark_replacing(changes: Sequence[ChangedPlace], patterns: Sequence[str]) -> tuple[ChangedPlace, ...]:
    """Return the changes, with those that one of the paths names marked as a reason for replacement."""
    parsed = [paths.parse(pattern) for pattern in patterns]
    return tuple(
        replace(change, replaces=True) if _matches(paths.parse(change.path), parsed) else change for change in changes
    )


def _matches(path: paths.Path, patterns: Sequence[paths.Path]) -> bool:
    return any(paths.matches(pattern, path) for pattern in patterns)
