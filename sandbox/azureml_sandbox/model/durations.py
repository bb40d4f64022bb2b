"""Spans of time as Azure writes them (ISO 8601, ``PT1H30M``) and as people do (``1h30m``)."""

from __future__ import annotations

import re

_NUMBER = r"(?:(\d+(?:\.\d+)?){unit})?"
_ISO = re.compile(
    "P" + "".join(_NUMBER.format(unit=unit) for unit in "WD") + "(?:T" + "".join(_NUMBER.format(unit=u) for u in "HMS")
    + ")?",
    re.IGNORECASE,
)  # fmt: skip
_WORDS = re.compile("".join(_NUMBER.format(unit=unit) for unit in "wdhms"), re.IGNORECASE)
_SECONDS = (604_800, 86_400, 3_600, 60, 1)
LONGEST = 100 * 366 * 86_400
"""A hundred years: what is longer is a mistake."""


def seconds(text: str) -> float | None:
    """Return how many seconds a span has, in either way of writing; None for what is no span."""
    stripped = text.strip()
    match = _ISO.fullmatch(stripped) or _WORDS.fullmatch(stripped)
    if match is None or not any(match.groups()):
        return None
    found = sum(float(number or 0) * size for number, size in zip(match.groups(), _SECONDS, strict=True))
    return found if found <= LONGEST else None


def iso(text: object) -> float | None:
    """Return how many seconds a span of ISO 8601 has, the only way of writing that Azure takes; None for any other."""
    return seconds(text) if isinstance(text, str) and _ISO.fullmatch(text) else None


def words(span: float) -> str:
    """Return a span for people: ``2h 5m``; what is under a second counts as nothing."""
    parts, left = [], int(span)
    for size, unit in zip(_SECONDS[1:], "dhms", strict=True):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
