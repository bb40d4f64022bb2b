"""A local file or folder in the workspace's storage, under its content hash, written with Entra ID.

azure-native's own Blob resource needs account keys (pulumi-azure-native#2015), which our storage accounts refuse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi
from pulumi.dynamic import CreateResult, ReadResult

from azureml_infra.dynamic.blobs import FOLDER, blob_sizes, upload
from azureml_infra.dynamic.patience import retry
from azureml_infra.dynamic.provider import DynamicResource, Provider
from azureml_infra.entities.base import Includes, LocalPath
from azureml_infra.entities.content import Content, content

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

_T = TypeVar("_T")

PATIENCE_SECONDS = {403: 300, 404: 60}
"""How long to wait, by the answer's status, for what was made in the same run to reach the storage account: a role
assignment, and the container. Each front end learns of them for itself, so a success doesn't mean that the next one is.
"""
NOT_FOUND, FORBIDDEN = 404, 403


class UploadRefusedError(Exception):
    """The upload failed; the text has the reason and the remedy."""


class UploadProvider(Provider):
    """Writes, checks and removes the blobs; a changed digest or place is another upload."""

    identity = ("digest", "account_url", "container", "prefix")

    def create(self, props: Any) -> CreateResult:
        """Write the files that don't exist yet."""
        upload(self._container(props), local_content(props), lambda step: patiently(step, partial(_refusal, props)))
        return CreateResult(f"{props['account_url']}{props['container']}/{props['prefix']}", dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return an empty id when no file is left; no digest (so that it is written again) when some are missing.

        Whoever may not see the files, a pull request's identity say, or can't get to them through the account's
        firewall, learns nothing about them: the state stays, and standard error says so.
        """
        from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

        try:
            found = len(blob_sizes(self._container(props), props["prefix"]))
        except (ServiceRequestError, ServiceResponseError) as error:
            return _keep_state(id_, props, f"can't be reached ({type(error).__name__})")
        except HttpResponseError as error:
            if error.status_code == NOT_FOUND:
                return ReadResult("", {})
            if error.status_code != FORBIDDEN:
                raise
            return _keep_state(id_, props, f"answers HTTP 403 {getattr(error, 'error_code', '')}".rstrip())
        if not found:
            return ReadResult("", {})
        return ReadResult(id_, dict(props) if found >= int(props["files"]) else {**props, "digest": ""})

    def delete(self, _id: str, _props: Any) -> None:
        """Delete the files. Idempotent, also where the account or container no longer exists."""
        from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError

        container = self._container(_props)
        try:
            for blob in blob_sizes(container, _props["prefix"]):
                container.delete_blob(blob)
        except (ResourceNotFoundError, ServiceRequestError):
            return

    def _container(self, props: Any) -> ContainerClient:
        from azure.storage.blob import ContainerClient

        return ContainerClient(props["account_url"], props["container"], credential=self.credential())


def local_content(props: Any, ignored: Sequence[str] = ()) -> Content:
    """Return the files that an upload is of. Raises UploadRefusedError where they have changed since."""
    said = props.get("includes")
    includes = Includes(tuple(Path(one).resolve() for one in said["paths"]), said["alone"]) if said else None
    local = content(Path(props["source"]), ignored, includes)
    if local.digest != props["digest"]:
        raise UploadRefusedError(f"{props['source']} changed while this ran; run it again")
    return local


def source_of(path: LocalPath) -> dict[str, Any]:
    """Return what the state keeps of the place of local files, relative to the project."""
    more = path.includes
    said = {"paths": [os.path.relpath(one) for one in more.paths], "alone": more.alone} if more else None
    return {"source": os.path.relpath(path.path), **({"includes": said} if said else {})}


def patiently(step: Callable[[], _T], refusal: Callable[[int], str]) -> _T:
    """Run a step, with retries after a 403 or 404; `refusal` has the words for a status that stays."""
    from azure.core.exceptions import HttpResponseError

    try:
        return retry(step, lambda error: PATIENCE_SECONDS.get(getattr(error, "status_code", 0), 0))
    except HttpResponseError as error:
        if error.status_code not in PATIENCE_SECONDS:
            raise
        raise UploadRefusedError(refusal(error.status_code)) from error


def _keep_state(id_: str, props: Any, why: str) -> ReadResult:
    """Return the state as it is, and say what wasn't looked at."""
    place = f"{props['account_url']}{props['container']}/{props['prefix']}"
    sys.stderr.write(
        f"warning: {place} {why}, so whether the files are still there isn't known; they count as unchanged. To have "
        "them looked at, give whoever runs this Storage Blob Data Reader on the account, and a way through its firewall"
        "\n"
    )
    return ReadResult(id_, dict(props))


def _refusal(props: Any, status: int) -> str:
    if status == NOT_FOUND:
        return (
            f"{props['account_url']} has no container {props['container']!r} for {props['source']} (HTTP 404); "
            "run it again, or see whether somebody deleted it"
        )
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
        source: LocalPath,
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
            **source_of(source),
            "files": len(local.files),
            "size": local.size,
        }
        super().__init__(UploadProvider(), name, props, opts)
