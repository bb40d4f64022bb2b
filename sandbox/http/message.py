"""Requests and responses, as plain values."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Request:
    """A request: the whole URL, headers in any case, the body in bytes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def _parts(self) -> Any:
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """The host in lower case, without port."""
        return (self._parts.hostname or "").lower()

    @cached_property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self._parts.path)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; names in lower case, as Azure compares them."""
        return {name.lower(): value for name, value in parse_qsl(self._parts.query, keep_blank_values=True)}

    @cached_property
    def _lowered(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def header(self, name: str, default: str = "") -> str:
        """A header by its name in any case."""
        return self._lowered.get(name.lower(), default)

    def headers_with(self, prefix: str) -> dict[str, str]:
        """The headers whose names start with a lower-case prefix, without it; the rest keeps its case."""
        size = len(prefix)
        return {name[size:]: value for name, value in self.headers.items() if name[:size].lower() == prefix}

    @cached_property
    def claims(self) -> dict[str, Any] | None:
        """What the bearer token says; None without one that can be read."""
        scheme, _, token = self.header("authorization").partition(" ")
        parts = token.split(".")
        if scheme.lower() != "bearer" or len(parts) != 3:  # noqa: PLR2004 - a JWT
            return None
        try:
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except ValueError:
            return None
        return claims if isinstance(claims, dict) else None


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, status: int, value: Any) -> Response:
        """A response with a JSON body."""
        return cls(status, JSON, json.dumps(value).encode())
