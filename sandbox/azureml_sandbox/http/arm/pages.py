"""Lists in pages: ``$top``, ``$skip``, ``$orderBy``, and the link to the next page."""

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request

SKIP_TOKEN = "$skiptoken"  # noqa: S105 - a parameter's name
_LARGEST = 1_000_000
_ORDERS = re.compile(r"(?:properties/)?(createdtime|createdat|name|updatedtime|lastmodifiedat)(?:\s+(asc|desc))?", re.I)


def page(
    request: Request,
    found: list[Body],
    size: int,
    token: str,
    shown: Callable[[Body], Body],
    *,
    whole: bool = False,
    null_link: bool = False,
) -> Response:
    """Return one page of a list, each resource `shown` in its own way; `whole`: ``$top`` is all that is asked for.
    `null_link`: the last page says so.

    A page goes on after the last one's last resource, whatever has come and gone since.
    """
    by_id = "$orderby" not in request.query
    ordered = found if by_id else _sort(found, request.query["$orderby"])
    given = request.query.get(token) or request.query.get("$skiptoken") or request.query.get("$skip") or "0"
    start = int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else _after(given, ordered, by_id)  # noqa: PLR2004
    end = start + (number(request, "$top") or size)
    answer: Body = {"value": [shown(one) for one in ordered[start:end]]}
    if end < len(ordered) and not (whole and "$top" in request.query):
        answer["nextLink"] = _link(request, token, _token(ordered[end - 1], end))
    elif null_link:
        answer["nextLink"] = None
    return Response.json(200, answer)


def number(request: Request, name: str) -> int:
    """Return a parameter that is a positive number; 0 where it isn't given."""
    text = request.query.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and int(text[:8]) > 0 and len(text) < 8):  # noqa: PLR2004
        raise bad_request(
            f"The value '{text}' of the query parameter '{name}' is no positive number.", "InvalidParameter"
        )
    return int(text)


def _token(last: Body, end: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([end, _key(last)]).encode()).decode()


def _after(token: str, ordered: list[Body], by_id: bool) -> int:
    try:
        end, last = json.loads(base64.urlsafe_b64decode(token.encode()))
        if not (isinstance(end, int) and 0 <= end <= _LARGEST and isinstance(last, str)):
            raise ValueError(token)  # noqa: TRY301
    except (ValueError, TypeError, RecursionError):
        raise bad_request("The continuation token is not one of this list.", "InvalidSkipToken") from None
    keys = [_key(one) for one in ordered]
    if last in keys:
        return keys.index(last) + 1
    return bisect_right(keys, last) if by_id and keys == sorted(keys) else end


def _key(resource: Body) -> str:
    return str(resource.get("id") or resource.get("name") or "").lower()


def _link(request: Request, token: str, value: str) -> str:
    kept = {name: text for name, text in request.query.items() if name not in ("$skip", "$skiptoken", token.lower())}
    return f"{request.base}{request.encoded_path}?{urlencode({**kept, token: value}, safe='$')}"


def _sort(found: list[Body], order: str) -> list[Body]:
    """Sort by the time that is asked for and, as everything happens at one time here, by name: 10 is after 9."""
    match = _ORDERS.fullmatch(order.strip())
    if match is None:
        raise bad_request(f"The list can't be ordered by '{order}'.", "InvalidParameter")
    moment = {"c": "createdAt", "u": "lastModifiedAt", "l": "lastModifiedAt"}.get(match[1][0].lower(), "")
    reverse = (match[2] or "asc").lower() == "desc"
    return sorted(found, key=lambda one: (str(_system(one).get(moment, "")), _natural(one)), reverse=reverse)


def _system(resource: Body) -> dict[str, Any]:
    found = resource.get("systemData")
    return found if isinstance(found, dict) else {}


def _natural(resource: Body) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", str(resource.get("name", "")))
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
