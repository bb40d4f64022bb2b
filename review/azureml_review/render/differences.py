"""How a value's change is shown: by what differs, where a whole value is too long for a line."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from azureml_arm import ids
from azureml_review.render import phrases

Mark = Callable[[str], str]
_MOST = 10
"""Items of a list that are shown."""
_CONTEXT = 20
"""Characters that two long texts have in common and that are shown before what differs."""


def difference(old: Any, new: Any, mark: Mark = str, arrow: str = " → ") -> str:
    """Return ``OLD → NEW``, and of two lists what is added and removed; `mark` sets off each value."""
    lists = isinstance(old, list | tuple) and isinstance(new, list | tuple)
    return (_of_lists(old, new, mark) if lists else "") or _of_values(old, new, mark, arrow)


def single(value: Any) -> str:
    """Return a value that has nothing to be compared with: an ARM id by its type and name."""
    return _short(value) if _is_id(value) else phrases.value(value)


def _of_lists(old: Sequence[Any], new: Sequence[Any], mark: Mark) -> str:
    """Return what lists don't share; empty where they share nothing, or everything but the order."""
    before, after = (Counter(map(_key, items)) for items in (old, new))
    if not before & after or before == after:
        return ""
    named = {_key(item): item for item in [*old, *new]}
    shown = [f"+ {single(named[key])}" for key in (after - before).elements()]
    shown += [f"- {single(named[key])}" for key in (before - after).elements()]
    rest = [f"and {len(shown) - _MOST} more"] if len(shown) > _MOST else []
    return ", ".join([*map(mark, shown[:_MOST]), *rest])


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)


def _of_values(old: Any, new: Any, mark: Mark, arrow: str) -> str:
    if _is_id(old) and _is_id(new):
        forms = zip(_forms(old), _forms(new), strict=True)
        one, other = next((pair for pair in forms if pair[0] != pair[1]), (old, new))
    else:
        one, other = _apart(old, new)
    return f"{mark(one)}{arrow}{mark(other)}"


def _apart(old: Any, new: Any) -> tuple[str, str]:
    """Return two values on a line each, from shortly before where they begin to differ if that is far behind."""
    one, other = single(old), single(new)
    if one != other:
        return one, other
    whole = [phrases.line(old), phrases.line(new)]
    same = next((at for at, (a, b) in enumerate(zip(*whole, strict=False)) if a != b), min(map(len, whole)))
    start = max(0, same - _CONTEXT)
    first, second = (phrases.cut(f"…{text[start:]}" if start else text) for text in whole)
    return first, second


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and ids.is_id(value)


def _forms(resource_id: str) -> Iterator[str]:
    """Yield an id from its shortest form to the whole: type and name, with its group, with its subscription."""
    parsed = ids.parse(resource_id)
    yield _short(resource_id)
    yield f"{parsed.resource_group or ''}/{_short(resource_id)}"
    yield f"{parsed.subscription or ''}/{parsed.resource_group or ''}/{_short(resource_id)}"
    yield resource_id


def _short(resource_id: str) -> str:
    """Return ``virtualNetworks/NAME/subnets/NAME``."""
    parsed = ids.parse(resource_id)
    kinds = parsed.type.split("/")[1:]
    return "/".join(part for pair in zip(kinds, parsed.names, strict=False) for part in pair) or resource_id
