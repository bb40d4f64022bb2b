"""What Azure makes of each type's body, read from `known.csv`.

A row says for a path of some types, relative to `Microsoft.MachineLearningServices/workspaces` where they name no
namespace (`*`: every type), one of:

| rule | value | meaning |
|---|---|---|
| default | JSON | what leaving it out means (`NAME`: the resource's name); another value is a difference |
| entries | patterns | a map whose entries are the request's own, but for the names that Azure adds |
| document | | YAML or JSON in a text |
| unsaid | | Azure keeps it without giving it back, or drops it |
| answers | JSON | Azure's answer whatever was asked |
| exact | | texts in which letters count, below this path |

`*` in a path is one name, `**` at its end all that is below. Each row names where it was seen: a page, or a recording
of real traffic in Azure/azure-sdk-assets (`assets:`, below `python/sdk/ml/azure-ai-ml/tests/recordings`), in
Azure/azure-sdk-for-python (`sdk:`, the same folder), in Azure/azure-powershell (`powershell:`, below
`src/MachineLearningServices/MachineLearningServices.Autorest/test`) or in Azure/azure-cli (`azure-cli:`, below
`src/azure-cli/azure/cli/command_modules`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path as File
from typing import Any

from azureml_arm.compare.masks import Path

NAME = "{name}"
_TABLE = File(__file__).with_name("known.csv")
_ML = "microsoft.machinelearningservices/workspaces"


@dataclass(frozen=True)
class PathRule:
    """What is known of one path. `left_out` is None where nothing says what absence means."""

    left_out: tuple[Any, ...] | None = None
    entries: tuple[str, ...] | None = None
    document: bool = False
    unsaid: bool = False
    answers: tuple[Any, ...] = ()
    exact: bool = False


_NOTHING = PathRule()


@dataclass
class Rules:
    """What is known of one type: rules by the pattern of their paths."""

    rows: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...] = ()
    _found: dict[tuple[str, ...], PathRule] = field(default_factory=dict)

    def at(self, path: Path) -> PathRule:
        """Return what is known of a path."""
        if not self.rows:
            return _NOTHING
        names = tuple(name.lower() for name in path)
        if names not in self._found:
            self._found[names] = _join(change for pattern, change in self.rows if _fits(pattern, names))
        return self._found[names]


def _join(changes: Iterable[Mapping[str, Any]]) -> PathRule:
    rule = _NOTHING
    for change in changes:
        several = {name: (*(getattr(rule, name) or ()), *more) for name, more in change.items() if more is not True}
        rule = replace(rule, **{**change, **several})
    return rule


def _fits(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if pattern[-1] == "**":
        pattern, names = pattern[:-1], names[: len(pattern) - 1]
    return len(pattern) == len(names) and all(part in ("*", name) for part, name in zip(pattern, names, strict=True))


@cache
def rules_of(type_name: str) -> Rules:
    """Return what is known of a type."""
    wanted = type_name.lower()
    return Rules(tuple((row.pattern, row.change) for row in _rows() if wanted in row.types or "*" in row.types))


@dataclass(frozen=True)
class _Row:
    types: frozenset[str]
    pattern: tuple[str, ...]
    change: Mapping[str, Any]


@cache
def _rows() -> tuple[_Row, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return tuple(
            _Row(
                frozenset(_full_type(name) for name in row["types"].lower().split()),
                tuple(row["path"].lower().split(".")),
                _change(row["rule"], row["value"]),
            )
            for row in csv.DictReader(table)
        )


def _full_type(name: str) -> str:
    if name == "*" or "." in name:
        return name
    return _ML if name == "workspaces" else f"{_ML}/{name}"


def _change(rule: str, value: str) -> dict[str, Any]:
    if rule == "default":
        return {"left_out": (json.loads(value),)}
    if rule == "answers":
        return {"answers": (json.loads(value),)}
    if rule == "entries":
        return {"entries": tuple(value.lower().split())}
    return {rule: True}
