"""Template expressions: each function that is evaluated, and that no text breaks the evaluator."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.template import syntax
from azureml_arm.template.evaluate import TemplatePlace, TemplateScope
from azureml_arm.template.functions import FUNCTIONS
from azureml_policies.requests.unknown import UNKNOWN
from kit.rows import each

SCOPE = TemplateScope(
    TemplatePlace("sub", "rg", "westeurope"),
    {"list": {"value": ["a", "b"]}, "object": {"value": {"Key": {"inner": [1, 2]}}}, "odd": 3, "two": {"value": 2.0}},
    {"name": {"type": "string", "defaultValue": "n"}, "maybe": {"type": "string", "nullable": True}},
    {"map": {"x": "[parameters('name')]"}},
)


@each(
    ("expression", "expected"),
    [
        ("plain", "plain"),
        ("[[escaped]", "[escaped]"),
        ("[open", "[open"),
        ("['it''s']", "it's"),
        ("[ 5 ]", 5),
        ("[-5]", -5),
        ("[true()]", True),
        ("[null()]", None),
        ("[parameters('name')]", "n"),
        ("[PARAMETERS('Name')]", "n"),
        ("[parameters('maybe')]", None),
        ("[parameters('odd')]", UNKNOWN),
        ("[parameters('list')[1]]", "b"),
        ("[parameters('list')[9]]", UNKNOWN),
        ("[cidrHost(true(), 0)]", UNKNOWN),
        ("[parameters('list')[?9]]", None),
        ("[parameters('object').key.inner[1]]", 2),
        ("[parameters('object')['KEY']['inner']]", [1, 2]),
        ("[parameters('object').?none]", None),
        ("[parameters('object').none]", UNKNOWN),
        ("[variables('map').x]", "n"),
        ("[concat('a', 1, true())]", "a1True"),
        ("[concat(parameters('list'), createArray('c'))]", ["a", "b", "c"]),
        ("[format('{0}-{{1}}-{1}', 'a', 2)]", "a-{1}-2"),
        ("[format('{0:D4}', 5)]", UNKNOWN),
        ("[format('{7}', 5)]", UNKNOWN),
        ("[toUpper('a')]", "A"),
        ("[toLower('A')]", "a"),
        ("[trim(' a ')]", "a"),
        ("[replace('a-b', '-', '/')]", "a/b"),
        ("[split('a,b;c', createArray(',', ';'))]", ["a", "b", "c"]),
        ("[split('a.b', '.')]", ["a", "b"]),
        ("[join(createArray('a', 1), '/')]", "a/1"),
        ("[substring('abc', 1, 1)]", "b"),
        ("[substring('abc', 1)]", "bc"),
        ("[padLeft(5, 3, '0')]", "005"),
        ("[startsWith('Abc', 'aB')]", True),
        ("[endsWith('abC', 'Bc')]", True),
        ("[contains('abc', 'B')]", False),
        ("[contains(parameters('object'), 'KEY')]", True),
        ("[contains(createArray(1, 2), 2)]", True),
        ("[indexOf('abC', 'c')]", 2),
        ("[empty('')]", True),
        ("[empty(createArray(1))]", False),
        ("[length(parameters('object'))]", 1),
        ("[first('abc')]", "a"),
        ("[last(createArray(1, 2))]", 2),
        ("[skip(createArray(1, 2), 1)]", [2]),
        ("[take('abc', 2)]", "ab"),
        ("[union(createArray(1, 2), createArray(2, 3))]", [1, 2, 3]),
        ("[union(createObject('a', 1), createObject('b', 2))]", {"a": 1, "b": 2}),
        ("[range(2, 3)]", [2, 3, 4]),
        ("[range(0, 100000)]", UNKNOWN),
        ("[items(createObject('b', 1, 'a', 2))]", [{"key": "a", "value": 2}, {"key": "b", "value": 1}]),
        ("[json('{\"a\": 1}').a]", 1),
        ("[json('{')]", UNKNOWN),
        ("[base64ToString(base64('gpu'))]", "gpu"),
        ("[string(createObject('a', 1))]", '{"a":1}'),
        ("[int('5')]", 5),
        ("[bool('TRUE')]", True),
        ("[array('a')]", ["a"]),
        ("[coalesce(null(), 'a')]", "a"),
        ("[flatten(createArray(createArray(1), createArray(2)))]", [1, 2]),
        ("[min(3, 1, 2)]", 1),
        ("[max(createArray(3, 1))]", 3),
        ("[add(mul(2, 3), sub(5, 1))]", 10),
        ("[div(-7, 2)]", -3),
        ("[mod(-7, 2)]", -1),
        ("[div(1, 0)]", UNKNOWN),
        ("[equals('a', 'A')]", False),
        ("[equals(1, true())]", False),
        ("[less(1, 2)]", True),
        ("[less('a', 'b')]", UNKNOWN),
        ("[equals(createObject('a', 1), createObject('a', true()))]", False),
        ("[equals(parameters('two'), 2)]", True),
        ("[concat('c', parameters('two'))]", "c2"),
        ("[length('\U0001f600')]", UNKNOWN),
        ("[split('a-b', '')]", UNKNOWN),
        ("[greaterOrEquals(1, 2)]", False),
        ("[if(true(), 'a', reference('x'))]", "a"),
        ("[if(reference('x'), 'a', 'b')]", UNKNOWN),
        ("[if(equals(1, 1), 'a')]", UNKNOWN),
        ("[and(true(), not(false()))]", True),
        ("[and()]", UNKNOWN),
        ("[or(reference('x'), true())]", True),
        ("[copyIndex()]", UNKNOWN),
        ("[if(and(not(empty('')), not(empty('x'))), variables('map'), json('null'))]", None),
        ("[resourceGroup().name]", "rg"),
        ("[resourceGroup().location]", "westeurope"),
        ("[subscription().subscriptionId]", "sub"),
        ("[resourceId('A.B/c', 'd')]", "/subscriptions/sub/resourceGroups/rg/providers/A.B/c/d"),
        ("[resourceId('o', 'A.B/c/d', 'e', 'f')]", "/subscriptions/sub/resourceGroups/o/providers/A.B/c/e/d/f"),
        ("[resourceId('s', 'o', 'A.B/c', 'd')]", "/subscriptions/s/resourceGroups/o/providers/A.B/c/d"),
        ("[resourceId('d')]", UNKNOWN),
        ("[subscriptionResourceId('A.B/c', 'd')]", "/subscriptions/sub/providers/A.B/c/d"),
        ("[tenantResourceId('A.B/c', 'd')]", "/providers/A.B/c/d"),
        (
            "[extensionResourceId(resourceGroup().id, 'A.B/c', 'd')]",
            "/subscriptions/sub/resourceGroups/rg/providers/A.B/c/d",
        ),
        ("[map(createArray(1), lambda('x', lambdaVariables('x')))]", [1]),
        ("[nothing.of('this')]", UNKNOWN),
        ("[a b]", UNKNOWN),
        ("['open]", UNKNOWN),
        ("[parameters('name').]", UNKNOWN),
        ("[parameters(]", UNKNOWN),
        ("[]", UNKNOWN),
    ],
)
def test_an_expression(expression: str, expected: Any) -> None:
    found = SCOPE.value(expression)
    assert found == expected
    assert type(found) is type(expected)


def test_the_tree_of_an_expression() -> None:
    assert syntax.parse("[f('a', g()).b[0]]") == syntax.MemberAccess(
        syntax.MemberAccess(
            syntax.FunctionCall("f", (syntax.Literal("a"), syntax.FunctionCall("g", ()))), syntax.Literal("b")
        ),
        syntax.Literal(0),
    )


def test_calls_that_nest_beyond_reason_are_not_read() -> None:
    with pytest.raises(syntax.ExpressionError):
        syntax.parse(f"[{'f(' * 500}{')' * 500}]")
    assert SCOPE.value(f"[{'not(' * 5000}true(){')' * 5000}]") == UNKNOWN


PIECES = st.sampled_from(
    [
        *(f"{name}(" for name in FUNCTIONS),
        *("parameters('list')", "parameters('object')", "variables('map')", "copyIndex(", "if(", "and(", "resourceId("),
        *(
            ")",
            "(",
            "[",
            "]",
            ",",
            ".",
            "?",
            "'",
            "'a'",
            "'x/y'",
            "1",
            "-1",
            "99999999999",
            "true()",
            "null()",
            " ",
            "\n",
        ),
        UNKNOWN,
    ]
)
EXPRESSIONS = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=30))


@given(EXPRESSIONS)
def test_no_text_breaks_the_evaluator(text: str) -> None:
    assert isinstance(SCOPE.value(f"[{text}]"), str | int | float | list | dict | None)


ARGUMENTS = st.sampled_from(
    [
        "''",
        "'abc'",
        "-1",
        "0",
        "7",
        "true()",
        "null()",
        "parameters('list')",
        "parameters('object')",
        "createArray()",
        "reference('x')",
    ]
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(ARGUMENTS, max_size=4))
def test_no_arguments_break_a_function(name: str, arguments: list[str]) -> None:
    found = SCOPE.value(f"[{name}({', '.join(arguments)})]")
    if "reference('x')" in arguments and name not in ("concat", "format", "join", "extensionresourceid"):
        assert found == UNKNOWN


@given(st.text(max_size=40).filter(lambda text: not syntax.is_expression(text)))
def test_text_that_is_no_expression_stays(text: str) -> None:
    assert SCOPE.value(text) == (text[1:] if text.startswith("[[") else text)


@given(st.text(max_size=40))
def test_a_quoted_text_says_itself(text: str) -> None:
    quoted = text.replace("'", "''")
    assert SCOPE.value(f"['{quoted}']") == text
