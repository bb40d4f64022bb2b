"""A policy rule: checking how it is written, and whether a request matches it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from azureml_arm.regions import canonical_region
from azureml_arm.template.evaluate import TemplateError
from azureml_arm.template.syntax import ExpressionError
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.services.authorization.policy import aliases, expressions
from azureml_sandbox.services.authorization.policy.conditions import LISTS, OPERATORS, holds
from azureml_sandbox.services.authorization.policy.fields import PolicyRequest, is_known, path_of

Body = Mapping[str, Any]
JOINING = ("allof", "anyof", "not")
ACTING = frozenset({"deny"})
INERT = frozenset({"audit", "auditifnotexists", "disabled", "manual"})
"""Effects that let a request pass."""
EFFECTS = ACTING | INERT | {"addtonetworkgroup", "append", "denyaction", "deployifnotexists", "modify", "mutate"}


# -- how it is written -------------------------------------------------------------------------------------------------


def check(name: str, properties: Body) -> None:
    """Refuse a definition's rule that Azure refuses, or whose language isn't modelled."""
    rule = properties.get("policyRule")
    if not isinstance(rule, Mapping) or not {"if", "then"} <= {key.lower() for key in rule}:
        raise _invalid(name, "it needs 'policyRule' with 'if' and 'then'")
    _check_condition(name, _get(rule, "if"))
    _check_effect(name, rule)
    _check_parameters(name, rule, properties.get("parameters") or {})


def _get(body: Body, wanted: str) -> Any:
    return next((value for key, value in body.items() if key.lower() == wanted), None)


def _check_condition(name: str, condition: Any) -> None:
    if not isinstance(condition, Mapping):
        raise _invalid(name, f"a condition must be an object, not {condition!r}")
    joining = [key for key in condition if key.lower() in JOINING]
    if joining:
        _check_joined(name, condition, joining[0])
        return
    looked_at = [key for key in condition if key.lower() in ("field", "value", "count")]
    operators = [key for key in condition if key.lower() in OPERATORS]
    if len(looked_at) != 1 or len(operators) != 1 or len(condition) != 2:  # noqa: PLR2004
        raise _invalid(name, f"a condition has 'field' or 'value' and one operator; this has {', '.join(condition)}")
    _check_leaf(name, condition, looked_at[0].lower(), operators[0])


def _check_joined(name: str, condition: Body, key: str) -> None:
    inside = condition[key]
    if len(condition) != 1 or isinstance(inside, list) == (key.lower() == "not"):
        raise _invalid(name, f"'{key}' stands alone in its object and holds {_HOLDS[key.lower()]}")
    for one in inside if isinstance(inside, list) else [inside]:
        _check_condition(name, one)


_HOLDS = {"allof": "a list", "anyof": "a list", "not": "one condition"}


def _check_leaf(name: str, condition: Body, looked_at: str, operator: str) -> None:
    if looked_at == "count":
        raise not_modelled(
            f"'count' in the rule of '{name}'",
            "_check_leaf and _leaf in azureml_sandbox/services/authorization/policy/rule.py",
        )
    if looked_at == "field":
        _check_field(name, _get(condition, "field"))
    target = condition[operator]
    if operator.lower() in LISTS and not isinstance(target, list) and not expressions.is_expression(target):
        raise _invalid(name, f"'{operator}' takes a list, not {target!r}")


def _check_field(name: str, written: Any) -> None:
    if not isinstance(written, str):
        raise _invalid(name, f"'field' must be a name, not {written!r}")
    if is_known(written):
        return
    namespace, _, rest = written.partition("/")
    if not rest:
        raise _invalid(name, f"'{written}' is not a field")
    known = aliases.of_type(written)
    raise bad_request(
        f"The policy definition '{name}' rule is invalid. The 'field' property '{written}' of the policy rule doesn't "
        f"exist as an alias under provider '{namespace}' and resource type '{rest.rpartition('/')[0]}'. The supported "
        f"aliases are '{'; '.join(known)}'. (The sandbox knows those of azureml_sandbox/services/"
        "authorization/policy/aliases.py; add one that Azure has.)",
        "InvalidPolicyAlias",
    )


def _check_effect(name: str, rule: Body) -> None:
    then = _get(rule, "then")
    effect = _get(then, "effect") if isinstance(then, Mapping) else None
    if not isinstance(effect, str):
        raise _invalid(name, "'then' needs an 'effect'")
    if not expressions.is_expression(effect) and effect.lower() not in EFFECTS:
        raise _invalid(name, f"'{effect}' is not an effect; effects are {', '.join(sorted(EFFECTS))}")


def _check_parameters(name: str, rule: Body, declared: Body) -> None:
    used = {written.lower(): written for written in _parameters(name, rule)}
    known = {parameter.lower(): parameter for parameter in declared}
    for missing in sorted(set(used) - set(known)):
        raise bad_request(
            f"The policy '{name}' has undefined parameter '{used[missing]}' which is used in the policy rule. Please "
            "either define it in policy definition or remove the reference in policy rule.",
            "UndefinedPolicyParameter",
        )
    unused = ",".join(known[one] for one in sorted(set(known) - set(used)))
    if unused:
        raise bad_request(
            f"The policy '{name}' has defined parameters '{unused}' which are not used in the policy rule. Please "
            "either remove these parameters from the definition or ensure that they are used in the policy rule.",
            "UnusedPolicyParameters",
        )


def _parameters(name: str, written: Any) -> Iterator[str]:
    """Yield the parameters that are referred to anywhere below."""
    if isinstance(written, Mapping):
        for value in written.values():
            yield from _parameters(name, value)
    elif isinstance(written, list):
        for value in written:
            yield from _parameters(name, value)
    elif expressions.is_expression(written):
        yield from _parameters_in(name, written)


def _parameters_in(name: str, written: str) -> Iterator[str]:
    try:
        calls = expressions.calls(written)
    except ExpressionError as error:
        raise _invalid(name, str(error)) from None
    for call in calls:
        if call.name == "field":
            _check_field(name, expressions.argument(call))
        if call.name == "parameters":
            yield expressions.argument(call)


def _invalid(name: str, what: str) -> ArmError:
    return bad_request(f"The policy definition '{name}' rule is invalid: {what}.", "InvalidPolicyRule")


def not_modelled(what: str, where: str) -> ArmError:
    """Return what Azure has and the sandbox hasn't."""
    return ArmError(501, "NotImplemented", f"The sandbox doesn't model {what}: add it to {where}.")


