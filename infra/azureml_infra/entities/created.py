"""Machines of other services that a workspace is given by id, or that are made for it: one of the two."""

from __future__ import annotations

from typing import Any

from pydantic_core import PydanticCustomError


def require_one(attached: Any) -> None:
    """Raise unless a compute says by `resource_id` what it attaches, or by `create` what is made for it."""
    given, made = attached.resource_id is not None, attached.create is not None
    if given != made:
        return
    what = "it is given by `resource_id` and made by `create`" if given else "nothing says what is attached"
    raise PydanticCustomError(
        "made_or_given", "{what}", {"what": what, "expected": "resource_id or create, one of the two"}
    )
