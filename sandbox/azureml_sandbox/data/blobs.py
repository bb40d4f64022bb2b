"""What storage accounts hold: names, bytes and metadata, in the cloud's own store.

One store below the blob, the ADLS and the file services: a container's blobs, a file system's paths and a share's files
are all `Blob`s. A folder that somebody made is one without content, marked as ADLS marks it for the blob service.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import ClassVar

from azureml_arm import ids
from azureml_sandbox.model import tables
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.records import Records

FOLDER = "hdi_isfolder"
"""The metadata that says that a blob is a folder."""


@dataclass(frozen=True)
class Space:
    """A service's part of every account: where its containers are in ARM, and its words for what is missing."""

    properties: str
    contents: str
    blocks: str
    """The tables of its blobs' properties, bytes and uncommitted blocks."""
    container: str
    """The ARM id of a container, with ``{account}`` and ``{container}``."""
    no_container: tuple[str, str] = ("ContainerNotFound", "The specified container does not exist.")
    no_blob: tuple[str, str] = ("BlobNotFound", "The specified blob does not exist.")


CONTAINERS = Space(
    tables.BLOBS, tables.BLOB_CONTENTS, tables.BLOB_BLOCKS, "{account}/blobServices/default/containers/{container}"
)
SHARES = Space(
    tables.FILES,
    tables.FILE_CONTENTS,
    tables.FILE_BLOCKS,
    "{account}/fileServices/default/shares/{container}",
    ("ShareNotFound", "The specified share does not exist."),
    ("ResourceNotFound", "The specified resource does not exist."),
)


