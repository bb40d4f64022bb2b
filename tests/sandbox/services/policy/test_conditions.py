"""Conditions and expressions of Azure Policy by themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.template.syntax import ExpressionError
from azureml_sandbox.services.authorization.policy import expressions
from azureml_sandbox.services.authorization.policy.conditions import OPERATORS, holds
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest
from kit.rows import each

VALUES = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.text("aA1*#?.é", max_size=4))


@given(st.sampled_from([name for name in OPERATORS if f"not{name}" in OPERATORS]), VALUES, VALUES)
def test_not_is_the_opposite(operator: str, value: Any, target: Any) -> None:
    wanted = [target] if operator == "in" else target
    assert holds(f"not{operator}", value, wanted) is not holds(operator, value, wanted)


@given(VALUES, VALUES)
def test_order_is_an_order(one: Any, other: Any) -> None:
    assert not (holds("less", one, other) and holds("greater", one, other))
    assert holds("less", one, other) is holds("greater", other, one)
    assert holds("lessorequals", one, other) is holds("greaterorequals", other, one)
    if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool) and not isinstance(other, bool):
        assert holds("less", one, other) is (one < other)


@each(
    ("operator", "value", "target", "expected"),
    [
        ("equals", "Standard_DS3_v2", "STANDARD_DS3_V2", True),
        ("equals", True, "true", True),
        ("equals", 4, "4", True),
        ("equals", None, "", False),
        ("in", None, ["a"], False),
        ("notin", None, ["a"], True),
        ("like", "abc", "a*", True),
        ("like", "abc", "*", True),
        ("like", "abc", "a.c", False),
        ("match", "contoso-01", "contoso-##", True),
        ("match", "Contoso-01", "contoso-##", False),
        ("matchinsensitively", "Contoso-01", "contoso-##", True),
        ("match", "a1", "?.", True),
        ("match", "11", "?.", False),
        ("contains", ["A", "b"], "a", True),
        ("contains", "abc", "B", True),
        ("greater", 10, "9", True),
        ("greater", None, 1, False),
        ("less", "2026-01-01", "2026-02-01", True),
        ("exists", "", True, True),
    ],
)
def test_conditions_compare_as_azure_does(operator: str, value: Any, target: Any, expected: bool) -> None:
    assert holds(operator, value, target) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[parameters('SIZES')]", ["a"]),
        ("[concat('it''s ', parameters('word'))]", "it's x"),
        ("[if(equals(parameters('word'), 'x'), 1, -2)]", 1),
        ("[and(not(empty(parameters('sizes'))), contains(parameters('sizes'), 'a'))]", True),
        ("[concat(parameters('sizes'), parameters('sizes'))]", ["a", "a"]),
        ("[first(split('a-b', '-'))]", "a"),
        ("[parameters('sizes')[0]]", "a"),
        ("[[not an expression]", "[not an expression]"),
    ],
)
def test_expressions(text: str, expected: Any) -> None:
    assert PolicyRequest({}, {"sizes": ["a"], "word": "x"}).value(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[resourceGroup().location]", "calls 'resourcegroup', which Azure doesn't have in rules, or the sandbox"),
        ("[concat(subscription().id)]", "calls 'subscription', which"),
        ("[tenantResourceId('a/b', 'c')]", "calls 'tenantresourceid', which"),
        ("[parameters('a']", "lacks a closing parenthesis"),
        ("[parameters(concat('a'))]", "parameters() takes one name in quotes"),
        ("['a']", "calls no template function"),
        ("[]", "ends too soon"),
        ("[a]", "has 'a' where a value is expected"),
    ],
)
def test_an_expression_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        expressions.calls(text)
    assert says in str(refusal.value)
