"""Request bodies held against Microsoft's own types of Azure's REST API.

The types are files in the format of Bicep's type library (https://github.com/Azure/bicep-types): a list of types each,
which point at each other by number. They lie beside the checkout, in ``../shared/arm-types``, where there are any.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kit.paths import SHARED

FOLDER = SHARED / "arm-types"
NOT_SHARED = frozenset({"Microsoft.DataFactory"})
"""Namespaces that the folder has no types of."""
REQUIRED, READ_ONLY = 1, 2
"""Flags of a property. (4 is write-only, 8 fixed at deployment, 16 part of the identity: nothing to check here.)"""
FROM_THE_PATH = frozenset({"id", "name", "type", "apiVersion"})
"""What the types list beside the body and a request has in its URL."""

Type = Mapping[str, Any]
Problems = Iterator[str]


class ArmTypes:
    """The types in a folder, read when they are asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._file = cache(_read)
        self._files = cache(self._find_files)

    @property
    def present(self) -> bool:
        """Return whether there are any types."""
        return self.folder.is_dir()

    def problems(self, type_name: str, api_version: str | None, body: Mapping[str, Any]) -> list[str] | None:
        """Return what is wrong with a request body, as ``place: what``; None where there is no such type."""
        for file in self._files(type_name.partition("/")[0], api_version):
            table = self._file(file)
            found = table.resource(type_name)
            if found is not None:
                inner = {key: value for key, value in body.items() if key not in FROM_THE_PATH}
                return list(table.check(found, inner, ""))
        return None

    def read_only(self, type_name: str, api_version: str | None) -> set[str]:
        """Return the paths of a resource's body that only the service sets: dotted, `*` for any name."""
        for file in self._files(type_name.partition("/")[0], api_version):
            table = self._file(file)
            found = table.resource(type_name)
            if found is not None:
                return {".".join(path) for path, flags in table.settable(found).items() if flags == {False}}
        return set()

    def _find_files(self, namespace: str, api_version: str | None) -> list[Path]:
        version = (api_version or "*").lower()
        return sorted(self.folder.glob(f"*__{namespace.lower()}__{version}.json"))


def _read(file: Path) -> _Table:
    return _Table(json.loads(file.read_text(encoding="utf-8")))


class _Table:
    """One file's types, and the checks that go from one to the next."""

    def __init__(self, types: list[Type]) -> None:
        self._types = types
        self._resources = {
            entry["name"].partition("@")[0].lower(): entry for entry in types if entry["$type"] == "ResourceType"
        }
        self._checks: dict[str, Callable[[Type, Any, str], Problems]] = {
            "AnyType": _anything,
            "StringType": _string,
            "StringLiteralType": _literal,
            "IntegerType": _integer,
            "BooleanType": _boolean,
            "ArrayType": self._array,
            "UnionType": self._union,
            "ObjectType": self._object,
            "DiscriminatedObjectType": self._by_discriminator,
        }

    def resource(self, type_name: str) -> Type | None:
        """Return the type of a resource's body."""
        entry = self._resources.get(type_name.lower())
        return None if entry is None else self._at(entry["body"])

    def check(self, kind: Type, value: Any, place: str) -> Problems:
        """Return what is wrong with a value."""
        yield from self._checks[kind["$type"]](kind, value, place)

    def settable(self, kind: Type) -> dict[tuple[str, ...], set[bool]]:
        """Return for each path of a type whether a request may set it, by each variant that has it."""
        found: dict[tuple[str, ...], set[bool]] = {}
        self._walk(kind, (), found, ())
        return found

    def _walk(
        self, kind: Type, path: tuple[str, ...], found: dict[tuple[str, ...], set[bool]], above: tuple[Type, ...]
    ) -> None:
        if any(kind is one for one in above):
            return
        for inner in self._inside(kind):
            self._walk(self._at(inner), path, found, (*above, kind))
        if "additionalProperties" in kind:
            self._walk(self._at(kind["additionalProperties"]), (*path, "*"), found, (*above, kind))
        for name, declared in {**kind.get("properties", {}), **kind.get("baseProperties", {})}.items():
            is_settable = not declared["flags"] & READ_ONLY
            found.setdefault((*path, name), set()).add(is_settable)
            if is_settable:
                self._walk(self._at(declared["type"]), (*path, name), found, (*above, kind))

    @staticmethod
    def _inside(kind: Type) -> list[Type]:
        """Return what stands at the same path as a list, a choice, or an object of several kinds."""
        elements = kind.get("elements", [])
        variants = list(elements.values()) if isinstance(elements, dict) else list(elements)
        return [*variants, *([kind["itemType"]] if "itemType" in kind else [])]

    def _at(self, reference: Type) -> Type:
        return self._types[int(reference["$ref"].rpartition("/")[2])]

    def _array(self, kind: Type, value: Any, place: str) -> Problems:
        if not isinstance(value, list):
            yield _wrong(place, "an array", value)
            return
        for number, item in enumerate(value):
            yield from self.check(self._at(kind["itemType"]), item, f"{place}[{number}]")

    def _union(self, kind: Type, value: Any, place: str) -> Problems:
        elements = [self._at(element) for element in kind["elements"]]
        words = [element["value"] for element in elements if element["$type"] == "StringLiteralType"]
        if words and all(element["$type"] in ("StringLiteralType", "StringType") for element in elements):
            # The specification leaves such lists open for words of later versions; a word of this one is meant here.
            yield from _one_of(words, value, place)
            return
        tries = [list(self.check(element, value, place)) for element in elements]
        yield from min(tries, key=len, default=[])

    def _object(self, kind: Type, value: Any, place: str) -> Problems:
        yield from self._members(kind.get("properties", {}), kind.get("additionalProperties"), value, place)

    def _by_discriminator(self, kind: Type, value: Any, place: str) -> Problems:
        word = value.get(kind["discriminator"]) if isinstance(value, dict) else None
        if word is None:
            yield f"{_join(place, kind['discriminator'])}: required, and missing"
            return
        if word not in kind["elements"]:
            yield from _one_of(list(kind["elements"]), word, _join(place, kind["discriminator"]))
            return
        chosen = self._at(kind["elements"][word])
        properties = {**kind["baseProperties"], **chosen.get("properties", {})}
        yield from self._members(properties, chosen.get("additionalProperties"), value, place)

    def _members(self, properties: Type, additional: Type | None, value: Any, place: str) -> Problems:
        if not isinstance(value, dict):
            yield _wrong(place, "an object", value)
            return
        for name, declared in properties.items():
            if declared["flags"] & REQUIRED and value.get(name) is None and (place or name not in FROM_THE_PATH):
                yield f"{_join(place, name)}: required, and missing"
        for name, item in value.items():
            yield from self._member(properties, additional, name, item, place)

    def _member(self, properties: Type, additional: Type | None, name: str, item: Any, place: str) -> Problems:
        here, declared = _join(place, name), properties.get(name)
        if item is None:
            return
        if declared is not None and declared["flags"] & READ_ONLY:
            yield f"{here}: read-only, and given"
        elif declared is not None:
            yield from self.check(self._at(declared["type"]), item, here)
        elif additional is not None:
            yield from self.check(self._at(additional), item, here)
        else:
            yield f"{here}: unknown{_hint(name, list(properties))}"


