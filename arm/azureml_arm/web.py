"""JSON over HTTP: a time limit, a bound on the answer's size, retries, and redirects only where they are wanted.

An error names no header and no address, as both can hold secrets.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MEBIBYTE = 1024 * 1024
_TOO_MANY, _SERVER_ERROR = 429, 500
_LONGEST_PAUSE = 60.0
_UNUSABLE = -1


@dataclass(frozen=True)
class RequestLimits:
    """What one request may take."""

    timeout: float = 10.0
    """Seconds for one attempt."""
    pauses: tuple[float, ...] = ()
    """Seconds before each further attempt; a server's `Retry-After` is followed instead, up to a minute."""
    most_bytes: int = 4 * MEBIBYTE
    """Of an answer."""
    redirects: bool = False
    """Whether redirects are followed: they would carry the headers, and a token among them, elsewhere."""


class WebError(Exception):
    """No answer that can be used.

    `status` is the answer's, 0 where there was none, and negative where asking again is no use; `content` is what a
    refusal had to say.
    """

    def __init__(self, status: int, reason: str, content: bytes = b"", wait: float | None = None) -> None:
        super().__init__(f"HTTP {status} {reason}" if status > 0 else reason)
        self.status, self.reason, self.content, self.wait = status, reason, content, wait

    @property
    def passing(self) -> bool:
        """Return whether it may be different the next time."""
        return self.status in (0, _TOO_MANY) or self.status >= _SERVER_ERROR


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leave the redirect as the answer: an error."""


def fetch(
    url: str,
    headers: Mapping[str, str],
    method: str = "GET",
    content: bytes | None = None,
    limits: RequestLimits | None = None,
) -> Any:
    """Return the JSON at an address, None where it is none; WebError says what went wrong with the last attempt."""
    limits = limits or RequestLimits()
    for pause in limits.pauses:
        try:
            return _attempt(url, headers, method, content, limits)
        except WebError as error:
            if not error.passing:
                raise
            time.sleep(min(pause if error.wait is None else error.wait, _LONGEST_PAUSE))
    return _attempt(url, headers, method, content, limits)


def _attempt(url: str, headers: Mapping[str, str], method: str, content: bytes | None, limits: RequestLimits) -> Any:
    if not url.lower().startswith(("https://", "http://")):
        raise WebError(_UNUSABLE, "the address is not one of the web")
    opener = urllib.request.build_opener(*() if limits.redirects else (_NoRedirects,))
    try:
        request = urllib.request.Request(url, content, dict(headers), method=method)  # noqa: S310 - looked at above
        with opener.open(request, timeout=limits.timeout) as answer:
            found = answer.read(limits.most_bytes + 1)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, limits) from None
    except (ValueError, http.client.InvalidURL):
        raise WebError(_UNUSABLE, "the address or a header has a character that HTTP doesn't allow") from None
    except (OSError, http.client.HTTPException) as error:
        raise WebError(0, _reason(error)) from None
    if len(found) > limits.most_bytes:
        raise WebError(_UNUSABLE, f"the answer is longer than {limits.most_bytes} bytes")
    with suppress(ValueError, RecursionError):
        return json.loads(found)
    return None


def _refusal(error: urllib.error.HTTPError, limits: RequestLimits) -> WebError:
    content, wait = b"", error.headers.get("Retry-After", "")
    with suppress(OSError, http.client.HTTPException):
        content = error.read(limits.most_bytes)
    return WebError(error.code, error.reason, content, float(wait) if wait.isdecimal() else None)


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__
