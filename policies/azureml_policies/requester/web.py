"""Requests to a CI system: JSON objects, and pages of them, from addresses that can be believed."""

from collections.abc import Mapping
from typing import Any

from azureml_arm import web
from azureml_arm.web import WebError
from azureml_policies.requester.settings import safe_url

PAUSES = (0.5, 2.0)
"""Seconds before each further attempt."""


PAGE, MOST_PAGES = 100, 20


def fetch(url: str, headers: Mapping[str, str], method: str = "GET") -> dict[str, Any]:
    """Return the JSON object at an address; WebError says what went wrong with the last attempt."""
    found = _fetch(url, headers, method)
    if not isinstance(found, dict):
        raise WebError(-1, "the answer is not a JSON object")
    return found


def fetch_pages(url: str, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return all objects of a list in pages, as GitHub and GitLab count them; WebError where it has no end."""
    everything: list[dict[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        found = _fetch(f"{url}?per_page={PAGE}&page={page}", headers, "GET")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise WebError(-1, "the answer is not a list of JSON objects")
        everything += found
        if len(found) < PAGE:
            return everything
    raise WebError(-1, f"there are more than {PAGE * MOST_PAGES}")


def _fetch(url: str, headers: Mapping[str, str], method: str) -> Any:
    try:
        address = safe_url(url)
    except ValueError as error:
        raise WebError(-1, str(error)) from None
    content = b"" if method == "POST" else None
    return web.fetch(
        address, {"Accept": "application/json", **headers}, method, content, web.RequestLimits(pauses=PAUSES)
    )


__all__ = ["MOST_PAGES", "PAGE", "PAUSES", "WebError", "fetch", "fetch_pages"]