def _anything(_kind: Type, _value: Any, _place: str) -> Problems:
    yield from ()


def _string(kind: Type, value: Any, place: str) -> Problems:
    if not isinstance(value, str):
        yield _wrong(place, "a string", value)
    elif not kind.get("minLength", 0) <= len(value) <= kind.get("maxLength", len(value)):
        yield f"{place}: {len(value)} characters, not {kind.get('minLength', 0)} to {kind.get('maxLength', 'any')}"
    elif "pattern" in kind and not re.search(kind["pattern"], value):
        yield f"{place}: {value!r} doesn't match {kind['pattern']}"


def _literal(kind: Type, value: Any, place: str) -> Problems:
    yield from _one_of([kind["value"]], value, place)


DECIMALS = (
    "slackAmount", "slackFactor", "exitScore", "validationDataSize", "testDataSize", "stackMetaLearnerTrainPercentage",
    "learningRate", "beta1", "beta2", "momentum", "weightDecay", "stepLRGamma", "warmupCosineLRCycles",
    "threshold.value",
    "boxScoreThreshold", "nmsIouThreshold", "tileOverlapRatio", "tilePredictionsNmsThreshold", "validationIouThreshold",
)  # fmt: skip
"""Properties that may have decimals: the format has no type for such numbers, and calls them whole."""


def _integer(kind: Type, value: Any, place: str) -> Problems:
    may_have_decimals = place.endswith(DECIMALS)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    number = number and (may_have_decimals or value == int(value))
    if not number:
        yield _wrong(place, "a whole number", value)
    elif not kind.get("minValue", value) <= value <= kind.get("maxValue", value):
        yield f"{place}: {value} is not between {kind.get('minValue', 'any')} and {kind.get('maxValue', 'any')}"


def _boolean(_kind: Type, value: Any, place: str) -> Problems:
    if not isinstance(value, bool):
        yield _wrong(place, "true or false", value)


def _one_of(words: list[str], value: Any, place: str) -> Problems:
    if value not in words:
        yield f"{place}: {value!r} is not one of {', '.join(words)}{_hint(str(value), words)}"


def _wrong(place: str, expected: str, value: Any) -> str:
    return f"{place or 'the body'}: expected {expected}, not {type(value).__name__} {value!r}"


def _hint(word: str, known: list[str]) -> str:
    lowered = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), list(lowered), 1)
    return f"; did you mean {lowered[near[0]]}?" if near else ""


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
