"""Evaluating a template's values: what can be told, and UNKNOWN for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.doors.template import functions, syntax
from policies.doors.values import resource_id
from policies.unknown import UNKNOWN, has_unknown, is_unknown

_MISTAKES = (
    functions.FunctionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    StopIteration,
    TypeError,
    ValueError,
    RecursionError,
)
"""What a call with the wrong arguments ends in: Azure would refuse the deployment, so that nothing follows from it."""
_JOINING = frozenset({"concat", "format", "join", "resourceid", "subscriptionresourceid", "extensionresourceid"})
"""Functions that keep what they know: a name's last segment may be known where its first isn't."""
MOST_COPIES = 800
"""How many copies ARM makes at most (https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources)."""

LARGEST = 4_000_000
"""How large a value may be, in characters and items: the size that ARM accepts of a whole template."""


@dataclass(frozen=True)
class Place:
    """Where expressions are evaluated: what `resourceGroup()` and `subscription()` say."""

    subscription: str = UNKNOWN
    group: str = ""
    location: str = UNKNOWN


@dataclass(frozen=True)
class Scope:
    """What names mean in a template: its parameters, variables, functions and the loop that is being run."""

    place: Place = field(default_factory=Place)
    given: Mapping[str, Any] | None = field(default_factory=dict)
    """Parameters' values; None where they aren't known."""
    declared: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    loops: Mapping[str, Any] = field(default_factory=dict)
    """Index by the loop's name in lower case; the innermost one also under the empty name."""
    running: frozenset[str] = frozenset()
    """Names that are being evaluated: one that needs itself can't be told."""
    found: dict[str, Any] = field(default_factory=dict)
    """Values of the template's names that were needed before."""

    def value(self, value: Any) -> Any:
        """A template's value with every expression in it evaluated, and its property loops run."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._object(value)
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        found = {str(self._text(key)): self.value(item) for key, item in value.items() if not _is_loop(key, item)}
        for key, item in value.items():
            if _is_loop(key, item):
                found |= {str(one.get("name")): self.repeated(one) for one in item}
        return found

    def repeated(self, loop: Mapping[str, Any]) -> Any:
        """What a property's loop makes: a list, or UNKNOWN where its length isn't known."""
        inner = list(self.looped(loop))
        if any(scope.loops[""] is UNKNOWN for scope in inner):
            return UNKNOWN
        return [scope.value(loop.get("input")) for scope in inner]

    def looped(self, loop: Mapping[str, Any]) -> Iterator[Scope]:
        """The scope of each of a loop's rounds: one of an unknown index where the count isn't known."""
        count = self.value(loop.get("count"))
        known = isinstance(count, int | float) and not isinstance(count, bool) and count <= MOST_COPIES
        name = str(loop.get("name") or "").lower()
        for index in range(int(count)) if known else (UNKNOWN,):
            yield replace(self, loops={**self.loops, name: index, "": index})

    def _text(self, text: str) -> Any:
        if not syntax.is_expression(text):
            return syntax.literal(text)
        try:
            return self._evaluated(syntax.parse(text))
        except (syntax.ExpressionError, RecursionError):
            return UNKNOWN

    def _evaluated(self, node: syntax.Node) -> Any:
        if isinstance(node, syntax.Literal):
            return node.value
        if isinstance(node, syntax.Access):
            return self._accessed(node)
        special = _SPECIAL.get(node.name)
        if special:
            return special(self, node.arguments)
        return self._called(node)

    def _accessed(self, node: syntax.Access) -> Any:
        value, key = self._evaluated(node.of), self._evaluated(node.key)
        if is_unknown(value) or is_unknown(key):
            return UNKNOWN
        try:
            return functions.item(value, key)
        except _MISTAKES:
            return None if node.safe else UNKNOWN

    def _called(self, node: syntax.Call) -> Any:
        given = [self._evaluated(argument) for argument in node.arguments]
        if node.name in self.functions:
            return self._own(self.functions[node.name], given)
        function = functions.FUNCTIONS.get(node.name)
        if function is None or (node.name not in _JOINING and not all(map(_tellable, given))):
            return UNKNOWN
        return _attempt(function, given)

    def _own(self, function: Mapping[str, Any], given: list[Any]) -> Any:
        """A function of the template's own: it sees its parameters and nothing else."""
        declared = function.get("parameters") or []
        names = [str(one.get("name")).lower() for one in declared if isinstance(one, Mapping)]
        if f"()={id(function)}" in self.running:
            return UNKNOWN
        inner = Scope(
            self.place,
            {name: {"value": value} for name, value in zip(names, given, strict=False)},
            functions=self.functions,
            running=self.running | {f"()={id(function)}"},
        )
        output = function.get("output")
        return inner.value(output.get("value")) if isinstance(output, Mapping) else UNKNOWN

    def parameter(self, name: str) -> Any:
        """A parameter's value: the given one, else its default."""
        if self.given is None:
            return UNKNOWN
        given = _found(self.given, name)
        if given is not None:
            return given.get("value", UNKNOWN) if isinstance(given, Mapping) else UNKNOWN
        declared = _found(self.declared, name)
        if not isinstance(declared, Mapping) or "defaultValue" not in declared:
            return None if isinstance(declared, Mapping) and declared.get("nullable") is True else UNKNOWN
        return self._once(f"parameter {name.lower()}", declared["defaultValue"])

    def variable(self, name: str) -> Any:
        """A variable's value."""
        found = _found(self.variables, name)
        if found is not None:
            return self._once(f"variable {name.lower()}", found)
        loops = self.variables.get("copy")
        for loop in loops if isinstance(loops, list) else ():
            if isinstance(loop, Mapping) and str(loop.get("name")).lower() == name.lower():
                scope = self._entered(f"variable {name.lower()}")
                return UNKNOWN if scope is None else scope.repeated(loop)
        return UNKNOWN

    def _once(self, what: str, value: Any) -> Any:
        if what not in self.found:
            scope = self._entered(what)
            self.found[what] = UNKNOWN if scope is None else _bounded(scope.value(value))
        return self.found[what]

    def _entered(self, what: str) -> Scope | None:
        """The scope in which a name's own value is evaluated: without loops, and once."""
        return None if what in self.running else replace(self, running=self.running | {what}, loops={})


