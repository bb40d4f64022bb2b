"""Requests and responses, as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from azureml_sandbox.http import tokens
from azureml_sandbox.model.errors import ArmError, bad_request

_READ = frozenset({"_parts", "_lower_headers", "host", "authority", "path", "query"})
"""What of a request is read once, and doesn't depend on its token."""
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Request:
    """A request: the whole URL, headers in any case, the body in bytes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    verified: Mapping[str, Any] | None = None
    """What the token says, where somebody has checked its signature."""

    def with_claims(self, claims: Mapping[str, Any]) -> Request:
        """Return the same request, with what its token says; what has been read of it isn't read again."""
        made = replace(self, verified=claims)
        made.__dict__.update({name: value for name, value in self.__dict__.items() if name in _READ})
        return made

    @cached_property
    def _parts(self) -> Any:
        return urlsplit(self.url)

    @cached_property
    def host(self) -> str:
        """Return the host in lower case, without port."""
        return (self._parts.hostname or "").lower()

    @cached_property
    def authority(self) -> str:
        """Return the host in lower case, with the port that was written."""
        return str(self._parts.netloc.rpartition("@")[2]).lower()

    @cached_property
    def path(self) -> str:
        """Return the path, decoded."""
        return unquote(self._parts.path)

    @property
    def base(self) -> str:
        """Return the scheme, host and port, which links in an answer begin with."""
        return f"{self._parts.scheme}://{self._parts.netloc}"

    @property
    def encoded_path(self) -> str:
        """Return the path as it was sent."""
        return str(self._parts.path)

    @property
    def raw_query(self) -> str:
        """Return the query as it was sent."""
        return str(self._parts.query)

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query's parameters, decoded; names in lower case, as Azure compares them."""
        return {name.lower(): value for name, value in parse_qsl(self._parts.query, keep_blank_values=True)}

    @cached_property
    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def header(self, name: str) -> str:
        """Return a header by its name in any case."""
        return self._lower_headers.get(name.lower(), "")

    def headers_with(self, prefix: str) -> dict[str, str]:
        """Return the headers whose names start with a lower-case prefix, without it; the rest keeps its case."""
        size = len(prefix)
        return {name[size:]: value for name, value in self.headers.items() if name[:size].lower() == prefix}

    @cached_property
    def claims(self) -> dict[str, Any] | None:
        """Return the bearer token's claims; None without a readable token."""
        if self.verified is not None:
            return dict(self.verified)
        scheme, _, token = self.header("authorization").partition(" ")
        return tokens.read(token) if scheme.lower() == "bearer" else None

    def json_object(self, code: str = "BadRequest") -> dict[str, Any]:
        """Return the JSON object that was sent, an empty one for no body; ArmError with a code for anything else."""
        try:
            body = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise bad_request("The request's body is not valid JSON.", code) from None
        if not isinstance(body, dict):
            raise bad_request("The request's body must be a JSON object.", code)
        return body


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        """Return a response with a JSON body."""
        return cls(status, {**JSON, **(headers or {})}, json.dumps(value).encode())

    @classmethod
    def refusal(cls, error: ArmError, headers: Mapping[str, str] | None = None) -> Response:
        """Return an error as ARM sends it."""
        return cls.json(error.status, error.body, headers)
