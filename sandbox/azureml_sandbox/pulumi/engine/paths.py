"""Property paths in Pulumi's notation: ``a.b[0]["c.d"]``, with ``*`` for any key or index."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from azureml_sandbox.pulumi.engine.values import inner

Path = tuple[str | int, ...]

ANY = "*"
_MISSING = object()
_TOKEN = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]')
_PLAIN_KEY = re.compile(r"^[A-Za-z_$][\w$-]*$")


def parse(text: str) -> Path:
    """Read a path; ValueError for text that is none."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is not a property path")
        steps.append(_step(*match.groups()))
        at = match.end()
    return tuple(steps)


def _step(key: str | None, index: str | None, quoted: str | None) -> str | int:
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted)
    return int(index) if index else key or ANY


def text(path: Path) -> str:
    """Write a path."""
    return "".join(_render_step(step) for step in path).removeprefix(".")


def _render_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN_KEY.match(step):
        return f".{step}"
    return '["' + re.sub(r'(["\\])', r"\\\1", step) + '"]'


def get(value: Any, path: Path) -> Any:
    """Return what is at a path (looking into secrets), or None."""
    found = _find(value, path)
    return None if found is _MISSING else found


def _find(value: Any, path: Path) -> Any:
    for step in path:
        value = _member(inner(value), step)
        if value is _MISSING:
            return _MISSING
    return value


def _member(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step, _MISSING)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return _MISSING


def matches(pattern: Path, path: Path) -> bool:
    """Return whether a change at `path` touches what `pattern` names: one is the beginning of the other."""
    return all(one in (ANY, other) for one, other in zip(pattern, path, strict=False))


def concrete(pattern: Path, *values: Any) -> Iterator[Path]:
    """Yield the paths that a pattern with ``*`` stands for in any of the values."""
    at = next((index for index, step in enumerate(pattern) if step == ANY), None)
    if at is None:
        yield pattern
        return
    keys: dict[str | int, None] = {}
    for value in values:
        keys.update(dict.fromkeys(_keys(inner(get(value, pattern[:at])))))
    for key in keys:
        yield from concrete((*pattern[:at], key, *pattern[at + 1 :]), *values)


def _keys(value: Any) -> Sequence[str | int]:
    if isinstance(value, dict):
        return list(value)
    return range(len(value)) if isinstance(value, list) else ()


def reset(old: Any, new: Any, path: Path) -> bool:
    """Make `new` (changed in place) hold at `path` what `old` has there; False where `new` has no such place."""
    before = _find(old, path)
    holder = inner(_find(new, path[:-1]))
    step = path[-1]
    if isinstance(holder, dict):
        return _reset_key(holder, step, before)
    if isinstance(holder, list) and isinstance(step, int) and before is not _MISSING and step < len(holder):
        holder[step] = before
        return True
    return before is _MISSING


def _reset_key(holder: dict[Any, Any], step: str | int, before: Any) -> bool:
    if before is _MISSING:
        holder.pop(step, None)
    else:
        holder[step] = before
    return True
