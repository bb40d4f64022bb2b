"""The conditions of policy rules.

https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule#conditions
"""

import re
from collections.abc import Callable
from typing import Any


def holds(operator: str, value: Any, target: Any) -> bool:
    """Return whether a condition holds; `operator` is one of `OPERATORS` in lower case, None stands for what isn't
    there.
    """
    return OPERATORS[operator][1](value, target)


def _plain(value: Any) -> Any:
    """Return a value as Azure compares it: texts without regard to case, ``true`` and ``1`` like their texts."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else str(value)
    return value.lower() if isinstance(value, str) else value


def _equals(value: Any, target: Any) -> bool:
    if value is None or target is None:
        return value is target
    return bool(_plain(value) == _plain(target))


def _in(value: Any, target: Any) -> bool:
    return any(_equals(value, one) for one in target or ())


def _like(value: Any, target: Any) -> bool:
    """Return one ``*`` stands for anything, or for nothing."""
    pattern = ".*".join(re.escape(part) for part in str(target).split("*"))
    return value is not None and re.fullmatch(pattern, str(_plain(value)), re.IGNORECASE | re.DOTALL) is not None


_MARKS = {"#": "[0-9]", "?": "[a-zA-Z]", ".": "."}


def _match(value: Any, target: Any, flags: re.RegexFlag = re.NOFLAG) -> bool:
    """Return whether a text matches: ``#`` is a digit, ``?`` a letter, ``.`` any character."""
    pattern = "".join(_MARKS.get(mark, re.escape(mark)) for mark in str(target))
    return value is not None and re.fullmatch(pattern, str(value), flags) is not None


def _contains(value: Any, target: Any) -> bool:
    if isinstance(value, list):
        return _in(target, value)
    return value is not None and str(_plain(target)) in str(_plain(value))


def _contains_key(value: Any, target: Any) -> bool:
    return isinstance(value, dict) and _in(target, list(value))


def _exists(value: Any, target: Any) -> bool:
    return (value is not None) == bool(_plain(target) == "true")


def _compare(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a condition that compares numbers by size and texts by alphabet, and holds of nothing else."""

    def condition(value: Any, target: Any) -> bool:
        one, other = _number(value), _number(target)
        if one is not None and other is not None:
            return compare(one, other)
        texts = isinstance(value, str) and isinstance(target, str)
        return texts and compare(value.lower(), target.lower())

    return condition


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _not(condition: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, target: not condition(value, target)


def _match_insensitively(value: Any, target: Any) -> bool:
    return _match(value, target, re.IGNORECASE)


_NAMED: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "notEquals": _not(_equals),
    "in": _in,
    "notIn": _not(_in),
    "like": _like,
    "notLike": _not(_like),
    "match": _match,
    "notMatch": _not(_match),
    "matchInsensitively": _match_insensitively,
    "notMatchInsensitively": _not(_match_insensitively),
    "contains": _contains,
    "notContains": _not(_contains),
    "containsKey": _contains_key,
    "notContainsKey": _not(_contains_key),
    "exists": _exists,
    "less": _compare(lambda one, other: one < other),
    "lessOrEquals": _compare(lambda one, other: one <= other),
    "greater": _compare(lambda one, other: one > other),
    "greaterOrEquals": _compare(lambda one, other: one >= other),
}
OPERATORS = {name.lower(): (name[0].upper() + name[1:], condition) for name, condition in _NAMED.items()}
"""By name in lower case: the name as Azure reports it, and the condition."""

LISTS = frozenset({"in", "notin"})
"""What takes a list."""