# -- whether a request matches -----------------------------------------------------------------------------------------


def effect(rule: Body, parameters: Body) -> str:
    """Return the effect as it is written, with the parameters' values; an expression that fails stays as it is."""
    written = _get(_get(rule, "then"), "effect")
    try:
        return str(PolicyRequest({}, parameters).value(written))
    except TemplateError:
        return str(written)


@dataclass
class Match:
    """Whether a request matches, and the conditions that were looked at, as Azure reports them."""

    result: bool = False
    expressions: list[dict[str, Any]] = field(default_factory=list)


def match(rule: Body, request: PolicyRequest) -> Match:
    """Return whether a request matches a rule.

    An expression that fails matches: "a failed evaluation is an implicit deny"
    (https://learn.microsoft.com/azure/governance/policy/samples/pattern-value-operator).
    """
    found = Match()
    try:
        found.result = _holds(_get(rule, "if"), request, found)
    except TemplateError:
        found.result = True
    return found


def _holds(condition: Body, request: PolicyRequest, found: Match) -> bool:
    key = next((key for key in condition if key.lower() in JOINING), "")
    if key.lower() == "not":
        return not _holds(condition[key], request, found)
    if key:
        join = all if key.lower() == "allof" else any
        return join(_holds(one, request, found) for one in condition[key])
    return _leaf(condition, request, found)


def _leaf(condition: Body, request: PolicyRequest, found: Match) -> bool:
    operator = next(key for key in condition if key.lower() in OPERATORS)
    name = _get(condition, "field")
    value = request.field(name) if name is not None else request.value(_get(condition, "value"))
    target = _normal(name, request.value(condition[operator]))
    result = holds(operator.lower(), value, target)
    shown: dict[str, Any] = {"expressionKind": "Value", "expression": str(_get(condition, "value"))}
    if name is not None:
        shown = {"expressionKind": "Field", "expression": name, "path": path_of(name)}
    if value is not None:
        shown["expressionValue"] = value
    shown |= {"targetValue": target, "operator": OPERATORS[operator.lower()][0]}
    found.expressions.append({"result": str(result), **shown})
    return result


def _normal(name: str | None, target: Any) -> Any:
    """Return a target as it is compared: regions in one spelling."""
    if (name or "").lower() != "location":
        return target
    if isinstance(target, list):
        return [canonical_region(str(one)) for one in target]
    return canonical_region(target) if isinstance(target, str) else target
