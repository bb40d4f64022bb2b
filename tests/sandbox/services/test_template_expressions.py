"""Template expressions in a deployment that runs: what the cloud's values are in them, and which error a mistake is."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azureml_arm.ids import parse
from azureml_arm.template import evaluate, hashing, syntax
from azureml_arm.template.evaluate import TemplateError, TemplatePlace, TemplateScope
from azureml_arm.template.functions import FUNCTIONS, LAMBDAS
from azureml_arm.unknown import UNKNOWN
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.services.deployments.order import Order
from azureml_sandbox.services.deployments.runtime import DeploymentRuntime, Stage
from kit.rows import each

AZURE = Azure()
GROUP = f"/subscriptions/{AZURE.subscription}/resourceGroups/rg"
AZURE.put(GROUP, {"location": "westeurope", "tags": {"a": "b"}})
ORDER = Order(parse(f"{GROUP}/providers/Microsoft.Resources/deployments/d"), {}, {}, {}, "Incremental", "someone")


def scope(stage: Stage = Stage.RUNNING) -> TemplateScope:
    runtime = DeploymentRuntime(AZURE, ORDER)
    runtime.stage = stage
    given = {"list": {"value": ["a", "b"]}, "object": {"value": {"Key": {"inner": [1, 2]}}}, "odd": {"value": 3}}
    declared = {"now": {"type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]"}}
    return TemplateScope(TemplatePlace(AZURE.subscription, "rg"), given, declared, {"map": {"x": "y"}}, runtime=runtime)


@each(
    ("expression", "expected"),
    [
        ("[uniqueString('tyeth')]", "zcztcwvu6iyg6"),
        ("[uniqueString('hello', 'world')]", "a7wkljktk6wne"),
        ("[uniqueString('')]", "aaaaaaaaaaaaa"),
        ("[length(uniqueString(resourceGroup().id))]", 13),
        ("[length(guid('a', 'b'))]", 36),
        ("[equals(guid('a', 'b'), guid('a-b'))]", True),
        ("[resourceGroup().tags.a]", "b"),
        ("[resourceGroup().location]", "westeurope"),
        ("[subscription().tenantId]", AZURE.tenant),
        ("[tenant().tenantId]", AZURE.tenant),
        ("[deployment().name]", "d"),
        ("[deployer().objectId]", "someone"),
        ("[environment().suffixes.storage]", "core.windows.net"),
        ("[reference(resourceGroup().id, '2024-03-01', 'Full').location]", "westeurope"),
        ("[length(parameters('now'))]", 10),
        ("[map(parameters('list'), lambda('x', concat(lambdaVariables('x'), '!')))]", ["a!", "b!"]),
        ("[map(parameters('list'), lambda('x', 'i', lambdaVariables('i')))]", [0, 1]),
        ("[filter(range(0, 5), lambda('x', greater(lambdaVariables('x'), 2)))]", [3, 4]),
        ("[reduce(range(1, 4), 0, lambda('all', 'x', add(lambdaVariables('all'), lambdaVariables('x'))))]", 10),
        ("[sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]", [1, 2, 3]),
        ("[toObject(parameters('list'), lambda('x', lambdaVariables('x')), lambda('x', 1))]", {"a": 1, "b": 1}),
        ("[groupBy(parameters('list'), lambda('x', 'all'))]", {"all": ["a", "b"]}),
        ("[mapValues(createObject('a', 1), lambda('x', add(lambdaVariables('x'), 1)))]", {"a": 2}),
        ("[intersection(createArray(1, 2, 3), createArray(3, 2))]", [2, 3]),
        ("[lastIndexOf('abcB', 'b')]", 3),
        ("[tryGet(parameters('object'), 'key', 'none')]", None),
        ("[tryGet(parameters('object'), 'key', 'inner', 1)]", 2),
        ("[shallowMerge(createArray(createObject('a', 1), createObject('b', 2)))]", {"a": 1, "b": 2}),
        ("[cidrSubnet('10.0.0.0/16', 24, 2)]", "10.0.2.0/24"),
        ("[cidrHost('10.0.2.0/24', 0)]", "10.0.2.1"),
        ("[uri('https://a.b/c/', 'd')]", "https://a.b/c/d"),
        ("[uriComponentToString(uriComponent('a b/c'))]", "a b/c"),
        ("[dataUriToString(dataUri('gpu'))]", "gpu"),
        ("[base64ToJson(base64('{\"a\": 1}')).a]", 1),
        ("[length('\u00e9\u00e9')]", 2),
    ],
)
def test_an_expression_of_a_running_deployment(expression: str, expected: Any) -> None:
    assert scope().value(expression) == expected


@each(
    ("expression", "message"),
    [
        ("[parameters('none')]", "The template parameter 'none' is not found"),
        ("[variables('none')]", "The template variable 'none' is not found"),
        ("[none()]", "The template function 'none' is not valid"),
        ("[variables('map').z]", "property 'z' doesn't exist, available properties are 'x'"),
        ("[parameters('list')[7]]", "property '7' doesn't exist"),
        ("[substring('a', 5)]", "Unable to evaluate template language function 'substring'"),
        ("[copyIndex()]", "'copyIndex' is not expected"),
        ("[if(1, 2, 3)]", "'if' is no boolean"),
        ("[and(true(), 1)]", "take booleans"),
        ("[utcNow()]", "only in a parameter's defaultValue"),
        ("[managementGroup().name]", "not expected at this scope"),
        ("[reference('none')]", "'none' is not defined in the template"),
        ("[lambdaVariables('x')]", "The lambda variable 'x' is not found"),
        ("[map(parameters('list'), 'x')]", "a lambda is expected"),
        ("[extensionResourceId('', '', 'x')]", "a resource type such as"),
        ("[a b]", "Unable to parse"),
    ],
)
def test_a_mistake_says_what_it_is(expression: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message.replace("(", r"\(")):
        scope().value(expression)


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MOST_STEPS", 10_000)
    with pytest.raises(TemplateError, match="too long"):
        scope().value("[map(range(0, 10000), lambda('x', map(range(0, 10000), lambda('y', 1))))]")


def test_names_may_not_depend_on_the_cloud_and_bodies_wait_for_it() -> None:
    with pytest.raises(TemplateError, match="not expected at this location"):
        scope(Stage.NAMES).value(f"[reference('{GROUP}').x]")
    bodies = scope(Stage.BODIES)
    assert bodies.value(f"[concat('a', reference('{GROUP}').x)]") == f"a{UNKNOWN}"
    assert isinstance(bodies.runtime, DeploymentRuntime)
    assert bodies.runtime.needed == {GROUP.lower()}


PIECES = st.sampled_from(
    [
        *(f"{name}(" for name in (*FUNCTIONS, *LAMBDAS, "reference", "listKeys", "uniqueString", "guid", "lambda")),
        *("parameters('list')", "parameters('object')", "variables('map')", "copyIndex(", "if(", "resourceId(", "'x'"),
        *(")", "(", "[", "]", ",", ".", "?", "'", "1", "-1", "99999999999", "true()", "null()", " ", "\n"),
    ]
)
EXPRESSIONS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=30))
ARGUMENTS = [
    "''",
    "'abc'",
    "-1",
    "0",
    "7",
    "true()",
    "null()",
    "parameters('list')",
    "parameters('object')",
    "'10.0.0.0/8'",
]
ARGUMENTS += ["lambda('x', lambdaVariables('x'))", "lambda('x', 'y', true())", "lambda()", "createArray()"]


@given(EXPRESSIONS)
def test_no_text_is_more_than_a_template_error(text: str) -> None:
    try:
        found = scope().value(f"[{text}]")
    except (TemplateError, ArmError):
        return
    assert isinstance(found, str | int | float | list | dict | None)


@given(
    st.sampled_from([*FUNCTIONS, *LAMBDAS, "uniqueString", "guid"]), st.lists(st.sampled_from(ARGUMENTS), max_size=4)
)
@example("extensionResourceId", ["''", "''", "lambda('x', lambdaVariables('x'))"])
def test_no_arguments_are_more_than_a_template_error(name: str, arguments: list[str]) -> None:
    expression = f"[{name}({', '.join(arguments)})]"
    try:
        found = scope().value(expression)
    except TemplateError:
        early = replace(scope(), runtime=None).value(expression)
        # A pattern may name none of its arguments, and so doesn't depend on the one that is wrong.
        assert UNKNOWN in json.dumps(early) or name == "format"
        return
    assert json.dumps(found) is not None


def test_a_list_that_isnt_known_isnt_joined_letter_by_letter() -> None:
    expression = "[join(lambda('x', lambdaVariables('x')), 'abc')]"
    assert replace(scope(), runtime=None).value(expression) == UNKNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_json_is_read_back_as_it_was_written(value: Any) -> None:
    quoted = json.dumps(value).replace("'", "''")
    assert scope().value(f"[json('{quoted}')]") == value
    given_value = replace(scope(), given={"v": {"value": value}}, declared={})
    if value is not None:
        assert given_value.value("[parameters('v')]") == value
        assert given_value.value("[first(createArray(parameters('v')))]") == value


@given(st.text(max_size=40))
def test_texts_survive_their_codings(text: str) -> None:
    quoted = text.replace("'", "''")
    for there, back in (
        ("base64", "base64ToString"),
        ("uriComponent", "uriComponentToString"),
        ("dataUri", "dataUriToString"),
    ):
        assert scope().value(f"[{back}({there}('{quoted}'))]") == text


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_a_unique_string_is_one_of_its_texts_joined(values: list[str]) -> None:
    found = hashing.unique_string(*values)
    assert len(found) == 13
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert found == hashing.unique_string("-".join(values))


@given(st.text(max_size=40))
def test_a_text_is_an_expression_or_itself(text: str) -> None:
    if not syntax.is_expression(text):
        assert scope().value(text) == (text[1:] if text.startswith("[[") else text)