def _is_loop(key: str, item: Any) -> bool:
    """Whether a member is a property's loop, not a property that is called ``copy``."""
    return key == "copy" and isinstance(item, list) and all(isinstance(one, Mapping) and "count" in one for one in item)


def _found(names: Mapping[str, Any], name: str) -> Any:
    """What a name stands for, in any letter case; UNKNOWN where two differ in nothing else."""
    found = [value for key, value in names.items() if key.lower() == name.lower()]
    return UNKNOWN if len(found) > 1 else next(iter(found), None)


def _tellable(value: Any) -> bool:
    """Whether a function sees what Azure's does: known, and of characters that .NET and Python count alike."""
    return not has_unknown(value) and (not isinstance(value, str) or value.isascii())


def _attempt(function: Callable[..., Any], given: list[Any]) -> Any:
    try:
        return _bounded(function(*given))
    except _MISTAKES:
        return UNKNOWN


def _bounded(value: Any) -> Any:
    """The value, or UNKNOWN for one that is larger than a template may be: a few lines can stand for any size."""
    left, stack = LARGEST, [value]
    while stack and left >= 0:
        item = stack.pop()
        left -= len(item) + 1 if isinstance(item, str | list | Mapping) else 1
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return value if left >= 0 else UNKNOWN


Arguments = tuple[syntax.Node, ...]
Special = Callable[[Scope, Arguments], Any]


def _named(read: Callable[[Scope, str], Any]) -> Special:
    """A function that looks up a name."""

    def call(scope: Scope, arguments: Arguments) -> Any:
        name = scope._evaluated(arguments[0]) if len(arguments) == 1 else UNKNOWN  # noqa: SLF001
        return read(scope, name) if isinstance(name, str) and not has_unknown(name) else UNKNOWN

    return call


def _if(scope: Scope, arguments: Arguments) -> Any:
    """Only the branch that holds is evaluated."""
    if len(arguments) != 3:  # noqa: PLR2004
        return UNKNOWN
    condition = scope._evaluated(arguments[0])  # noqa: SLF001
    if not isinstance(condition, bool):
        return UNKNOWN
    return scope._evaluated(arguments[1 if condition else 2])  # noqa: SLF001


def _decided(*, by: bool) -> Special:
    """`or` (decided by a true) and `and` (by a false), which needn't know the rest."""
    short = by

    def call(scope: Scope, arguments: Arguments) -> Any:
        given = [scope._evaluated(argument) for argument in arguments]  # noqa: SLF001
        if any(item is short for item in given):
            return short
        return (not short) if given and all(isinstance(item, bool) for item in given) else UNKNOWN

    return call


def _copy_index(scope: Scope, arguments: Arguments) -> Any:
    given = [scope._evaluated(argument) for argument in arguments]  # noqa: SLF001
    name = given.pop(0).lower() if given and isinstance(given[0], str) else ""
    index, offset = scope.loops.get(name, UNKNOWN), given[0] if given else 0
    return index + offset if isinstance(index, int) and isinstance(offset, int) else UNKNOWN


def _resource_group(scope: Scope, _arguments: Arguments) -> Any:
    place = scope.place
    if not place.group:
        return UNKNOWN
    found = f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"
    return {"id": found, "name": place.group, "location": place.location, "tags": UNKNOWN}


def _subscription(scope: Scope, _arguments: Arguments) -> Any:
    found = scope.place.subscription
    return {"id": f"/subscriptions/{found}", "subscriptionId": found, "tenantId": UNKNOWN, "displayName": UNKNOWN}


def _resource_id(scope: Scope, arguments: Arguments) -> Any:
    """``resourceId([subscription], [resource group], type, name…)``."""
    given = [str(scope._evaluated(argument)) for argument in arguments]  # noqa: SLF001
    at = next((index for index, item in enumerate(given) if "/" in item), None)
    if at is None or at > 2:  # noqa: PLR2004
        return UNKNOWN
    group = given[at - 1] if at else scope.place.group
    subscription = given[0] if at == 2 else scope.place.subscription  # noqa: PLR2004
    root = f"/subscriptions/{subscription}"
    return resource_id(f"{root}/resourceGroups/{group}" if group else root, given[at], given[at + 1 :])


def _subscription_resource_id(scope: Scope, arguments: Arguments) -> Any:
    given = [str(scope._evaluated(argument)) for argument in arguments]  # noqa: SLF001
    at = next((index for index, item in enumerate(given) if "/" in item), None)
    if at is None or at > 1:
        return UNKNOWN
    return resource_id(f"/subscriptions/{given[0] if at else scope.place.subscription}", given[at], given[at + 1 :])


_SPECIAL: Mapping[str, Special] = {
    "parameters": _named(Scope.parameter),
    "variables": _named(Scope.variable),
    "if": _if,
    "or": _decided(by=True),
    "and": _decided(by=False),
    "copyindex": _copy_index,
    "resourcegroup": _resource_group,
    "subscription": _subscription,
    "resourceid": _resource_id,
    "subscriptionresourceid": _subscription_resource_id,
}
