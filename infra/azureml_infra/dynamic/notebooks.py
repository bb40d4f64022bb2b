"""Notebooks in the workspace's file share, which every compute instance mounts, written with Entra ID.

What somebody changed in the share is never lost: it is kept beside the new file, and stays when the entry goes.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import sys
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from azureml_infra.dynamic.provider import DynamicResource, Provider
from azureml_infra.dynamic.upload import FORBIDDEN, NOT_FOUND, local_content, patiently
from azureml_infra.entities.content import Content, file_digest, names_inside
from azureml_infra.entities.notebooks import IGNORED

if TYPE_CHECKING:
    from azure.storage.fileshare import ShareClient

ROLE = "Storage File Data Privileged Contributor"
"""The role that writing by identity over https takes; the roles for SMB shares don't give it
(https://learn.microsoft.com/azure/storage/files/authorize-oauth-rest)."""
_OWN_FOLDERS = 2
"""How many folders from the share's root are never deleted: ``Users`` and everyone's own in it."""
_IN_NAME = 8


class NotebooksProvider(Provider):
    """Writes, checks and removes the files of one entry; `files` has the hash that each was written with."""

    identity = ("account_url", "share", "folder")
    settings = ("digest",)

    def create(self, props: Any) -> CreateResult:
        """Write the files."""
        self._write(props, {})
        return CreateResult(f"{props['account_url']}{props['share']}/{props['folder']}", dict(props))

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        """Write the files that changed, and remove those that are no longer there."""
        before = dict(_olds["files"])
        self._write(_news, before)
        gone = {name: digest for name, digest in before.items() if name not in _news["files"]}
        self._remove(_news, gone)
        return UpdateResult(dict(_news))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return an empty id when no file is left; no digest (so that they are written again) when some are missing.

        Whoever may not see the files learns nothing about them: the state stays, and standard error says so.
        """
        from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

        share = self._share(props)
        try:
            found = [_read(share, _place(props, name)) is not None for name in props["files"]]
        except (HttpResponseError, ServiceRequestError, ServiceResponseError) as error:
            if getattr(error, "status_code", FORBIDDEN) not in (FORBIDDEN, None):
                raise
            _warn(f"{id_} can't be looked at ({type(error).__name__}), so its files count as unchanged")
            return ReadResult(id_, dict(props))
        if not any(found):
            return ReadResult("", {})
        return ReadResult(id_, dict(props) if all(found) else {**props, "digest": ""})

    def delete(self, _id: str, _props: Any) -> None:
        """Remove the files. Idempotent, also where the account or share no longer exists."""
        from azure.core.exceptions import ResourceNotFoundError, ServiceRequestError

        try:
            self._remove(_props, dict(_props["files"]))
        except (ResourceNotFoundError, ServiceRequestError):
            return

    def _write(self, props: Any, before: dict[str, str]) -> None:
        local, share, refusal = local_content(props, IGNORED), self._share(props), partial(_refusal, props)
        for name, file in names_inside(local).items():
            patiently(partial(_write, share, _place(props, name), file, before.get(name, "")), refusal)

    def _remove(self, props: Any, files: dict[str, str]) -> None:
        share, refusal = self._share(props), partial(_refusal, props)
        for name, digest in files.items():
            place = _place(props, name)
            found = patiently(partial(_read, share, place), refusal)
            if found is None:
                continue
            if _digest(found) != digest:
                _warn(f"{place} was changed in the file share, so it stays there")
                continue
            patiently(share.get_file_client(place).delete_file, refusal)
        for folder in sorted({above for name in files for above in _above(_place(props, name))}, reverse=True):
            _remove_empty(share, folder)

    def _share(self, props: Any) -> ShareClient:
        from azure.storage.fileshare import ShareClient

        return ShareClient(
            props["account_url"], props["share"], credential=self.credential(), token_intent="backup"  # noqa: S106
        )  # fmt: skip


def _place(props: Any, name: str) -> str:
    return f"{props['folder']}/{name}"


def _above(place: str) -> list[str]:
    """Return the folders that a file is in and that are made and removed with it, the outermost first."""
    parts = place.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(_OWN_FOLDERS + 1, len(parts) + 1)]


def _digest(found: bytes) -> str:
    return hashlib.sha256(found).hexdigest()


def _read(share: ShareClient, place: str) -> bytes | None:
    """Return what is in a file; None where there is none."""
    from azure.core.exceptions import ResourceNotFoundError

    try:
        return share.get_file_client(place).download_file().readall()
    except ResourceNotFoundError:
        return None


def _write(share: ShareClient, place: str, file: Path, before: str) -> None:
    """Write a file where another one may be: one that isn't what was written `before` is kept under another name."""
    found = _read(share, place)
    there = _digest(found) if found is not None else ""
    if there == file_digest(file):
        return
    if found is not None and there != before:
        path = PurePosixPath(place)
        kept = str(path.with_name(f"{path.stem}.changed-{there[:_IN_NAME]}{path.suffix}"))
        share.get_file_client(kept).upload_file(found)
        _warn(f"{place} was changed in the file share; that is kept as {kept}")
    _make_folders(share, posixpath.dirname(place))
    with file.open("rb") as stream:
        share.get_file_client(place).upload_file(stream, length=file.stat().st_size)


def _make_folders(share: ShareClient, folder: str) -> None:
    from azure.core.exceptions import ResourceExistsError

    parts = folder.split("/")
    for end in range(1, len(parts) + 1):
        try:
            share.get_directory_client("/".join(parts[:end])).create_directory()
        except ResourceExistsError:
            continue


def _remove_empty(share: ShareClient, folder: str) -> None:
    from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

    try:
        share.get_directory_client(folder).delete_directory()
    except (ResourceExistsError, ResourceNotFoundError):  # somebody's file is in it, or it is gone
        return


def _warn(what: str) -> None:
    sys.stderr.write(f"warning: notebooks: {what}\n")


def _refusal(props: Any, status: int) -> str:
    if status == NOT_FOUND:
        return f"{props['account_url']} has no file share {props['share']!r} for {props['source']} (HTTP 404)"
    return (
        f"{props['account_url']} refused {props['source']} (HTTP 403); whoever runs this needs the role {ROLE} on that "
        "account: add it under `access:` with `scope: storage`, and see that the account's firewall lets it in"
    )


class NotebooksUpload(DynamicResource, module="azureml", name="Notebooks"):
    """A local file or folder in a file share, at ``{folder}/…``."""

    account_url: pulumi.Output[str]
    share: pulumi.Output[str]
    folder: pulumi.Output[str]
    digest: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        local: Content,
        source: Path,
        *,
        account_id: pulumi.Input[str],
        account_url: pulumi.Input[str],
        share: pulumi.Input[str],
        folder: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the files. `source` is what `local` was read from; the state keeps it relative to the project."""
        props = {
            "account_id": account_id,
            "account_url": account_url,
            "share": share,
            "folder": folder,
            "digest": local.digest,
            "source": os.path.relpath(source),
            "files": {name: file_digest(file) for name, file in names_inside(local).items()},
        }
        super().__init__(NotebooksProvider(), name, props, opts)
