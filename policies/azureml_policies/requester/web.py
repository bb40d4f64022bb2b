"""Requests to a CI system: JSON, with a time limit, retries, and no redirects (one would carry the token elsewhere)."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from azureml_policies.requester.settings import safe_url

TIMEOUT = 10.0
"""Seconds for one attempt."""
PAUSES = (0.5, 2.0)
"""Seconds before each further attempt."""
_TOO_MANY, _SERVER_ERROR = 429, 500
_LIMIT = 4 * 1024 * 1024


class WebError(Exception):
    """No answer that can be used. `status` is 0 where there was none at all."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    @property
    def passing(self) -> bool:
        """Return whether it may be different the next time."""
        return self.status in (0, _TOO_MANY) or self.status >= _SERVER_ERROR


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leave the redirect as the answer: an error."""


def fetch(url: str, headers: Mapping[str, str], method: str = "GET") -> dict[str, Any]:
    """Return the JSON object at an address; WebError says what went wrong with the last attempt."""
    for pause in PAUSES:
        try:
            return _attempt(url, headers, method)
        except WebError as error:
            if not error.passing:
                raise
            time.sleep(pause)
    return _attempt(url, headers, method)


def _attempt(url: str, headers: Mapping[str, str], method: str) -> dict[str, Any]:
    try:
        request = urllib.request.Request(  # noqa: S310 - safe_url lets no other scheme through
            safe_url(url), b"" if method == "POST" else None, {"Accept": "application/json", **headers}, method=method
        )
        with urllib.request.build_opener(_NoRedirects()).open(request, timeout=TIMEOUT) as answer:
            content = answer.read(_LIMIT)
    except urllib.error.HTTPError as error:
        error.close()
        raise WebError(error.code, f"HTTP {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise WebError(0, str(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise WebError(0, str(error) or type(error).__name__) from None
    except ValueError as error:
        raise WebError(-1, str(error)) from None
    return _object(content)


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise WebError(-1, "the answer is not a JSON object")
    return value
