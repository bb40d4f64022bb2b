"""Requests to a CI system: JSON objects, from addresses that can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_arm import web
from azureml_arm.web import WebError
from azureml_policies.requester.settings import safe_url

PAUSES = (0.5, 2.0)
"""Seconds before each further attempt."""


def fetch(url: str, headers: Mapping[str, str], method: str = "GET") -> dict[str, Any]:
    """Return the JSON object at an address; WebError says what went wrong with the last attempt."""
    try:
        address = safe_url(url)
    except ValueError as error:
        raise WebError(-1, str(error)) from None
    content = b"" if method == "POST" else None
    found = web.fetch(address, {"Accept": "application/json", **headers}, method, content, web.Limits(pauses=PAUSES))
    if not isinstance(found, dict):
        raise WebError(-1, "the answer is not a JSON object")
    return found


__all__ = ["PAUSES", "WebError", "fetch"]
