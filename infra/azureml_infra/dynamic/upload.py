"""A local file or folder in the workspace's storage, under its content hash, written with Entra ID.

azure-native's own Blob resource needs account keys (pulumi-azure-native#2015), which our storage accounts refuse.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
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


class UploadRefusedError(Exception):
    """The upload can't be done; the text says why and what to do."""


class UploadProvider(Provider):
    """Writes, checks and removes the blobs; a changed digest or place is another upload."""

    identity = ("digest", "account_url", "container", "prefix")

    def create(self, props: Any) -> CreateResult:
        """Write the files that aren't there yet."""
        local = _unchanged(props)
        container = self._container(props)
        present = _patiently(lambda: _sizes(container, props["prefix"]), props)
        for name, file in local.files.items():
            blob = f"{props['prefix']}/{name}"
            if present.get(blob) != file.stat().st_size:
                _write(container, blob, file)
        return CreateResult(f"{props['account_url']}{props['container']}/{props['prefix']}", dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """An empty id when no file is left; no digest (so that it is written again) when some are missing."""
        found = len(_sizes(self._container(props), props["prefix"]))
        if not found:
            return ReadResult("", {})
        return ReadResult(id_, dict(props) if found >= int(props["files"]) else {**props, "digest": ""})

    def delete(self, _id: str, _props: Any) -> None:
        """Remove the files. Nothing to do where the account or container is gone."""
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


def _unchanged(props: Any) -> Content:
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
    """Role assignments take minutes to reach storage, so a 403 is tried again before it counts."""
    from azure.core.exceptions import HttpResponseError

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return step()
        except HttpResponseError as error:
            if error.status_code != 403:  # noqa: PLR2004
                raise
            if time.monotonic() >= deadline:
                raise UploadRefusedError(_forbidden(props)) from error
        time.sleep(_PAUSE_SECONDS)


def _forbidden(props: Any) -> str:
    return (
        f"{props['account_url']} refused the upload of {props['source']} (HTTP 403); whoever runs this needs the role "
        "Storage Blob Data Contributor on that account: add it under `access:` with `scope: storage`, "
        "and see that the account's firewall lets this machine in"
    )


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
        """`source` is what `local` was read from; the state keeps it relative to the project's folder."""
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
