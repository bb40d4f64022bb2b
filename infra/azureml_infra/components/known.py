"""Outputs whose value is known before the run, and that yet wait for the resource they belong to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

import pulumi

from azureml_arm import ids

T = TypeVar("T")


class Known(pulumi.Output[T]):
    """An Output of a plain value: a preview shows it, and who takes it is made after `after`, and deleted before."""

    def __init__(self, value: T, *after: pulumi.Resource) -> None:
        self.plain = value
        self.after = after
        super().__init__(set(after), _completed_future(value), _completed_future(True))  # noqa: FBT003  (the SDK's `is_known`)


def wait_for(value: pulumi.Input[Any], *after: pulumi.Resource) -> pulumi.Output[Any]:
    """Return an Output that waits for resources; one that was given waits for its own already."""
    return value if isinstance(value, pulumi.Output) else Known(value, *after)


def plain(value: Any) -> Any:
    """Return the value of a known Output; anything else as it is."""
    return value.plain if isinstance(value, Known) else value


def part_of(resource_id: pulumi.Input[str], part: Callable[[ids.ResourceId], str | None]) -> pulumi.Input[str]:
    """Return a part of an ARM id: plain, so that names can derive from it, unless the id is an Output."""
    if isinstance(resource_id, str):
        return part(ids.parse(resource_id)) or ""
    found: pulumi.Output[str] = pulumi.Output.from_input(cast("Any", resource_id)).apply(
        lambda text: part(ids.parse(text)) or ""
    )
    return found


def _completed_future(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.Future()
    future.set_result(value)
    return future
