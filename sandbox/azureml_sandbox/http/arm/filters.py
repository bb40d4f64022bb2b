"""``$filter`` of ARM's lists: comparisons of a few fields with texts, joined by ``and`` and ``or``.

https://learn.microsoft.com/rest/api/resources/resources/list#uri-parameters
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from azureml_arm import ids
from azureml_arm.regions import canonical_region
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request

_COMPARISON = re.compile(r"\s*(\w+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_SUBSTRING = re.compile(r"\s*substringof\(\s*'((?:[^']|'')*)'\s*,\s*(\w+)\s*\)\s*", re.IGNORECASE)
_AND, _OR = re.compile(r"\s+and\s+", re.IGNORECASE), re.compile(r"\s+or\s+", re.IGNORECASE)
_TAG_PAIR = re.compile(r"\s*tagname\s+eq\s+'((?:[^']|'')*)'\s+and\s+tagvalue\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
FIELDS: Mapping[str, Callable[[Body], Any]] = {
    "resourcetype": lambda resource: resource.get("type"),
    "name": lambda resource: resource.get("name"),
    "location": lambda resource: canonical_region(str(resource.get("location", ""))),
    "resourcegroup": lambda resource: ids.parse(resource["id"]).resource_group,
    "tagname": lambda resource: list(resource.get("tags") or {}),
}
"""What can be compared -> its value, or its values, any of which will do."""


def apply_filter(found: list[Body], text: str) -> list[Body]:
    """Return the resources that a ``$filter`` lets through."""
    if not text.strip():
        return found
    pair = _TAG_PAIR.fullmatch(text)
    if pair is not None:
        name, value = _unquote(pair[1]).lower(), _unquote(pair[2])
        return [one for one in found if (name, value) in _tags(one)]
    choices = [[_read(part, text) for part in _AND.split(choice)] for choice in _OR.split(text)]
    return [one for one in found if any(all(test(one) for test in choice) for choice in choices)]


def _read(part: str, whole: str) -> Callable[[Body], bool]:
    comparison = _COMPARISON.fullmatch(part)
    if comparison is not None and comparison[1].lower() in FIELDS:
        field, wanted = FIELDS[comparison[1].lower()], _unquote(comparison[3]).lower()
        plain = canonical_region(wanted) if comparison[1].lower() == "location" else wanted
        equal = comparison[2].lower() == "eq"
        return lambda resource: (plain in _values(field(resource))) == equal
    substring = _SUBSTRING.fullmatch(part)
    if substring is not None and substring[2].lower() in FIELDS:
        field, inside = FIELDS[substring[2].lower()], _unquote(substring[1]).lower()
        return lambda resource: any(inside in value for value in _values(field(resource)))
    raise bad_request(
        f"The filter '{whole}' is not supported: the sandbox compares {', '.join(FIELDS)} with texts by eq, ne and "
        "substringof, joined by and, or; and takes tagName eq 'a' and tagValue eq 'b'.",
        "InvalidFilterInQueryString",
    )


def _values(value: Any) -> list[str]:
    return [str(one).lower() for one in (value if isinstance(value, list) else [value])]


def _tags(resource: Body) -> set[tuple[str, str]]:
    return {(name.lower(), str(value)) for name, value in (resource.get("tags") or {}).items()}


def _unquote(text: str) -> str:
    return text.replace("''", "'")
