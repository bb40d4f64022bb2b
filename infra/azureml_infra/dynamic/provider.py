"""The one shape of our dynamic resources: a stateless provider, and a resource that pickles cleanly."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import ConfigureRequest, DiffResult, Resource, ResourceProvider, UpdateResult

from azureml_arm import clouds, credentials, ids
from azureml_arm.clouds import AzureCloud
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.dynamic.traces import without_traces

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_KEYS = (clouds.SETTING, *credentials.KEYS)
"""The stack's settings that say in which cloud Azure is, and who signs in: azure-native's."""


class Provider(ResourceProvider):
    """A provider whose `identity` properties name the resource and whose `settings` can change in place."""

    serialize_as_secret_always = False  # the provider holds no secret; a readable state is worth more

    identity: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    config: Mapping[str, str] = {}

    def configure(self, req: ConfigureRequest) -> None:
        """Read the cloud and who signs in from the stack's configuration."""
        self.config = {key: value for key in _KEYS if (value := req.config.get(key))}

    @property
    def cloud(self) -> AzureCloud:
        """Return the cloud that the stack is in."""
        return clouds.choose(self.config)

    def credential(self) -> TokenCredential:
        """Return the credential of whoever runs this, the same as azure-native's."""
        return credentials.credential(self.cloud, self.config)

    def arm(self) -> ArmClient:
        """Return a client of Azure Resource Manager."""
        return ArmClient(self.cloud, self.credential())

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        """Return a replacement when a property of the identity changed, an update when a setting did."""
        replaces = _changes(self.identity, _olds, _news)
        changed = replaces + _changes(self.settings, _olds, _news)
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=False)

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        """Keep the new settings; what changes anything in Azure for them does that first."""
        return UpdateResult(dict(_news))


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
        with _restore_pickler(), without_traces():
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
