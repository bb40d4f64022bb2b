"""The checker of request bodies, on types of its own and on Microsoft's."""

import json
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.azure import PutRequest
from kit.arm_types import FOLDER, ArmTypes
from kit.conformance import Conformance
from kit.paths import TESTS
from kit.rows import each

TYPE = "Example.Farm/barns"


def _property(number: int, flags: int = 0) -> dict[str, Any]:
    return {"type": {"$ref": f"#/{number}"}, "flags": flags}


TYPES: list[dict[str, Any]] = [
    {"$type": "StringType"},
    {"$type": "StringLiteralType", "value": "Hay"},
    {"$type": "StringLiteralType", "value": "Straw"},
    {"$type": "UnionType", "elements": [{"$ref": "#/1"}, {"$ref": "#/2"}, {"$ref": "#/0"}]},
    {"$type": "IntegerType", "minValue": 0, "maxValue": 9},
    {"$type": "BooleanType"},
    {"$type": "ArrayType", "itemType": {"$ref": "#/4"}},
    {"$type": "ObjectType", "name": "Tags", "properties": {}, "additionalProperties": {"$ref": "#/0"}},
    {"$type": "StringLiteralType", "value": "Cow"},
    {"$type": "ObjectType", "name": "Cow", "properties": {"kind": _property(8, 1), "milk": _property(4, 1)}},
    {
        "$type": "DiscriminatedObjectType",
        "name": "Animal",
        "discriminator": "kind",
        "baseProperties": {"age": _property(4)},
        "elements": {"Cow": {"$ref": "#/9"}},
    },
    {
        "$type": "ObjectType",
        "name": "Barn",
        "properties": {
            "filling": _property(3, 1),
            "doors": _property(6),
            "open": _property(5),
            "id": _property(0, 2),
            "animal": _property(10),
            "short": _property(14),
        },
    },
    {
        "$type": "ObjectType",
        "name": TYPE,
        "properties": {
            "id": _property(0, 10),
            "name": _property(0, 9),
            "tags": _property(7),
            "properties": _property(11, 1),
        },
    },
    {"$type": "ResourceType", "name": f"{TYPE}@2026-01-01", "body": {"$ref": "#/12"}},
    {"$type": "StringType", "minLength": 2, "maxLength": 3, "pattern": "^[a-z]+$"},
]


@pytest.fixture
def types(tmp_path: Path) -> ArmTypes:
    (tmp_path / "farm__example.farm__2026-01-01.json").write_text(json.dumps(TYPES))
    return ArmTypes(tmp_path)


def test_a_whole_body_conforms(types: ArmTypes) -> None:
    barn = {"filling": "Hay", "doors": [1, 2.0], "open": True, "animal": {"kind": "Cow", "milk": 3, "age": None}}
    body = {"name": "in the path", "tags": {"any": "word"}, "properties": barn}
    assert types.problems(TYPE, "2026-01-01", body) == []
    assert types.problems(TYPE.upper(), None, body) == []


@each(
    ("properties", "expected"),
    [
        ({}, "properties.filling: required, and missing"),
        ({"filling": None}, "properties.filling: required, and missing"),
        ({"filling": "hay"}, "properties.filling: 'hay' is not one of Hay, Straw; did you mean Hay?"),
        ({"filling": 1}, "properties.filling: 1 is not one of Hay, Straw"),
        ({"filling": "Hay", "dors": []}, "properties.dors: unknown; did you mean doors?"),
        ({"filling": "Hay", "Open": True}, "properties.Open: unknown; did you mean open?"),
        ({"filling": "Hay", "id": "x"}, "properties.id: read-only, and given"),
        ({"filling": "Hay", "open": "yes"}, "properties.open: expected true or false, not str 'yes'"),
        ({"filling": "Hay", "doors": 1}, "properties.doors: expected an array, not int 1"),
        ({"filling": "Hay", "doors": [1, True]}, "properties.doors[1]: expected a whole number, not bool True"),
        ({"filling": "Hay", "doors": [1.5]}, "properties.doors[0]: expected a whole number, not float 1.5"),
        ({"filling": "Hay", "doors": [10]}, "properties.doors[0]: 10 is not between 0 and 9"),
        ({"filling": "Hay", "animal": {}}, "properties.animal.kind: required, and missing"),
        ({"filling": "Hay", "animal": []}, "properties.animal.kind: required, and missing"),
        (
            {"filling": "Hay", "animal": {"kind": "cow"}},
            "properties.animal.kind: 'cow' is not one of Cow; did you mean Cow?",
        ),
        ({"filling": "Hay", "animal": {"kind": "Cow"}}, "properties.animal.milk: required, and missing"),
        ({"filling": "Hay", "short": "abcd"}, "properties.short: 4 characters, not 2 to 3"),
        ({"filling": "Hay", "short": "A1"}, "properties.short: 'A1' doesn't match ^[a-z]+$"),
    ],
)
def test_a_mistake_is_reported_with_its_place(types: ArmTypes, properties: Any, expected: str) -> None:
    assert types.problems(TYPE, "2026-01-01", {"properties": properties}) == [expected]


def test_the_body_itself_is_held_against_the_types(types: ArmTypes) -> None:
    assert types.problems(TYPE, "2026-01-01", {}) == ["properties: required, and missing"]
    wrong = {"properties": "x", "location": "y", "tags": {"one": 1}}
    assert types.problems(TYPE, "2026-01-01", wrong) == [
        "properties: expected an object, not str 'x'",
        "location: unknown",
        "tags.one: expected a string, not int 1",
    ]


def test_a_type_that_is_not_there_is_not_judged(types: ArmTypes, tmp_path: Path) -> None:
    assert types.problems(TYPE, "1999-01-01", {}) is None
    assert types.problems("Example.Farm/sheds", "2026-01-01", {}) is None
    assert types.problems("Other.Farm/barns", "2026-01-01", {}) is None
    assert not ArmTypes(tmp_path / "nowhere").present


def test_the_watch_counts_and_collects(types: ArmTypes) -> None:
    watch = Conformance(types)
    watch(PutRequest("/x", TYPE, "2026-01-01", {"properties": {"filling": "Hay"}}))
    watch(PutRequest("/x", TYPE, None, {"properties": {}}))
    watch(PutRequest("/x", "Other.Farm/barns", None, {}))
    assert (watch.checked, watch.without_type) == (2, 1)
    assert watch.take() == [f"{TYPE}@any version: properties.filling: required, and missing"]
    assert watch.take() == []


SUITE = """
from azureml_sandbox.azure import Azure, SUBSCRIPTION

def test_wrong():
    Azure().put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", {"location": "eastus", "colour": "red"})

def test_right():
    Azure().put(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", {"location": "eastus"})
"""


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/arm-types")
@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_a_test_that_sends_a_wrong_body_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    pytester.makeconftest((TESTS / "conftest.py").read_text())
    pytester.makepyfile(test_bodies=SUITE)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", f"--rootdir={pytester.path}", *options)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Microsoft.Resources/resourceGroups@2024-03-01: colour: unknown*",
            "request bodies checked against Microsoft's types: 2",
        ]
    )


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/arm-types")
def test_microsofts_types_are_read() -> None:
    cluster = {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2", "vmPriority": "Cheap"}}
    found = ArmTypes().problems(
        "Microsoft.MachineLearningServices/workspaces/computes", "2025-12-01", {"properties": cluster}
    )
    assert found == ["properties.properties.vmPriority: 'Cheap' is not one of Dedicated, LowPriority"]
