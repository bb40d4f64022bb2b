"""The last requests of a server, for people to look at: kept in memory, without anything that grants access."""

import itertools
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from azureml_sandbox.http import tokens
from azureml_sandbox.http.message import Request
from azureml_sandbox.page import hidden, names

KEPT = 300
"""How many requests are kept."""
PREFIX = "/_page"
"""Where the page's own files and parts are, whose requests aren't kept."""
_LONGEST = 2000
_REFUSED = frozenset({401})
_REMEMBERED = 512
_HARMLESS = re.compile(r"api-version=[\w.-]{1,40}", re.ASCII)
"""All that most requests ask."""


def is_ours(path: str) -> bool:
    """Return whether a path on the server's own address is the page's."""
    return path in ("/", PREFIX) or path.startswith(f"{PREFIX}/")


@dataclass(frozen=True)
class RecentRequest:
    """One request. `at` is when it came, in seconds since 1970; `status` None is one that got no answer."""

    number: int
    at: float
    method: str
    host: str
    path: str
    query: str
    status: int | None
    seconds: float
    who: str

    @property
    def target(self) -> str:
        """Return the path and the query, without secrets."""
        return f"{self.path}?{self.query}" if self.query else self.path


class Recent:
    """A ring of the last requests."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[RecentRequest] = deque(maxlen=kept)
        self._count = itertools.count(1)

    def __iter__(self) -> Iterator[RecentRequest]:
        """Yield the newest first."""
        return reversed(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, request: Request, status: int | None, seconds: float) -> None:
        """Keep a request and how it was answered; requests for the page itself aren't kept."""
        path = request.path
        if is_ours(path):
            return
        shown = hidden.text(path[:_LONGEST]), _query(request.raw_query[:_LONGEST])
        who = _who(request, is_known=status not in _REFUSED)
        method, host = request.method[:20], request.host[:200]
        entry = RecentRequest(next(self._count), time.time() - seconds, method, host, *shown, status, seconds, who)
        self._entries.append(entry)


def _who(request: Request, *, is_known: bool) -> str:
    """Return who asked, as far as that is known; a token that was refused says nothing."""
    scheme, _, credential = request.header("authorization").partition(" ")
    if scheme.lower() == "bearer":
        oid = _subject(credential.strip()) if is_known else ""
        return names.known_name(oid) or oid[:64] or "an unknown token"
    if scheme.lower().startswith("shared"):
        return "an account key"
    return "a signature" if "sig" in request.query else ""


def _query(raw: str) -> str:
    return raw if _HARMLESS.fullmatch(raw) else hidden.query(raw)


@lru_cache(_REMEMBERED)
def _subject(token: str) -> str:
    """Return the object id that a token names."""
    return str((tokens.read(token) or {}).get("oid") or "")
