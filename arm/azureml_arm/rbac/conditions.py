"""Conditions on role assignments, of the form that delegates the management of roles.

Azure's portal writes it where somebody is to give others some roles only
(https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples): an action is named by
``ActionMatches``, and a role, a principal or its type is compared with some. The grammar is that of
https://learn.microsoft.com/azure/role-based-access-control/conditions-format, the attributes those of
https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes.

Logic is three-valued: whatever isn't known of a request makes True or False only where its value wouldn't matter.
A condition with anything else in it isn't read at all.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from azureml_arm.rbac.patterns import matches, may_match

Attributes = Mapping[str, str]
"""What a role assignment that is written or deleted says, as far as it is known: `ROLE`, `PRINCIPAL`, `KIND`."""
ROLE, PRINCIPAL, KIND = "roledefinitionid", "principalid", "principaltype"

_ASSIGNMENTS = "microsoft.authorization/roleassignments"
_SOURCES = {f"{_ASSIGNMENTS}/write": "request", f"{_ASSIGNMENTS}/delete": "resource"}
"""Which source has attributes for an action."""
_SCHEDULES = frozenset(
    f"microsoft.authorization/role{kind}schedulerequests/write" for kind in ("assignment", "eligibility")
)
"""Other ways to give a role, which take at least what giving it takes
(https://learn.microsoft.com/azure/role-based-access-control/pim-integration)."""
_LONGEST = 8192  # Azure's own limit
_DEEPEST = 40

_GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_VALUE = rf"(?:'[^'\\]*'|{_GUID})"
_ONE = re.compile(_VALUE)

_Truth = bool | None
_Test = Callable[[str, Attributes], _Truth]


class _UnreadableError(ValueError):
    """A condition that has something else in it."""


def holds(condition: str, action: str, attributes: Attributes | None = None) -> _Truth:
    """Return whether a condition lets an action through; None where that can't be known, or it isn't of this form."""
    test = _read(condition)
    if test is None:
        return None
    known, asked = attributes or {}, action.lower()
    also = [f"{_ASSIGNMENTS}/write"] if asked in _SCHEDULES else []
    return _all([test(one, known) for one in (asked, *also)])


@lru_cache(maxsize=256)
def _read(condition: str) -> _Test | None:
    try:
        tokens = _tokens(condition)
        test, rest = _expression(tokens, 0)
    except _UnreadableError:
        return None
    return None if rest else test


@cache
def _token() -> re.Pattern[str]:
    """Return the pattern of one token; made when there is a first condition to read."""
    return re.compile(
        rf"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<not>!|NOT\b) | (?P<and>AND\b|&&) | (?P<or>OR\b|\|\|)
        | ActionMatches\s*\{{\s*'(?P<action>[^'\\]+)'\s*\}}
        | @(?P<source>Request|Resource)\s*\[\s*{re.escape(_ASSIGNMENTS)}:(?P<attribute>\w+)\s*\]
          \s*(?:For(?:Any|All)Of(?P<of>Any|All)Values:)?(?P<type>Guid|String)(?P<differs>Not)?Equals(?P<folds>IgnoreCase)?
          \s*(?P<values>\{{\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*\}}|{_VALUE})
        )\s*""",
        re.VERBOSE | re.IGNORECASE,
    )


def _tokens(condition: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while at < len(condition):
        token = _token().match(condition, at)
        if token is None or len(condition) > _LONGEST:
            raise _UnreadableError
        found.append(token)
        at = token.end()
    return found


_Tokens = Sequence[re.Match[str]]


def _expression(tokens: _Tokens, depth: int) -> tuple[_Test, _Tokens]:
    """Read terms between AND, or between OR. Both in a row without parentheses aren't read: which comes first?"""
    first, rest = _term(tokens, depth)
    terms, word = [first], ""
    while rest and rest[0].lastgroup in ("and", "or"):
        word = word or str(rest[0].lastgroup)
        if rest[0].lastgroup != word:
            raise _UnreadableError
        term, rest = _term(rest[1:], depth)
        terms.append(term)
    join = _any if word == "or" else _all
    return lambda action, known: join([term(action, known) for term in terms]), rest


def _term(tokens: _Tokens, depth: int) -> tuple[_Test, _Tokens]:
    if not tokens or depth > _DEEPEST:
        raise _UnreadableError
    token, rest = tokens[0], tokens[1:]
    if token["not"]:
        inner, rest = _term(rest, depth + 1)
        return lambda action, known: _negate(inner(action, known)), rest
    if token["open"]:
        inner, rest = _expression(rest, depth + 1)
        if not rest or not rest[0]["close"]:
            raise _UnreadableError
        return inner, rest[1:]
    if token["action"]:
        return _is_action(token["action"]), rest
    if token["attribute"]:
        return _comparison(token), rest
    raise _UnreadableError


def _is_action(pattern: str) -> _Test:
    def test(action: str, _known: Attributes) -> _Truth:
        sure = matches(pattern, action)
        return sure if sure == may_match(pattern, action) else None

    return test


def _comparison(token: re.Match[str]) -> _Test:
    """Return the comparison of one attribute, which has a single value, with any or all of some."""
    source, name, is_guid = token["source"].lower(), token["attribute"].lower(), token["type"].lower() == "guid"
    values = [one.strip("'") for one in _ONE.findall(token["values"])]
    if name not in (ROLE, PRINCIPAL, KIND) or (is_guid and not all(re.fullmatch(_GUID, one) for one in values)):
        raise _UnreadableError
    fold: Callable[[str], str] = str.lower if is_guid or token["folds"] else str
    compare = operator.ne if token["differs"] else operator.eq
    join = all if (token["of"] or "").lower() == "all" else any

    def test(action: str, known: Attributes) -> _Truth:
        value = known.get(name) if _SOURCES.get(action) == source else None
        return None if not value else join(compare(fold(value), fold(one)) for one in values)

    return test


def _negate(truth: _Truth) -> _Truth:
    return None if truth is None else not truth


def _all(truths: Sequence[_Truth]) -> _Truth:
    return False if False in truths else None if None in truths else True


def _any(truths: Sequence[_Truth]) -> _Truth:
    return True if True in truths else None if None in truths else False
