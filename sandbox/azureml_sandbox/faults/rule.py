"""One rule of the fault switch, and how it is written: ``throttle;type=*/computes;times=2;retry-after=3``."""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from azureml_arm import ids
from azureml_sandbox.model.errors import ArmError

HEADER = "x-sandbox-fault"
THROTTLE, ERROR, UNAVAILABLE, DROP = "throttle", "error", "unavailable", "drop"
HANG, FAIL, CANCEL, QUOTA = "hang", "fail", "cancel", "quota"
LAG, STALE, IN_THE_WAY = "rbac-lag", "stale", "soft-deleted"
FAULTS: Mapping[str, str] = {
    THROTTLE: "429 with Retry-After",
    ERROR: "500",
    UNAVAILABLE: "503 with Retry-After",
    DROP: "the connection is dropped without an answer",
    HANG: "polls of the operation say InProgress",
    FAIL: "the operation ends as Failed",
    CANCEL: "the operation ends as Canceled",
    QUOTA: "a write is refused as exceeding a quota",
    LAG: "a new role assignment isn't heeded for some seconds",
    STALE: "reads answer for some seconds as they did before a write",
    IN_THE_WAY: "a new resource meets a soft-deleted one of its name",
}
"""What a rule can do -> in words."""
_ALIASES = {"429": THROTTLE, "500": ERROR, "503": UNAVAILABLE}


class FaultRuleError(ValueError):
    """A rule that can't be read."""


class DroppedConnectionError(ConnectionError):
    """The caller gets no answer: whoever serves closes the connection."""


class FaultError(ArmError):
    """A refusal that somebody asked for, with headers of its own."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(status, code, message)
        self.headers = headers


@dataclass(frozen=True)
class Subject:
    """What a rule is held against: a request's method, path and ARM type, and the rule in its header."""

    method: str
    path: str
    type: str = ""
    header: str = ""

    @classmethod
    def of(cls, method: str, path: str, header: str = "") -> Subject:
        """Return a request to ARM: the type is that of the resource, of the list, or of what an action is done to."""
        path = path.rstrip("/")
        above = path.rpartition("/")[0]
        found = next((one for one in (path, above if method == "POST" else f"{path}/x") if ids.is_id(one)), None)
        return cls(method, path, ids.parse(found).type if found else "", header)


@dataclass(frozen=True)
class FaultRule:
    """Which requests, what becomes of them, and how often that was so."""

    fault: str
    method: str = "*"
    path: str = "*"
    type: str = "*"
    times: int | None = None
    """How often it strikes; None: as long as it is there."""
    probability: float = 1.0
    seed: int = 0
    seconds: float = 5.0
    """Retry-After, or how long a lag or a stale read lasts."""
    id: int = 0
    seen: int = 0
    hits: int = 0

    def matches(self, subject: Subject) -> bool:
        """Return whether a request is one of those that the rule is about."""
        pairs = ((self.method, subject.method), (self.path, subject.path), (self.type, subject.type))
        return all(fnmatchcase(text.lower(), pattern.lower()) for pattern, text in pairs)

    def next(self) -> tuple[FaultRule, bool]:
        """Return the rule after one more request that it is about, and whether it strikes: the seed decides, not
        chance.
        """
        drawn = hashlib.sha256(f"{self.seed}/{self.fault}/{self.seen}".encode()).digest()
        lucky = int.from_bytes(drawn[:8], "big") / 2**64 >= self.probability
        strikes = not lucky and (self.times is None or self.hits < self.times)
        return replace(self, seen=self.seen + 1, hits=self.hits + strikes), strikes

    def __str__(self) -> str:
        """Return the rule as it is written."""
        given = {name: getattr(self, name) for name in _WORDS.values()}
        kept = {name: value for name, value in given.items() if value != getattr(_PLAIN, name)}
        return ";".join([self.fault, *(f"{name}={value}" for name, value in kept.items())])


_PLAIN = FaultRule("")
_WORDS = {
    "method": "method",
    "path": "path",
    "type": "type",
    "times": "times",
    "probability": "probability",
    "seed": "seed",
    "seconds": "seconds",
    "retry-after": "seconds",
}
"""How a rule's parts are called -> the field."""


def parse(text: str) -> FaultRule:
    """Read a rule; FaultRuleError says what is wrong with it."""
    fault, *parts = (part.strip() for part in text.split(";"))
    name = _ALIASES.get(fault.lower(), fault.lower())
    if name not in FAULTS:
        raise FaultRuleError(f"there is no fault '{fault}'{_nearest(name, FAULTS)}: expected {', '.join(FAULTS)}")
    given: dict[str, Any] = {}
    for part in filter(None, parts):
        word, equals, value = part.partition("=")
        field = _WORDS.get(word.strip().lower())
        if field is None or not equals:
            raise FaultRuleError(f"'{part}' says nothing{_nearest(word, _WORDS)}: expected {', '.join(_WORDS)}=VALUE")
        given[field] = _value(field, word, value.strip())
    return FaultRule(name, **given)


def _value(field: str, word: str, text: str) -> Any:
    read, holds, expected = _READERS.get(field, (str, bool, "a pattern"))
    try:
        value = read(text)
    except ValueError:
        value = None
    if value is None or not holds(value):
        raise FaultRuleError(f"{word}={text}: expected {expected}")
    return value


_READERS: Mapping[str, tuple[Callable[[str], Any], Callable[[Any], bool], str]] = {
    "times": (int, lambda value: value > 0, "a whole number from 1"),
    "seed": (int, lambda _: True, "a whole number"),
    "probability": (float, lambda value: 0 <= value <= 1, "a number from 0 to 1"),
    "seconds": (float, lambda value: math.isfinite(value) and value >= 0, "a number of seconds"),
}


def _nearest(word: str, known: Mapping[str, Any]) -> str:
    found = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean '{found[0]}'?)" if found else ""
