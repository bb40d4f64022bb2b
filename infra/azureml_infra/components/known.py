"""Outputs of which a program knows something before the run: the value itself, or what it is the same for."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pulumi

from azureml_arm import ids
from azureml_infra.entities.references import Pinned

T = TypeVar("T")


class Known(pulumi.Output[T]):
    """An Output of a plain value: a preview shows it, and who takes it is made after `after`, and deleted before."""

    def __init__(self, value: T, *after: pulumi.Resource) -> None:
        self.plain = value
        self.after = after
        super().__init__(set(after), _completed_future(value), _completed_future(True))  # noqa: FBT003  (the SDK's `is_known`)


class Chosen(pulumi.Output[str]):
    """An Output of an id that the service chooses; `content` changes exactly when what it is the id of does.

    Names that derive from content are so known in a preview, and the same in each, whatever the service chose.
    """

    def __init__(self, value: pulumi.Output[str], content: pulumi.Input[str]) -> None:
        self.content = content
        super().__init__(value.resources(), value.future(with_unknowns=True), value.is_known(), value.is_secret())  # type: ignore[arg-type]


def by_content(value: Any) -> Any:
    """Return a request body in which the content stands for each id that the service chooses, or that a label means."""
    if isinstance(value, Chosen):
        return value.content
    if isinstance(value, Pinned):
        return value.written
    if isinstance(value, Mapping):
        return {key: by_content(item) for key, item in value.items()}
    return [by_content(item) for item in value] if isinstance(value, list | tuple) else value


def wait_for(value: pulumi.Input[Any], *after: pulumi.Resource) -> pulumi.Output[Any]:
    """Return an Output that waits for resources; one that was given waits for its own already."""
    return value if isinstance(value, pulumi.Output) else Known(value, *after)


def plain(value: Any) -> Any:
    """Return the value of a known Output; anything else as it is."""
    return value.plain if isinstance(value, Known) else value


def map_text(given: pulumi.Input[str], by: Callable[[str], str]) -> pulumi.Input[str]:
    """Return a text made of another one: plain, so that names can derive from it, unless that is an Output."""
    if isinstance(given, str):
        return by(given)
    found: pulumi.Output[str] = pulumi.Output.from_input(cast("Any", given)).apply(by)
    return found


def part_of(resource_id: pulumi.Input[str], part: Callable[[ids.ResourceId], str | None]) -> pulumi.Input[str]:
    """Return a part of an ARM id, as `map_text` does."""
    return map_text(resource_id, lambda text: part(ids.parse(text)) or "")


def _completed_future(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.Future()
    future.set_result(value)
    return future
