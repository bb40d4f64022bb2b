"""Expressions of Data Factory: ``@concat('a-', pipeline().RunId)`` and ``…/@{pipeline().TriggerTime}``.

https://learn.microsoft.com/azure/data-factory/control-flow-expression-language-functions. The grammar within is that of
ARM's templates (`azureml_arm.template.syntax`); of the functions there are those that the pipelines of ingestion use.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from azureml_arm.template import functions, syntax

Functions = Mapping[str, Callable[..., Any]]
"""What names mean where an expression stands (``pipeline``, ``activity``), in lower case."""
_PART = re.compile(r"@@\{|@\{((?:'(?:[^']|'')*'|[^'}])*)\}")
_TIME = re.compile(r"'([^']*)'|yyyy|MM|dd|HH|mm|ss|fff|.", re.DOTALL)
_CODES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


class UnknownValueError(Exception):
    """An expression that has no value here; the message is for whoever looks at the run."""


def evaluate(value: Any, known: Functions) -> Any:
    """Return a value with every expression in it evaluated."""
    if isinstance(value, Mapping):
        if value.get("type") == "Expression" and "value" in value:
            return _text(str(value["value"]), known)
        return {key: evaluate(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, known) for item in value]
    return _text(value, known) if isinstance(value, str) else value


def _text(text: str, known: Functions) -> Any:
    if text.startswith("@") and not text.startswith(("@@", "@{")):
        return _value(text[1:], known)
    if text.startswith("@@") and not text.startswith("@@{"):
        return text[1:]
    return _PART.sub(lambda part: "@{" if part[1] is None else functions.string(_value(part[1], known)), text)


def _value(expression: str, known: Functions) -> Any:
    try:
        return _node(syntax.parse(f"[{expression}]"), {**_FUNCTIONS, **known})
    except syntax.ExpressionError as error:
        raise UnknownValueError(f"'{expression}' {error}") from error
    except (functions.FunctionError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnknownValueError(f"'{expression}' can't be evaluated here: {error}") from error


def _node(node: syntax.Node, known: Functions) -> Any:
    if isinstance(node, syntax.Literal):
        return node.value
    if isinstance(node, syntax.MemberAccess):
        return _member(_node(node.of, known), _node(node.key, known), safe=node.safe)
    if node.name not in known:
        raise UnknownValueError(f"the sandbox doesn't have Data Factory's function '{node.name}'")
    return known[node.name](*(_node(one, known) for one in node.arguments))


def _member(value: Any, key: Any, *, safe: bool) -> Any:
    if isinstance(value, list):
        return value[key]
    if isinstance(value, Mapping):
        fold = {name.lower(): item for name, item in value.items()}
        if safe or str(key).lower() in fold:
            return fold.get(str(key).lower())
    elif safe and value is None:
        return None
    raise UnknownValueError(f"there is no '{key}' in it")


def format_time(text: str, pattern: str = "yyyy-MM-ddTHH:mm:ss.fffffffZ") -> str:
    """Return a moment in .NET's notation: ``yyyyMMdd-HHmmss``."""
    moment = datetime.datetime.fromisoformat(str(text)[:19]).replace(tzinfo=datetime.UTC)

    def spell(part: re.Match[str]) -> str:
        if part[1] is not None:
            return part[1]
        code = _CODES.get(part[0])
        return moment.strftime(code) if code else "000" if part[0] == "fff" else part[0]

    return _TIME.sub(spell, pattern)


_FUNCTIONS: Functions = {
    "bool": functions.boolean,
    "coalesce": functions.coalesce,
    "concat": lambda *given: "".join(map(functions.string, given)),
    "equals": functions.equals,
    "formatdatetime": format_time,
    "greater": lambda one, other: one > other,
    "if": lambda condition, then, otherwise: then if functions.truth(condition) else otherwise,
    "replace": functions.replace,
    "string": functions.string,
    "tolower": lambda text: str(text).lower(),
}
