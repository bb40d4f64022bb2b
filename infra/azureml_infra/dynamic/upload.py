"""A local file or folder in the workspace's storage, under its content hash, written with Entra ID.

azure-native's own Blob resource needs account keys (pulumi-azure-native#2015), which our storage accounts refuse.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi
from pulumi.dynamic import CreateResult, ReadResult

from azureml_arm.clouds import credential
from azureml_infra.dynamic.provider import DynamicResource, Provider
from azureml_infra.entities.content import Content, content

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

_T = TypeVar("_T")

FOLDER = "LocalUpload"
"""Where `az ml` puts what it uploads, so that both tools find each other's."""
PATIENCE_SECONDS = 300
"""How long to wait for a role assignment made in the same run to reach the storage account."""
_PAUSE_SECONDS = 10
_FORBIDDEN, _NOT_FOUND = 403, 404


class UploadRefusedError(Exception):
    """The upload failed; the text has the reason and the remedy."""


class UploadProvider(Provider):
    """Writes, checks and removes the blobs; a changed digest or place is another upload."""

    identity = ("digest", "account_url", "container", "prefix")

    def create(self, props: Any) -> CreateResult:
        """Write the files that don't exist yet."""
        local = _content(props)
        container = self._container(props)
        present = _patiently(lambda: _sizes(container, props["prefix"]), props)
        for name, file in local.files.items():
            blob = f"{props['prefix']}/{name}"
            if present.get(blob) != file.stat().st_size:
                _patiently(partial(_write, container, blob, file), props)
        return CreateResult(f"{props['account_url']}{props['container']}/{props['prefix']}", dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return an empty id when no file is left; no digest (so that it is written again) when some are missing.

        What may not be read, or is behind a firewall, is taken to be as it was: a refresh asks with fewer rights.
        """
        from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError

        try:
            found = len(_sizes(self._container(props), props["prefix"]))
        except ResourceNotFoundError:
            found = 0
        except (HttpResponseError, ServiceRequestError) as error:
            if isinstance(error, HttpResponseError) and error.status_code != _FORBIDDEN:
                raise
            return ReadResult(id_, dict(props))
        if not found:
            return ReadResult("", {})
        return ReadResult(id_, dict(props) if found >= int(props["files"]) else {**props, "digest": ""})

    def delete(self, _id: str, _props: Any) -> None:
        """Delete the files. Idempotent, also where the account or container no longer exists."""
        from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError

        container = self._container(_props)
        try:
            for blob in _sizes(container, _props["prefix"]):
                container.delete_blob(blob)
        except (ResourceNotFoundError, ServiceRequestError):
            return

    def _container(self, props: Any) -> ContainerClient:
        from azure.storage.blob import ContainerClient

        return ContainerClient(props["account_url"], props["container"], credential=credential(self.environment))


def _content(props: Any) -> Content:
    local = content(Path(props["source"]))
    if local.digest != props["digest"]:
        raise UploadRefusedError(f"{props['source']} changed while this ran; run it again")
    return local


def _sizes(container: ContainerClient, prefix: str) -> dict[str, int]:
    return {blob.name: blob.size or 0 for blob in container.list_blobs(name_starts_with=f"{prefix}/")}


def _write(container: ContainerClient, blob: str, file: Path) -> None:
    with file.open("rb") as stream:
        container.upload_blob(blob, stream, overwrite=True, max_concurrency=4)


def _patiently(step: Callable[[], _T], props: Any) -> _T:
    """Run a step, with retries while role assignments, and the container itself, reach each of storage's front ends."""
    from azure.core.exceptions import HttpResponseError

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return step()
        except HttpResponseError as error:
            status = error.status_code or 0
            if status not in _REMEDIES:
                raise
            if time.monotonic() >= deadline:
                raise UploadRefusedError(_REMEDIES[status](props)) from error
        time.sleep(_PAUSE_SECONDS)


def _forbidden(props: Any) -> str:
    return (
        f"{props['account_url']} refused the upload of {props['source']} (HTTP 403); whoever runs this needs the role "
        "Storage Blob Data Contributor on that account: add it under `access:` with `scope: storage`, "
        "and see that the account's firewall lets this machine in"
    )


def _missing(props: Any) -> str:
    return (
        f"{props['account_url']} has no container {props['container']} for {props['source']} (HTTP 404); it is the one "
        "behind the workspace's datastore workspaceblobstore: make it again, or see that the datastore names one that "
        "exists"
    )


_REMEDIES: Mapping[int, Callable[[Any], str]] = {_FORBIDDEN: _forbidden, _NOT_FOUND: _missing}
"""The refusals that may pass, and what to say where they don't."""


class Upload(DynamicResource, module="azureml", name="Upload"):
    """A local file or folder in a blob container, at ``{prefix}/…`` where the prefix holds the content's hash."""

    account_url: pulumi.Output[str]
    container: pulumi.Output[str]
    prefix: pulumi.Output[str]
    digest: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        local: Content,
        source: Path,
        *,
        account_url: pulumi.Input[str],
        container: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the upload. `source` is what `local` was read from; the state keeps it relative to the project."""
        props = {
            "account_url": account_url,
            "container": container,
            "prefix": f"{FOLDER}/{local.digest}",
            "digest": local.digest,
            "source": os.path.relpath(source),
            "files": len(local.files),
            "size": local.size,
        }
        super().__init__(UploadProvider(), name, props, opts)