@dataclass(frozen=True)
class Blob:
    """One blob without its bytes. `md5` is base64, as the service has it."""

    name: str
    size: int
    etag: str
    md5: str
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    kind: str = "BlockBlob"
    headers: Mapping[str, str] = field(default_factory=dict)
    """What else was said of the content: ``Cache-Control``, ``Content-Encoding`` and the like."""

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder that somebody made."""
        return str(self.metadata.get(FOLDER, "")).lower() == "true"


class Blobs:
    """The data plane of every storage account in the cloud. Account names are unique, so they are the key."""

    _space: ClassVar[Space] = CONTAINERS

    def __init__(self, records: Records) -> None:
        self._records = records
        self.watchers: list[Callable[[str, str, Blob], None]] = []
        """Called with the account and the container of a blob that was written."""

    def container_id(self, account: str, container: str) -> str:
        """Return the container's ARM id; ArmError (ResourceNotFound) for an unknown account."""
        return self._space.container.format(account=self.account_id(account), container=container)

    def account_id(self, account: str) -> str:
        """Return the ARM id of the account with a name."""
        found = self._records.find_named("Microsoft.Storage/storageAccounts", account)
        if found is None:
            raise ArmError(404, "ResourceNotFound", f"There is no storage account named '{account}'.")
        return str(found["id"])

    def put(
        self,
        account: str,
        container: str,
        name: str,
        content: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = Blob.content_type,
        kind: str = Blob.kind,
        headers: Mapping[str, str] | None = None,
    ) -> Blob:
        """Write a blob; ArmError (ContainerNotFound) without its container."""
        with self._records.changing():
            self.check(account, container)
            key = self._key(account, container, name)
            self._records.store.set(self._space.contents, key, content)
            blob = Blob(name, 0, "", "", content_type, metadata or {}, kind, headers or {})
            described = self._describe(key, blob, content)
            for watch in self.watchers:
                watch(account, container, described)
            return described

    def change(self, account: str, container: str, blob: Blob) -> Blob:
        """Replace a blob's metadata and headers, but not its content; ArmError (BlobNotFound) without the blob."""
        with self._records.changing():
            content = self.get(account, container, blob.name)
            return self._describe(self._key(account, container, blob.name), blob, content)

    def set_metadata(self, account: str, container: str, name: str, metadata: Mapping[str, str]) -> Blob:
        """Replace a blob's metadata; ArmError (BlobNotFound) without the blob."""
        found = self.properties(account, container, name)
        kept = {FOLDER: "true"} if found.is_folder else {}
        return self.change(account, container, replace(found, metadata={**kept, **metadata}))

    def write(self, account: str, container: str, name: str, at: int, content: bytes) -> Blob:
        """Write bytes into a blob from a position on, with zeros before them where it is shorter."""
        with self._records.changing():
            found, old = self.properties(account, container, name), self.get(account, container, name)
            whole = old[:at].ljust(at, b"\0") + content + old[at + len(content) :]
            key = self._key(account, container, name)
            self._records.store.set(self._space.contents, key, whole)
            return self._describe(key, found, whole)

    def properties(self, account: str, container: str, name: str) -> Blob:
        """Return a blob without its bytes; ArmError (BlobNotFound, ContainerNotFound)."""
        found = self.find(account, container, name)
        if found is None:
            raise ArmError(404, *self._space.no_blob)
        return found

    def find(self, account: str, container: str, name: str) -> Blob | None:
        """Return a blob without its bytes, or None; ArmError (ContainerNotFound)."""
        self.check(account, container)
        found = self._records.store.get(self._space.properties, self._key(account, container, name))
        return None if found is None else Blob(**json.loads(found))

    def get(self, account: str, container: str, name: str) -> bytes:
        """Return a blob's bytes; ArmError (BlobNotFound, ContainerNotFound)."""
        self.properties(account, container, name)
        content = self._records.store.get(self._space.contents, self._key(account, container, name))
        return content if isinstance(content, bytes) else b""

    def list(self, account: str, container: str, prefix: str = "") -> list[Blob]:
        """Return the blobs whose names start with a prefix, in the order of names."""
        self.check(account, container)
        found = self._records.store.scan(self._space.properties, self._key(account, container, prefix))
        return [Blob(**json.loads(value)) for _, value in found]

    def delete(self, account: str, container: str, name: str) -> None:
        """Remove a blob; ArmError (BlobNotFound, ContainerNotFound)."""
        with self._records.changing():
            self.properties(account, container, name)
            self._drop(self._key(account, container, name))

    def rename(self, account: str, source: tuple[str, str], target: tuple[str, str]) -> None:
        """Move a blob, or a folder with all in it, within the account; both places are container and name."""
        with self._records.changing():
            self.check(account, target[0])
            own = self.find(account, *source)
            inside = self.list(account, source[0], source[1] + "/")
            if own is None and not inside:
                raise ArmError(404, *self._space.no_blob)
            for blob in (own, *inside):
                if blob is not None:
                    self._move(account, source[0], blob, target[0], target[1] + blob.name[len(source[1]) :])

    def stage(self, account: str, container: str, name: str, block: str, content: bytes) -> None:
        """Keep a block until `commit`."""
        with self._records.changing():
            self.check(account, container)
            self._records.store.set(self._space.blocks, f"{self._key(account, container, name)}\0{block}", content)

    def staged_blocks(self, account: str, container: str, name: str) -> dict[str, bytes]:
        """Return the blocks that are kept for a blob, by their ids."""
        prefix = self._key(account, container, name) + "\0"
        found = self._records.store.scan(self._space.blocks, prefix)
        return {key.removeprefix(prefix): value for key, value in found if isinstance(value, bytes)}

    def unstage(self, account: str, container: str, name: str) -> None:
        """Forget the blocks that are kept for a blob."""
        for staged, _ in self._records.store.scan(self._space.blocks, self._key(account, container, name) + "\0"):
            self._records.store.remove(self._space.blocks, staged)

    def commit(
        self,
        account: str,
        container: str,
        name: str,
        blocks: Sequence[str],
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = Blob.content_type,
        headers: Mapping[str, str] | None = None,
    ) -> Blob:
        """Make a blob of staged blocks, in the order given; ArmError (InvalidBlockList) for one never staged."""
        with self._records.changing():
            staged = self.staged_blocks(account, container, name)
            if not staged.keys() >= set(blocks):
                raise ArmError(400, "InvalidBlockList", "The specified block list is invalid.")
            content = b"".join(staged[block] for block in blocks)
            self.unstage(account, container, name)
            return self.put(
                account, container, name, content, metadata=metadata, content_type=content_type, headers=headers
            )

    def drop_container(self, account: str, container: str) -> None:
        """Remove everything in a container, when it is deleted."""
        for table in (self._space.properties, self._space.contents, self._space.blocks):
            for key, _ in self._records.store.scan(table, self._key(account, container, "")):
                self._records.store.remove(table, key)

    def _move(self, account: str, container: str, blob: Blob, target: str, name: str) -> None:
        content = self.get(account, container, blob.name)
        self._drop(self._key(account, container, blob.name))
        key = self._key(account, target, name)
        self._records.store.set(self._space.contents, key, content)
        self._describe(key, replace(blob, name=name), content)

    def _drop(self, key: str) -> None:
        self._records.store.remove(self._space.properties, key)
        self._records.store.remove(self._space.contents, key)

    def _describe(self, key: str, blob: Blob, content: bytes) -> Blob:
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        md5 = base64.b64encode(digest).decode()
        described = replace(blob, size=len(content), md5=md5, metadata=dict(blob.metadata), headers=dict(blob.headers))
        described = replace(described, etag=_etag(described))
        self._records.store.set(self._space.properties, key, json.dumps(asdict(described)))
        return described

    def check(self, account: str, container: str) -> None:
        """Refuse a container that isn't there; ArmError (ContainerNotFound)."""
        if self._records.load(self.container_id(account, container)) is None:
            raise ArmError(404, *self._space.no_container)

    @staticmethod
    def _key(account: str, container: str, name: str) -> str:
        return f"{account.lower()}/{container}/{name}"


class FileShares(Blobs):
    """The same of file shares."""

    _space = SHARES


def _etag(blob: Blob) -> str:
    """Return a hash of the content, the metadata and the headers."""
    content = json.dumps([blob.md5, dict(blob.metadata), blob.content_type, dict(blob.headers)], sort_keys=True)
    return f'"0x{hashlib.sha256(content.encode()).hexdigest()[:15].upper()}"'


def account_of(container_id: str) -> tuple[str, str]:
    """Return the account and container that a container's ARM id names."""
    names = ids.parse(container_id).names
    return names[0], names[-1]
