"""A policy pack's configuration: what the file says, over the pack's defaults, held against the policies' schemas."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from google.protobuf import json_format
from hypothesis import example, given
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from azureml_sandbox.pulumi.packs import config
from azureml_sandbox.pulumi.packs.model import PackError
from azureml_sandbox.pulumi.packs.schema import SchemaError, problems


def info(*names: str, schema: dict[str, Any] | None = None, required: tuple[str, ...] = ()) -> Any:
    """Return a pack with advisory policies of these names, the first of which has a schema."""
    made = analyzer_pb2.AnalyzerInfo(name="demo", supportsConfig=True)
    for name in names:
        made.policies.add(name=name, enforcementLevel=analyzer_pb2.ADVISORY)
    made.policies[0].configSchema.properties.update(schema or {})
    made.policies[0].configSchema.required.extend(required)
    return made


def reconcile(pack: Any, given: Any = None) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the level and the properties of each policy."""
    request = config.reconcile(pack, config.load(given), "demo")
    return {
        name: (config.NAMES[item.enforcementLevel], json_format.MessageToDict(item.properties))
        for name, item in request.policyConfig.items()
    }


def test_defaults_then_the_packs_own_then_the_file() -> None:
    pack = info("size", "place", schema={"most": {"type": "integer", "default": 5}, "least": {"default": 1}})
    assert reconcile(pack) == {"size": ("advisory", {"most": 5, "least": 1}), "place": ("advisory", {})}
    pack.initialConfig["size"].enforcementLevel = analyzer_pb2.MANDATORY
    pack.initialConfig["size"].properties.update({"most": 6})
    assert reconcile(pack)["size"] == ("mandatory", {"most": 6, "least": 1})
    assert reconcile(pack, {"size": {"most": 7}})["size"] == ("mandatory", {"most": 7, "least": 1})
    assert reconcile(pack, {"size": "disabled"})["size"] == ("disabled", {"most": 6, "least": 1})


def test_all_comes_before_the_policies_own() -> None:
    pack = info("size", "place")
    given = {"all": "disabled", "place": {"enforcementLevel": "mandatory"}}
    settled = reconcile(pack, given)
    assert {name: settled[name][0] for name in ("size", "place")} == {"size": "disabled", "place": "mandatory"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "not readable as JSON: "),
        ("[]", "expected an object of policies and their settings"),
        ('{"size": 3}', "size is 3; it must be a level or an object"),
        ('{"size": "loud"}', "size: 'loud' is not a level; these are: advisory, mandatory, remediate, disabled"),
        ('{"size": {"enforcementLevel": 1}}', "size: 1 is not a level; "),
        ('{"size": {"enforcementLevel": ["x"]}}', "size: ['x'] is not a level; "),
        ('{"environments": ["x"]}', "`environments` are Pulumi Cloud's; the sandbox has none"),
    ],
)
def test_a_file_that_is_not_right_is_reported_with_its_name(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(PackError) as failed:
        config.load(file)
    assert str(failed.value).startswith(f"{file}: {expected}")


def test_a_missing_file_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there is no such file"):
        config.load(tmp_path / "config.json")
    (tmp_path / "empty.json").write_text("\n")
    assert config.load(tmp_path / "empty.json") == {}


def test_every_problem_of_every_policy_is_reported() -> None:
    pack = info(
        "size", schema={"most": {"type": "integer", "maximum": 9}, "why": {"type": "string"}}, required=("why",)
    )
    with pytest.raises(PackError) as failed:
        reconcile(pack, {"size": {"most": 10}})
    assert str(failed.value) == (
        "the configuration of the policy pack demo is not right:\n"
        "  size: why is missing\n"
        "  size: most is 10, and must be at most 9.0"
    )


def test_settings_for_a_policy_that_is_not_there_are_refused() -> None:
    with pytest.raises(PackError) as failed:
        reconcile(info("size", "place"), {"sizes": {"most": 10}})
    assert str(failed.value) == "the policy pack demo has no policy 'sizes'; it has: place, size"


def test_what_can_not_be_checked_is_not_passed() -> None:
    with pytest.raises(PackError, match=r"size: its schema says '\$ref', which can't be checked in-process"):
        reconcile(info("size", schema={"most": {"$ref": "#/x"}}), {"size": {"most": 1}})
    with pytest.raises(SchemaError):
        problems({}, {"properties": {"a": {}}, "dependentRequired": {}})


def test_a_list_that_may_hold_nothing_says_so() -> None:
    assert problems({"a": [1]}, {"properties": {"a": {"items": False}}}) == ["a is [1], and must be an empty list"]


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "ba"]) | st.just(0.5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab"]), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["null", "boolean", "integer", "number", "string", "array", "object"]
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(NAMES) | st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
    "enum": st.lists(st.sampled_from(["a", 2, None]), min_size=1),
    "minimum": st.integers(-2, 2),
    "maximum": st.integers(-2, 2),
    "exclusiveMinimum": st.integers(-2, 2),
    "exclusiveMaximum": st.integers(-2, 2),
    "minLength": st.integers(0, 2),
    "maxLength": st.integers(0, 2),
    "minItems": st.integers(0, 2),
    "maxItems": st.integers(0, 2),
    "minProperties": st.integers(0, 2),
    "maxProperties": st.integers(0, 2),
    "pattern": st.sampled_from(["^a", "b$", "ab"]),
    "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
    "description": st.just("anything"),
}


def _nest(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=2)
    members = st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    deeper = {
        "items": inner,
        "properties": members,
        "patternProperties": st.dictionaries(st.just("^a"), inner, max_size=1),
        "additionalProperties": inner,
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
    }
    return st.fixed_dictionaries({}, optional={**LEAVES, **deeper})


SCHEMAS = st.recursive(st.booleans() | st.fixed_dictionaries({}, optional=LEAVES), _nest, max_leaves=3)


@example([None], {"items": False})
@given(VALUES, SCHEMAS)
def test_the_same_values_pass_as_with_a_full_validator(value: Any, schema: Any) -> None:
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (problems(value, schema) == []) == expected, json.dumps([value, schema])
