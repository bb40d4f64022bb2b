"""The one shape of our dynamic resources: a stateless provider, and a resource that pickles cleanly."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import ConfigureRequest, DiffResult, Resource, ResourceProvider

from azureml_arm import ids

ENVIRONMENT_KEY = "azure-native:environment"
"""The setting by which azure-native chooses the cloud: ``public`` (default), ``usgovernment``, ``china``."""


class Provider(ResourceProvider):
    """A provider whose `identity` properties name the resource and whose `settings` can change in place."""

    serialize_as_secret_always = False  # the provider holds no secret; a readable state is worth more

    identity: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    environment = "public"

    def configure(self, req: ConfigureRequest) -> None:
        """Read the cloud from the stack's configuration."""
        self.environment = req.config.get(ENVIRONMENT_KEY) or "public"

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        """Return a replacement when a property of the identity changed, an update when a setting did."""
        replaces = _changes(self.identity, _olds, _news)
        changed = replaces + _changes(self.settings, _olds, _news)
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=False)


def _changes(names: tuple[str, ...], olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    return [name for name in names if not _same(olds.get(name), news.get(name))]


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are equal; of ids, the letter case doesn't count."""
    texts = isinstance(one, str) and isinstance(other, str)
    return one == other or (texts and one.startswith("/subscriptions/") and ids.same(one, other))


class DynamicResource(Resource):
    """A dynamic resource whose pickling leaves no trace.

    pulumi.dynamic wraps two methods of the standard pickler at each resource and restores neither, so that a program
    with some 300 of them ends in a RecursionError.
    """

    def __init__(
        self, provider: Provider, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        with _restore_pickler():
            super().__init__(provider, name, dict(props), opts)


@contextlib.contextmanager
def _restore_pickler() -> Iterator[None]:
    pickler: Any = pickle._Pickler  # noqa: SLF001
    saved = {name: getattr(pickler, name) for name in ("_batch_setitems", "save_dict")}
    try:
        yield
    finally:
        for name, method in saved.items():
            setattr(pickler, name, method)
