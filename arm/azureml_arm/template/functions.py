"""The template functions whose results can be computed before a deployment runs.

Semantics are those of https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions. What
depends on the cloud (``reference``, ``list*``) or on the moment (``utcNow``, ``newGuid``), or on how Azure spells an id
(``uniqueString``, ``guid``), isn't here: `evaluate.Scope.runtime` has it while a deployment runs.
"""

import base64
import ipaddress
import json
import operator
import re
from collections.abc import Callable, Mapping
from functools import cmp_to_key
from typing import Any
from urllib.parse import quote, unquote, urljoin

from azureml_arm.template.paths import resource_id
from azureml_arm.unknown import UNKNOWN, is_unknown

LONGEST = 10_000
"""How many items `range` makes at most: ARM's own limit."""


class FunctionError(Exception):
    """A function can't be called like that."""


def concat(*given: Any) -> Any:
    """Return one text, or one array."""
    if given and all(isinstance(item, list) for item in given):
        return [one for item in given for one in item]
    return "".join(map(string, given))


def string(value: Any) -> str:
    """Return a value as a text, as `string` and `concat` write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping | list):
        return json.dumps(_whole(value), separators=(",", ":"))
    return "" if value is None else str(_whole(value))


def format_(pattern: str, *given: Any) -> str:
    """Apply .NET's composite format, without its alignments and number formats."""

    def place(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise FunctionError(f"'{pattern}' is no format without .NET's number formats")
        return string(given[int(match[1])])

    return re.sub(r"\{\{|\}\}|\{(\d{1,3})\}|\{|\}", place, pattern)


def empty(value: Any) -> bool:
    """Return whether there is nothing in it."""
    return value is None or len(value) == 0


def contains(container: Any, wanted: Any) -> bool:
    """Return whether a text, an array or an object (by key, in any letter case) has something."""
    if isinstance(container, str):
        return string(wanted) in container
    if isinstance(container, Mapping):
        return string(wanted).lower() in {key.lower() for key in container}
    return any(equals(item, wanted) for item in container)


def equals(one: Any, other: Any) -> bool:
    """Return whether two values are the same; a boolean is no number, and 2.0 is 2."""
    return _spell(one) == _spell(other)


def _spell(value: Any) -> str:
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    """Return the value with whole numbers as such: Pulumi's are all floating."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a comparison of numbers: the order of texts is a culture's."""

    def compare_numbers(one: Any, other: Any) -> bool:
        return compare(_number(one), _number(other))

    return compare_numbers


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FunctionError(f"'{string(value)}' is no number")
    return value


def number(value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, bool):
        raise FunctionError("a boolean is no number")
    return int(value)


def boolean(value: Any) -> bool:
    """Return a boolean: of a word, or of a number."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, int | bool):
        return bool(value)
    raise FunctionError(f"'{string(value)}' is no boolean")


def truth(value: Any) -> bool:
    """Return a value that must be a boolean."""
    if not isinstance(value, bool):
        raise FunctionError(f"'{string(value)}' is no boolean")
    return value


def item(value: Any, key: Any) -> Any:
    """Return a member of an object in any letter case, or an item of an array or of a text."""
    if isinstance(value, Mapping):
        wanted = string(key).lower()
        return next(found for name, found in value.items() if name.lower() == wanted)
    index = number(key)
    return value[index]


def union(*given: Any) -> Any:
    """Return arrays without repetition, or objects of which the later ones win."""
    if all(isinstance(one, Mapping) for one in given):
        merged: dict[str, Any] = {}
        for one in given:
            for key, value in one.items():
                below = merged.get(key)
                both = isinstance(below, Mapping) and isinstance(value, Mapping)
                merged[key] = union(below, value) if both else value
        return merged
    found: list[Any] = []
    for one in given:
        found.extend(value for value in one if not any(equals(value, had) for had in found))
    return found


def create_object(*given: Any) -> dict[str, Any]:
    """Return an object of keys and values in turn."""
    return {string(key): value for key, value in zip(given[::2], given[1::2], strict=True)}


def range_(start: Any, count: Any) -> list[int]:
    """Return whole numbers in a row."""
    if not 0 <= number(count) <= LONGEST:
        raise FunctionError(f"a range has 0 to {LONGEST} items")
    return list(range(number(start), number(start) + number(count)))


def divide(one: Any, other: Any) -> int:
    """Return the quotient without its fraction, towards zero."""
    return int(number(one) / number(other))


def remainder(one: Any, other: Any) -> int:
    """Return the remainder, of the dividend's sign."""
    return number(one) - divide(one, other) * number(other)


def substring(text: str, start: Any, length: Any = None) -> str:
    """Return a part of a text; one beyond its ends is a mistake."""
    end = len(text) if length is None else number(start) + number(length)
    if not 0 <= number(start) <= end <= len(text):
        raise FunctionError("the part that is asked for is not within the text")
    return text[number(start) : end]


def split(text: str, delimiters: Any) -> list[str]:
    """Return the parts between any of the delimiters."""
    given = delimiters if isinstance(delimiters, list) else [delimiters]
    if not all(given) or (len(given) > 1 and max(map(len, given)) > 1):
        raise FunctionError(
            "split takes one delimiter, or several of one character each"
        )  # which of several that begin alike wins isn't documented
    return re.split("|".join(re.escape(one) for one in given), text)


def replace(text: str, old: str, new: str) -> str:
    """Return every occurrence replaced; an empty one is a mistake."""
    if not old:
        raise FunctionError("there is nothing to replace")
    return text.replace(old, new)


def pad(text: Any, width: Any, character: str = " ") -> str:
    """Return a text with a character in front up to a width."""
    if number(width) > LONGEST:
        raise FunctionError(f"a text is padded to {LONGEST} characters at most")
    return string(text).rjust(number(width), character)


def coalesce(*given: Any) -> Any:
    """Return the first value that is one."""
    return next((value for value in given if value is not None), None)


def items(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return an object's members, by name."""
    return [{"key": key, "value": value[key]} for key in sorted(value)]


def flatten(value: list[list[Any]]) -> list[Any]:
    """Return one array of arrays' items."""
    return [one for inner in value for one in inner]


def tenant_resource_id(type_name: str, *names: str) -> str:
    """Return an id that is in no subscription."""
    return extension_resource_id("", type_name, *names)


def extension_resource_id(scope: str, type_name: str, *names: str) -> str:
    """Return the id of what extends a resource; a type is a provider's name and at least one kind."""
    if "/" not in type_name:
        raise FunctionError(f"a resource type such as Microsoft.Storage/storageAccounts is expected, not {type_name!r}")
    return resource_id(scope.rstrip("/"), type_name, names)


def skip(value: Any, count: Any) -> Any:
    """Return what is left after the first ones."""
    return value[max(0, number(count)) :]


def take(value: Any, count: Any) -> Any:
    """Return the first ones."""
    return value[: max(0, number(count))]


def unbase64(text: str) -> str:
    """Return the text behind base64."""
    return base64.b64decode(text, validate=True).decode()


def intersection(*given: Any) -> Any:
    """Return what all the arrays, or all the objects, have."""
    first, *rest = given
    if isinstance(first, Mapping):
        return {
            key: value for key, value in first.items() if all(key in one and equals(one[key], value) for one in rest)
        }
    return [value for value in first if all(any(equals(value, had) for had in one) for one in rest)]


def last_index(text: Any, part: str) -> int:
    """Return where a text occurs for the last time, in any letter case; -1 where it doesn't."""
    if not isinstance(text, str):
        raise FunctionError("lastIndexOf takes a text")
    return text.lower().rfind(part.lower())


def try_get(value: Any, *keys: Any) -> Any:
    """Return what is found by following the keys, or null."""
    for key in keys:
        try:
            value = item(value, key)
        except (LookupError, StopIteration, TypeError, FunctionError):
            return None
    return value


def shallow_merge(given: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return objects as one, the later ones first, without looking into their values."""
    return {key: value for one in given for key, value in one.items()}


def _addresses(network: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    if not isinstance(network, str):  # the library takes numbers, too
        raise FunctionError(f"{network!r} is no address range")
    return ipaddress.ip_network(network, strict=False)


def cidr_subnet(network: str, new_prefix: Any, index: Any) -> str:
    """Return one of the equal parts of an address range."""
    whole = _addresses(network)
    if not whole.prefixlen <= number(new_prefix) <= whole.max_prefixlen:
        raise FunctionError(f"{network} has no parts of /{new_prefix}")
    size = 2 ** (whole.max_prefixlen - number(new_prefix))
    if not 0 <= number(index) < whole.num_addresses // size:
        raise FunctionError(f"{network} has no part number {index}")
    return f"{whole.network_address + size * number(index)}/{number(new_prefix)}"


def cidr_host(network: str, index: Any) -> str:
    """Return an address in a range, the network's own not counted."""
    whole = _addresses(network)
    if not 0 <= number(index) < whole.num_addresses - 1:
        raise FunctionError(f"{network} has no host number {index}")
    return str(whole.network_address + number(index) + 1)


def data_uri(text: str) -> str:
    """Return a text as a ``data:`` URI."""
    return f"data:text/plain;charset=utf8;base64,{base64.b64encode(text.encode()).decode()}"


def undata_uri(uri: str) -> str:
    """Return the text behind a ``data:`` URI."""
    head, found, content = uri.partition(",")
    if not head.startswith("data:") or not found:
        raise FunctionError(f"'{uri}' is no data URI")
    return unbase64(content) if head.endswith(";base64") else unquote(content)


def join(given: Any, delimiter: str) -> str:
    """Return the items of a list as one text; a list that isn't known is a text that isn't."""
    if is_unknown(given):
        return UNKNOWN
    if not isinstance(given, list):
        raise TypeError("the first argument must be an array")
    return delimiter.join(map(string, given))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "true": lambda: True,
    "false": lambda: False,
    "null": lambda: None,
    "concat": concat,
    "format": format_,
    "string": string,
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "replace": replace,
    "split": split,
    "join": join,
    "substring": substring,
    "padleft": pad,
    "startswith": lambda text, start: text.lower().startswith(start.lower()),
    "endswith": lambda text, end: text.lower().endswith(end.lower()),
    "indexof": lambda text, part: text.lower().find(part.lower()) if isinstance(text, str) else UNKNOWN,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64tostring": unbase64,
    "json": json.loads,
    "int": number,
    "bool": boolean,
    "array": lambda value: value if isinstance(value, list) else [value],
    "createarray": lambda *given: list(given),
    "createobject": create_object,
    "coalesce": coalesce,
    "empty": empty,
    "length": len,
    "contains": contains,
    "first": lambda value: value[0] if value else ("" if isinstance(value, str) else None),
    "last": lambda value: value[-1] if value else ("" if isinstance(value, str) else None),
    "skip": skip,
    "take": take,
    "union": union,
    "range": range_,
    "items": items,
    "objectkeys": sorted,
    "flatten": flatten,
    "min": lambda *given: min(given[0] if isinstance(given[0], list) else given),
    "max": lambda *given: max(given[0] if isinstance(given[0], list) else given),
    "add": lambda one, other: number(one) + number(other),
    "sub": lambda one, other: number(one) - number(other),
    "mul": lambda one, other: number(one) * number(other),
    "div": divide,
    "mod": remainder,
    "equals": equals,
    "less": comparison(operator.lt),
    "lessorequals": comparison(operator.le),
    "greater": comparison(operator.gt),
    "greaterorequals": comparison(operator.ge),
    "not": lambda value: not truth(value),
    "tenantresourceid": tenant_resource_id,
    "extensionresourceid": extension_resource_id,
    "intersection": intersection,
    "lastindexof": last_index,
    "tryget": try_get,
    "shallowmerge": shallow_merge,
    "uri": urljoin,
    "uricomponent": lambda text: quote(text, safe="-_.!~*'()"),
    "uricomponenttostring": unquote,
    "datauri": data_uri,
    "datauritostring": undata_uri,
    "base64tojson": lambda text: json.loads(unbase64(text)),
    "cidrsubnet": cidr_subnet,
    "cidrhost": cidr_host,
}


def map_items(given: list[Any], change: Callable[..., Any]) -> list[Any]:
    """Return each item as a lambda has it."""
    return [change(one, index) for index, one in enumerate(_array(given))]


def filter_items(given: list[Any], wanted: Callable[..., Any]) -> list[Any]:
    """Return the items that a lambda wants."""
    return [one for index, one in enumerate(_array(given)) if truth(wanted(one, index))]


def reduce_items(given: list[Any], start: Any, join: Callable[..., Any]) -> Any:
    """Return one value of all items."""
    for index, one in enumerate(_array(given)):
        start = join(start, one, index)
    return start


def sort(given: list[Any], before: Callable[..., Any]) -> list[Any]:
    """Return the items in a lambda's order."""
    return sorted(_array(given), key=cmp_to_key(lambda one, other: -1 if truth(before(one, other)) else 1))


def to_object(given: list[Any], key: Callable[..., Any], value: Callable[..., Any] | None = None) -> dict[str, Any]:
    """Return an object of an array's items."""
    return {string(key(one)): value(one) if value else one for one in _array(given)}


def group_items(given: list[Any], key: Callable[..., Any]) -> dict[str, list[Any]]:
    """Return an array's items by their keys."""
    found: dict[str, list[Any]] = {}
    for one in _array(given):
        found.setdefault(string(key(one)), []).append(one)
    return found


def map_values(given: Mapping[str, Any], change: Callable[..., Any]) -> dict[str, Any]:
    """Return an object with each value as a lambda has it."""
    return {key: change(value) for key, value in given.items()}


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise FunctionError("an array is expected")
    return value


LAMBDAS: Mapping[str, tuple[Callable[..., Any], int]] = {
    "map": (map_items, 1),
    "filter": (filter_items, 1),
    "reduce": (reduce_items, 2),
    "sort": (sort, 1),
    "toobject": (to_object, 1),
    "groupby": (group_items, 1),
    "mapvalues": (map_values, 1),
}
"""Functions that take lambdas, and at which argument those begin."""
