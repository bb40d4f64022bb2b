"""A CI system on this machine: it publishes keys, hands out ID tokens signed with them, and answers API requests."""

import functools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from kit.http_host import listening, respond

KID = "published"
DANA, CARL, OLGA = (f"9f2d6c1e-0000-4000-8000-0000000000{end}" for end in ("da", "ca", "01"))


@functools.cache
def key(name: str) -> RSAPrivateKey:
    """Return a key pair, one of each name in a run."""
    assert name
    return generate_private_key(65537, 2048)


def sign(claims: dict[str, Any], by: str = KID, kid: str = KID) -> str:
    """Return a token as a CI system signs it."""
    return jwt.encode(claims, key(by), algorithm="RS256", headers={"kid": kid})


def with_times(claims: dict[str, Any], ago: int = 0) -> dict[str, Any]:
    """Return claims with the times of a token that was issued some seconds ago and is valid for five minutes."""
    now = int(time.time()) - ago
    return {"iat": now, "nbf": now - 5, "exp": now + 300, "jti": "one", "sub": "any", **claims}


class Refusal(NamedTuple):
    """What is another in a token or a run, and what is said of that."""

    changed: dict[str, Any]
    message: str


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Host:
    """What is answered at which path, and what was asked."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    """The JSON at a path; a number is a status; a list is one answer after another."""
    asked: list[Asked] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths asked for."""
        return [one.path for one in self.asked]

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        """Return the status and content for a path."""
        self.asked.append(asked)
        found = self.answers.get(asked.path, 404)
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, int):
            return found, b'{"message": "no"}'
        return 200, found if isinstance(found, bytes) else json.dumps(found).encode()


def keys(*names: str) -> dict[str, Any]:
    """Return a key set (JWKS)."""
    chosen = names or (KID,)
    return {
        "keys": [
            {**RSAAlgorithm.to_jwk(key(name).public_key(), as_dict=True), "kid": name, "use": "sig"} for name in chosen
        ]
    }


@contextmanager
def serving() -> Iterator[Host]:
    """Yield a host that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(self.command, parts.path, parse_qs(parts.query), dict(self.headers.items()))
            status, content = host.answer(asked)
            respond(self, content, status, {"Location": f"{host.url}/elsewhere"} if status in (301, 302) else {})

        do_POST = do_GET  # noqa: N815 - http.server's name

    with listening(Handler) as url:
        host = Host(url)
        yield host
