"""Evaluating a template's values.

A `TemplateScope` without a `runtime` evaluates what can be known before anything runs, and gives UNKNOWN for the rest:
mistakes too, since Azure would refuse the deployment, so that nothing follows from them. With one it is a
deployment's: a mistake is a TemplateError, and UNKNOWN is only what the runtime itself doesn't know yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from azureml_arm.template import functions, syntax
from azureml_arm.template.paths import resource_id
from azureml_arm.unknown import UNKNOWN, has_unknown, is_unknown

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
"""What a call with the wrong arguments ends in."""
_JOINING = frozenset({"concat", "format", "join", "resourceid", "subscriptionresourceid", "extensionresourceid"})
"""Functions that keep what they know: a name's last segment may be known where its first isn't."""
MOST_COPIES = 800
"""How many copies ARM makes at most (https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-resources)."""

LARGEST = 4_000_000
"""How large a value may be, in characters and items: the size that ARM accepts of a whole template."""

MOST_STEPS = 2_000_000
"""How many calls, members and texts one template may take: a few lines of lambdas can ask for any number."""
_HELP = "Please see https://aka.ms/arm-functions for usage details."


class TemplateError(Exception):
    """A template that Azure refuses; the message is for the `InvalidTemplate` that says so."""


@dataclass(frozen=True)
class TemplatePlace:
    """Where expressions are evaluated: what `resourceGroup()` and `subscription()` say."""

    subscription: str = UNKNOWN
    group: str = ""
    location: str = UNKNOWN
    exact: bool = True
    """Whether the group's name is written as Azure has it: names are compared in any letter case, texts aren't."""


class Runtime(Protocol):
    """What only a deployment knows: the cloud, and the moment."""

    def find(self, name: str) -> Special | None:
        """Return a function by its name in lower case, or None."""


@dataclass(frozen=True)
class TemplateScope:
    """What names mean in a template: its parameters, variables, functions and the loop that is being run."""

    place: TemplatePlace = field(default_factory=TemplatePlace)
    given: Mapping[str, Any] | None = field(default_factory=dict)
    """Parameters' values; None where they aren't known."""
    declared: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)
    loops: Mapping[str, Any] = field(default_factory=dict)
    """Index by the loop's name in lower case; the innermost one also under the empty name."""
    running: frozenset[str] = frozenset()
    """Names that are being evaluated: one that needs itself can't be evaluated."""
    found: dict[str, Any] = field(default_factory=dict)
    """Values of the template's names that were needed before."""
    sizes: dict[int, int] = field(default_factory=dict)
    """How large these are, by their identity: a value that others hold many times is measured once."""
    runtime: Runtime | None = None
    """The functions of a running deployment."""
    bound: Mapping[str, Any] = field(default_factory=dict)
    """The variables of the lambdas that are being run."""
    steps: list[int] = field(default_factory=lambda: [0])
    """How much was evaluated so far."""

    def value(self, value: Any) -> Any:
        """Return a template's value with every expression in it evaluated, and its property loops run."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._object(value)
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def leave_unknown(self, why: str) -> Any:
        """Return UNKNOWN for a value that can't be known; in a deployment that runs, raise TemplateError."""
        if self.runtime is None:
            return UNKNOWN
        raise TemplateError(why)

    def _object(self, value: Mapping[str, Any]) -> dict[str, Any]:
        found = {str(self._text(key)): self.value(item) for key, item in value.items() if not _is_loop(key, item)}
        for key, item in value.items():
            if _is_loop(key, item):
                found |= {str(member(one, "name")): self.repeat(one) for one in item}
        return found

    def repeat(self, loop: Mapping[str, Any]) -> Any:
        """Return what a property's loop makes: a list, or UNKNOWN where its length isn't known."""
        inner = list(self.loop_scopes(loop))
        if any(scope.loops[""] is UNKNOWN for scope in inner):
            return UNKNOWN
        return [scope.value(member(loop, "input")) for scope in inner]

    def loop_scopes(self, loop: Mapping[str, Any]) -> Iterator[TemplateScope]:
        """Yield the scope of each of a loop's rounds: one of an unknown index where the count isn't known."""
        count = self.value(member(loop, "count"))
        known = isinstance(count, int | float) and not isinstance(count, bool) and count in range(MOST_COPIES + 1)
        if not known and not has_unknown(count):
            self.leave_unknown(
                f"The copy count '{functions.string(count)}' is no whole number of at most {MOST_COPIES}."
            )
        name = str(member(loop, "name") or "").lower()
        for index in range(int(count)) if known else (UNKNOWN,):
            yield replace(self, loops={**self.loops, name: index, "": index})

    def _text(self, text: str) -> Any:
        if not syntax.is_expression(text):
            return syntax.literal(text)
        try:
            return self.evaluate_node(syntax.parse(text))
        except (syntax.ExpressionError, functions.FunctionError, RecursionError):
            return self.leave_unknown(f"Unable to parse language expression '{text[:200]}'. {_HELP}")

    def evaluate_node(self, node: syntax.Node) -> Any:
        """Return the value of an expression's tree."""
        self.steps[0] += 1
        if self.steps[0] > MOST_STEPS:
            raise functions.FunctionError("the template takes too long to evaluate")
        if isinstance(node, syntax.Literal):
            return node.value
        if isinstance(node, syntax.MemberAccess):
            return self._access(node)
        special = self._special(node.name)
        if special:
            return special(self, node.arguments)
        return self._call(node)

    def _special(self, name: str) -> Special | None:
        return (self.runtime.find(name) if self.runtime else None) or _SPECIAL.get(name)

    def _access(self, node: syntax.MemberAccess) -> Any:
        value, key = self.evaluate_node(node.of), self.evaluate_node(node.key)
        if is_unknown(value) or is_unknown(key):
            return UNKNOWN
        try:
            return functions.item(value, key)
        except _MISTAKES:
            return None if node.safe else self.leave_unknown(_no_member(value, key))

    def _call(self, node: syntax.FunctionCall) -> Any:
        given = [self.evaluate_node(argument) for argument in node.arguments]
        if node.name in self.functions:
            return self._own(self.functions[node.name], given)
        function = functions.FUNCTIONS.get(node.name)
        if function is None:
            return self.leave_unknown(f"The template function '{node.name}' is not valid. {_HELP}")
        tellable = _tellable if self.runtime is None else _if_known
        if node.name not in _JOINING and not all(map(tellable, given)):
            return UNKNOWN
        return self._attempt(node.name, function, given)

    def _attempt(self, name: str, function: Callable[..., Any], given: list[Any]) -> Any:
        try:
            found = function(*given)
        except _MISTAKES as mistake:
            return self.leave_unknown(f"Unable to evaluate template language function '{name}': {mistake}. {_HELP}")
        return self._within_bounds(found)

    def _own(self, function: Mapping[str, Any], given: list[Any]) -> Any:
        """Return a function of the template's own: it sees its parameters and nothing else."""
        declared = member(function, "parameters") or []
        names = [str(one.get("name")).lower() for one in declared if isinstance(one, Mapping)]
        if f"()={id(function)}" in self.running:
            return self.leave_unknown("A function of the template calls itself.")
        inner = TemplateScope(
            self.place,
            {name: {"value": value} for name, value in zip(names, given, strict=False)},
            functions=self.functions,
            running=self.running | {f"()={id(function)}"},
            runtime=self.runtime,
            steps=self.steps,
        )
        output = member(function, "output")
        return inner.value(member(output, "value")) if isinstance(output, Mapping) else UNKNOWN

    def parameter(self, name: str) -> Any:
        """Return a parameter's value: the given one, else its default."""
        if self.given is None:
            return UNKNOWN
        given = member(self.given, name)
        if given is not None:
            return member(given, "value", UNKNOWN) if isinstance(given, Mapping) else UNKNOWN
        declared = member(self.declared, name)
        if isinstance(declared, Mapping) and any(str(key).lower() == "defaultvalue" for key in declared):
            return self._once(f"parameter {name.lower()}", member(declared, "defaultValue"))
        if isinstance(declared, Mapping) and member(declared, "nullable") is True:
            return None
        return self.leave_unknown(f"The template parameter '{name}' is not found. {_HELP}")

    def variable(self, name: str) -> Any:
        """Return a variable's value."""
        found = member(self.variables, name)
        if found is not None:
            return self._once(f"variable {name.lower()}", found)
        loops = member(self.variables, "copy")
        for loop in loops if isinstance(loops, list) else ():
            if isinstance(loop, Mapping) and str(member(loop, "name")).lower() == name.lower():
                scope = self._enter(f"variable {name.lower()}")
                return self._circular(name) if scope is None else scope.repeat(loop)
        return self.leave_unknown(f"The template variable '{name}' is not found. {_HELP}")

    def _once(self, what: str, value: Any) -> Any:
        if what not in self.found:
            scope = self._enter(what)
            self.found[what] = self._circular(what) if scope is None else self._keep(scope.value(value))
        return self.found[what]

    def _circular(self, what: str) -> Any:
        return self.leave_unknown(f"Circular dependency detected on the template's {what}.")

    def _enter(self, what: str) -> TemplateScope | None:
        """Return the scope in which a name's own value is evaluated: without loops, and once."""
        if what in self.running:
            return None
        return replace(self, running=self.running | {what}, loops={}, bound={})

    def _keep(self, value: Any) -> Any:
        """Return a name's value within bounds, and remember its size."""
        kept = self._within_bounds(value)
        self.sizes[id(kept)] = self._size(kept)
        return kept

    def _within_bounds(self, value: Any) -> Any:
        """Return the value, unless it is larger than a template may be: a few lines can stand for any size."""
        if self._size(value) <= LARGEST:
            return value
        return self.leave_unknown(f"A value of the template is larger than {LARGEST} characters.")

    def _size(self, value: Any) -> int:
        """Return how many characters and items a value has; counting ends where there are too many."""
        size, stack = 0, [value]
        while stack and size <= LARGEST:
            item = stack.pop()
            known = self.sizes.get(id(item))
            size += known or (len(item) + 1 if isinstance(item, str | list | Mapping) else 1)
            if known:
                continue
            if isinstance(item, Mapping):
                stack.extend(item.values())
            elif isinstance(item, list):
                stack.extend(item)
        return size


