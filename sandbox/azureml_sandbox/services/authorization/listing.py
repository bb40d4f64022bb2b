"""Lists of Microsoft.Authorization: what applies at a scope, with the filters that ARM takes.

https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest,
https://learn.microsoft.com/azure/role-based-access-control/deny-assignments-list.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.services.authorization.policy.enforcement import at_or_below

_CLAUSE = re.compile(
    r"(?P<function>\w+)\(\s*(?:'(?P<argument>[^']*)')?\s*\)|(?P<name>\w+)\s+eq\s+(?:'(?P<quoted>(?:[^']|'')*)'|(?P<bare>[\w-]+))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Filter:
    """A parsed ``$filter``: functions with their arguments, and properties with the values that they must have."""

    functions: dict[str, str] = field(default_factory=dict)
    equal: dict[str, str] = field(default_factory=dict)

    @property
    def at_scope(self) -> bool:
        """Return whether what is below the scope is left out."""
        return "atscope" in self.functions

    @property
    def assigned_to(self) -> str:
        """Return the object id of a user or service principal, whose groups count too; "" without one."""
        return self.functions.get("assignedto", "")


def parse(text: str, functions: Sequence[str], names: Sequence[str]) -> Filter:
    """Read a filter; what a list doesn't take is refused in ARM's words. Keys and values come in lower case."""
    found = Filter()
    calls, properties = ({one.lower() for one in known} for known in (functions, names))
    for clause in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if text.strip() else ():
        match = _CLAUSE.fullmatch(clause.strip())
        if match and (match["function"] or "").lower() in calls:
            found.functions[match["function"].lower()] = (match["argument"] or "").lower()
        elif match and (match["name"] or "").lower() in properties:
            found.equal[match["name"].lower()] = (match["quoted"] or match["bare"] or "").replace("''", "'").lower()
        else:
            raise _unsupported_error(text, functions, names)
    return found


def _unsupported_error(text: str, functions: Sequence[str], names: Sequence[str]) -> ArmError:
    known = [f"'{name}()'" for name in functions] + [f"'{name} eq '{{value}}''" for name in names]
    return bad_request(
        f"The filter '{text}' is not supported. Supported filters are either {' or '.join(known)}.", "UnsupportedQuery"
    )


def applying(found: Iterable[Body], scope: str, chosen: Filter) -> list[Body]:
    """Return those at a scope and above it, and, unless the filter leaves them out, below it."""
    return [
        one
        for one in found
        if at_or_below(one["properties"]["scope"], scope)
        or (not chosen.at_scope and at_or_below(scope, one["properties"]["scope"]))
    ]
