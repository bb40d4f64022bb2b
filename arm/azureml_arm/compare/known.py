"""What Azure makes of each type's body, read from `known.csv`.

A row says for a path of some types, relative to `Microsoft.MachineLearningServices/workspaces` where they name no
namespace (`*`: every type; `workspaces#project`: of that `kind` only; assets in a registry are as those in a
workspace), one of:

| rule | value | meaning |
|---|---|---|
| default | JSON | what leaving it out means (`{name}`: the resource's name); another value is a difference |
| kept | | Azure fills it in by itself, or keeps what it has, where it is left out |
| adds | patterns | the names of the entries of a map or a list that come without being meant |
| document | | YAML or JSON in a text |
| unsaid | | Azure keeps it without giving it back, or drops it |
| answers | JSON | Azure's answer whatever was asked |
| client | | which client wrote it: the word of another one is no difference |
| exact | | texts in which letters count, below this path |

`*` in a path is one name, `**` at its end all that is below. Each row names where it was seen: a page, or a recording
of real traffic in Azure/azure-sdk-assets (`assets:`, below `python/sdk/ml/azure-ai-ml/tests/recordings`), in
Azure/azure-sdk-for-python (`sdk:`, the same folder), in Azure/azure-powershell (`powershell:`, below
`src/MachineLearningServices/MachineLearningServices.Autorest/test`) or in Azure/azure-cli (`azure-cli:`, below
`src/azure-cli/azure/cli/command_modules`).

`read_only.csv` has the paths that only the service sets, by Microsoft's own types of the API
(https://github.com/Azure/bicep-types-az/tree/main/generated, flag 2); a test holds it against them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path as File
from typing import Any

from azureml_arm.compare.masks import Path
from azureml_arm.tables import read_table

NAME = "{name}"
_KNOWN = File(__file__).with_name("known.csv")
_READ_ONLY = File(__file__).with_name("read_only.csv")
_VALUES = {"default": "defaults", "answers": "answers"}
"""The rules whose value is one JSON value of several, and where `PathRule` has them."""
_ML = "microsoft.machinelearningservices/workspaces"
_IN_A_REGISTRY = "microsoft.machinelearningservices/registries/"
"""The beginning of the types of assets in a registry, which are as those in a workspace."""


@dataclass(frozen=True)
class PathRule:
    """What is known of one path. What is there without being meant is a change, but for what this says."""

    defaults: tuple[Any, ...] = ()
    kept: bool = False
    adds: tuple[str, ...] = ()
    document: bool = False
    unsaid: bool = False
    answers: tuple[Any, ...] = ()
    client: bool = False
    exact: bool = False


_NOTHING = PathRule()


@dataclass
class Rules:
    """What is known of one type: rules by the pattern of their paths."""

    rows: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...] = ()
    _found: dict[Path, PathRule] = field(default_factory=dict)

    def at(self, path: Path) -> PathRule:
        """Return what is known of a path."""
        if not self.rows:
            return _NOTHING
        if path not in self._found:
            names = tuple(name.lower() for name in path)
            self._found[path] = _join(change for pattern, change in self.rows if _fits(pattern, names))
        return self._found[path]


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
def rules_of(type_name: str, kind: str = "") -> Rules:
    """Return what is known of a type; `kind` is that of a resource, whose rows are for it alone."""
    own = type_name.lower()
    wanted = {"*", own, f"{own}#{kind.lower()}", own.replace(_IN_A_REGISTRY, f"{_ML}/")}
    return Rules(tuple((row.pattern, row.change) for row in _rows() if wanted & row.types))


@dataclass(frozen=True)
class _Row:
    types: frozenset[str]
    pattern: tuple[str, ...]
    change: Mapping[str, Any]


@cache
def _rows() -> tuple[_Row, ...]:
    known = [_Row(_types(row), _steps(row["path"]), _change(row["rule"], row["value"])) for row in read_table(_KNOWN)]
    own = [
        _Row(_types(row), _steps(path), {"kept": True})
        for row in read_table(_READ_ONLY)
        for path in row["paths"].split()
    ]
    return (*known, *own)


def _types(row: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_full_type(name) for name in row["types"].lower().split())


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.lower().split("."))


def _full_type(name: str) -> str:
    if name == "*" or "." in name:
        return name
    own, kind_sign, kind = name.partition("#")
    return (_ML if own == "workspaces" else f"{_ML}/{own}") + kind_sign + kind


def _change(rule: str, value: str) -> dict[str, Any]:
    if rule in _VALUES:
        return {_VALUES[rule]: (json.loads(value),)}
    return {rule: tuple(value.lower().split()) if value else True}