def _is_loop(key: str, item: Any) -> bool:
    """Return whether a member is a property's loop, not a property that is called ``copy``."""
    return str(key).lower() == "copy" and isinstance(item, list) and all(map(_is_round, item))


def _is_round(loop: Any) -> bool:
    return isinstance(loop, Mapping) and any(str(key).lower() == "count" for key in loop)


def member(names: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """Return what a name stands for, in any letter case; UNKNOWN where two differ in nothing else."""
    found = [value for key, value in names.items() if str(key).lower() == name.lower()]
    return UNKNOWN if len(found) > 1 else next(iter(found), default)


def _tellable(value: Any) -> bool:
    """Return whether a function sees what Azure's does: known, and of characters that .NET and Python count alike."""
    return not has_unknown(value) and (not isinstance(value, str) or value.isascii())


def _if_known(value: Any) -> bool:
    return not has_unknown(value)


def _no_member(value: Any, key: Any) -> str:
    shown = ", ".join(map(str, value)) if isinstance(value, Mapping) else f"those of {len(_list(value))} items"
    return f"The language expression property '{key}' doesn't exist, available properties are '{shown}'. {_HELP}"


def _list(value: Any) -> Any:
    return value if isinstance(value, str | list) else ()


Arguments = tuple[syntax.Node, ...]
Special = Callable[[TemplateScope, Arguments], Any]
"""A function that decides by itself which of its arguments are evaluated."""


def look_up(read: Callable[[TemplateScope, str], Any]) -> Special:
    """Return a function that looks up a name."""

    def call(scope: TemplateScope, arguments: Arguments) -> Any:
        name = scope.evaluate_node(arguments[0]) if len(arguments) == 1 else None
        if isinstance(name, str) and has_unknown(name):
            return UNKNOWN
        return read(scope, name) if isinstance(name, str) else scope.leave_unknown(f"A name is one text. {_HELP}")

    return call


def _if(scope: TemplateScope, arguments: Arguments) -> Any:
    """Evaluate the branch that holds, and no other."""
    if len(arguments) != 3:  # noqa: PLR2004
        return scope.leave_unknown(f"The template function 'if' takes three arguments. {_HELP}")
    condition = scope.evaluate_node(arguments[0])
    if not isinstance(condition, bool):
        return (
            UNKNOWN if is_unknown(condition) else scope.leave_unknown(f"The condition of 'if' is no boolean. {_HELP}")
        )
    return scope.evaluate_node(arguments[1 if condition else 2])


def _logical(*, by: bool) -> Special:
    """Evaluate `or` and `and`: a true or a false decides, even where the rest is unknown."""
    short = by

    def call(scope: TemplateScope, arguments: Arguments) -> Any:
        given = [scope.evaluate_node(argument) for argument in arguments]
        if any(item is short for item in given):
            return short
        if given and all(isinstance(item, bool) for item in given):
            return not short
        return UNKNOWN if has_unknown(given) else scope.leave_unknown(f"'and' and 'or' take booleans. {_HELP}")

    return call


def _copy_index(scope: TemplateScope, arguments: Arguments) -> Any:
    given = [scope.evaluate_node(argument) for argument in arguments]
    name = given.pop(0).lower() if given and isinstance(given[0], str) else ""
    index, offset = scope.loops.get(name), given[0] if given else 0
    if index is None:
        return scope.leave_unknown(f"The template function 'copyIndex' is not expected at this location. {_HELP}")
    return index + offset if isinstance(index, int) and isinstance(offset, int) else UNKNOWN


def _resource_group(scope: TemplateScope, _arguments: Arguments) -> Any:
    place = scope.place
    if not place.group:
        return scope.leave_unknown(f"The template function 'resourceGroup' is not valid in this scope. {_HELP}")
    if not place.exact:
        return UNKNOWN
    found = f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"
    return {"id": found, "name": place.group, "location": place.location, "tags": UNKNOWN}


def _subscription(scope: TemplateScope, _arguments: Arguments) -> Any:
    found = scope.place.subscription
    return {"id": f"/subscriptions/{found}", "subscriptionId": found, "tenantId": UNKNOWN, "displayName": UNKNOWN}


def _resource_id(scope: TemplateScope, arguments: Arguments) -> Any:
    """Evaluate ``resourceId([subscription], [resource group], type, name…)``."""
    given = [str(scope.evaluate_node(argument)) for argument in arguments]
    at = _type_at(given)
    if at is None or at > 2:  # noqa: PLR2004
        return _unknown_name(scope, "resourceId")
    group = given[at - 1] if at else scope.place.group
    subscription = given[0] if at == 2 else scope.place.subscription  # noqa: PLR2004
    root = f"/subscriptions/{subscription}"
    return _id(scope, f"{root}/resourceGroups/{group}" if group else root, given[at:])


def _subscription_resource_id(scope: TemplateScope, arguments: Arguments) -> Any:
    given = [str(scope.evaluate_node(argument)) for argument in arguments]
    at = _type_at(given)
    if at is None or at > 1:
        return _unknown_name(scope, "subscriptionResourceId")
    return _id(scope, f"/subscriptions/{given[0] if at else scope.place.subscription}", given[at:])


def _type_at(given: list[str]) -> int | None:
    return next((index for index, item in enumerate(given) if "/" in item), None)


def _unknown_name(scope: TemplateScope, function: str) -> Any:
    text = "the type must be written with its namespace, after at most a subscription and a group"
    return scope.leave_unknown(f"Unable to evaluate template language function '{function}': {text}. {_HELP}")


def _id(scope: TemplateScope, root: str, given: list[str]) -> Any:
    type_name, *names = given
    if type_name.count("/") != len(names) and not has_unknown(type_name):
        scope.leave_unknown(
            f"Unable to evaluate template language function 'resourceId': the type '{type_name}' requires "
            f"'{type_name.count('/')}' resource name argument(s). {_HELP}"
        )
    return resource_id(root, type_name, names)


@dataclass(frozen=True)
class _Lambda:
    """A function that is written in place."""

    scope: TemplateScope
    names: tuple[str, ...]
    body: syntax.Node

    def __call__(self, *given: Any) -> Any:
        bound = dict(zip(self.names, given, strict=False))
        found = replace(self.scope, bound={**self.scope.bound, **bound}).evaluate_node(self.body)
        if has_unknown(found):
            raise _UnknownHereError
        return found


class _UnknownHereError(Exception):
    """A lambda whose result isn't known."""


def _lambda(scope: TemplateScope, node: syntax.Node) -> _Lambda:
    if not isinstance(node, syntax.FunctionCall) or node.name != "lambda" or not node.arguments:
        raise functions.FunctionError("a lambda is expected")
    *names, body = node.arguments
    texts = [name.value.lower() for name in names if isinstance(name, syntax.Literal) and isinstance(name.value, str)]
    return _Lambda(scope, tuple(texts), body)


def _with_lambdas(name: str, function: Callable[..., Any], first: int) -> Special:
    """Return a function whose arguments from the `first` on are lambdas."""

    def call(scope: TemplateScope, arguments: Arguments) -> Any:
        given = [scope.evaluate_node(argument) for argument in arguments[:first]]
        if has_unknown(given):
            return UNKNOWN
        try:
            return scope._within_bounds(function(*given, *(_lambda(scope, one) for one in arguments[first:])))  # noqa: SLF001
        except _UnknownHereError:
            return UNKNOWN
        except _MISTAKES as mistake:
            return scope.leave_unknown(f"Unable to evaluate template language function '{name}': {mistake}. {_HELP}")

    return call


def _bind(scope: TemplateScope, name: str) -> Any:
    if name.lower() in scope.bound:
        return scope.bound[name.lower()]
    return scope.leave_unknown(f"The lambda variable '{name}' is not found. {_HELP}")


_SPECIAL: Mapping[str, Special] = {
    "parameters": look_up(TemplateScope.parameter),
    "variables": look_up(TemplateScope.variable),
    "lambdavariables": look_up(_bind),
    "if": _if,
    "or": _logical(by=True),
    "and": _logical(by=False),
    "copyindex": _copy_index,
    "resourcegroup": _resource_group,
    "subscription": _subscription,
    "resourceid": _resource_id,
    "subscriptionresourceid": _subscription_resource_id,
    **{name: _with_lambdas(name, function, first) for name, (function, first) in functions.LAMBDAS.items()},
}
