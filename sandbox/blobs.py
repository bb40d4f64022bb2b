"""What the containers of the storage accounts hold: names, bytes and metadata, in the cloud's own store."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from arm import ids
from sandbox.errors import ArmError

if TYPE_CHECKING:
    from sandbox.azure import Azure

CONTAINER = "{account}/blobServices/default/containers/{container}"


@dataclass(frozen=True)
class Blob:
    """One blob without its bytes. `md5` is base64, as the service has it."""

    name: str
    size: int
    etag: str
    md5: str
    content_type: str = "application/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)


class Blobs:
    """The data plane of every storage account in the cloud. Account names are unique, so they are the key."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def container_id(self, account: str, container: str) -> str:
        """The container's ARM id; ArmError (ResourceNotFound) for an unknown account."""
        return CONTAINER.format(account=self.account_id(account), container=container)

    def account_id(self, account: str) -> str:
        """The ARM id of the account with a name."""
        key = self._azure.store.get("names", f"microsoft.storage/storageaccounts//{account.lower()}")
        if key is None:
            raise ArmError(404, "ResourceNotFound", f"There is no storage account named '{account}'.")
        return str(self._azure.get(str(key))["id"])

    def put(
        self,
        account: str,
        container: str,
        name: str,
        content: bytes,
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = Blob.content_type,
    ) -> Blob:
        """Write a blob; ArmError (ContainerNotFound) without its container."""
        with self._azure.changing():
            self._check(account, container)
            digest = hashlib.md5(content, usedforsecurity=False).digest()
            blob = Blob(
                name, len(content), _etag(digest, metadata), base64.b64encode(digest).decode(), content_type, {}
            )
            key = self._key(account, container, name)
            self._azure.store.set("blob_contents", key, content)
            return self._describe(key, blob, metadata or {})

    def set_metadata(self, account: str, container: str, name: str, metadata: Mapping[str, str]) -> Blob:
        """Replace a blob's metadata; ArmError (BlobNotFound) without the blob."""
        with self._azure.changing():
            return self._describe(
                self._key(account, container, name), self.properties(account, container, name), metadata
            )

    def properties(self, account: str, container: str, name: str) -> Blob:
        """A blob without its bytes; ArmError (BlobNotFound, ContainerNotFound)."""
        self._check(account, container)
        found = self._azure.store.get("blobs", self._key(account, container, name))
        if found is None:
            raise ArmError(404, "BlobNotFound", "The specified blob does not exist.")
        return Blob(**json.loads(found))

    def get(self, account: str, container: str, name: str) -> bytes:
        """A blob's bytes; ArmError (BlobNotFound, ContainerNotFound)."""
        self.properties(account, container, name)
        content = self._azure.store.get("blob_contents", self._key(account, container, name))
        return content if isinstance(content, bytes) else b""

    def list(self, account: str, container: str, prefix: str = "") -> list[Blob]:
        """The blobs whose names start with a prefix, in the order of names."""
        self._check(account, container)
        found = self._azure.store.scan("blobs", self._key(account, container, prefix))
        return [Blob(**json.loads(value)) for _, value in found]

    def delete(self, account: str, container: str, name: str) -> None:
        """Remove a blob; ArmError (BlobNotFound, ContainerNotFound)."""
        with self._azure.changing():
            self.properties(account, container, name)
            self._drop(self._key(account, container, name))

    def stage(self, account: str, container: str, name: str, block: str, content: bytes) -> None:
        """Keep a block until `commit`."""
        with self._azure.changing():
            self._check(account, container)
            self._azure.store.set("blob_blocks", f"{self._key(account, container, name)}\0{block}", content)

    def commit(
        self,
        account: str,
        container: str,
        name: str,
        blocks: Sequence[str],
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = Blob.content_type,
    ) -> Blob:
        """Make a blob of staged blocks, in the order given; ArmError (InvalidBlockList) for one never staged."""
        with self._azure.changing():
            key = self._key(account, container, name)
            content = b"".join(self._block(key, block) for block in blocks)
            for staged, _ in self._azure.store.scan("blob_blocks", key + "\0"):
                self._azure.store.remove("blob_blocks", staged)
            return self.put(account, container, name, content, metadata=metadata, content_type=content_type)

    def drop_container(self, account: str, container: str) -> None:
        """Everything in a container, when it goes."""
        for key, _ in self._azure.store.scan("blobs", self._key(account, container, "")):
            self._drop(key)

    def _block(self, key: str, block: str) -> bytes:
        content = self._azure.store.get("blob_blocks", f"{key}\0{block}")
        if not isinstance(content, bytes):
            raise ArmError(400, "InvalidBlockList", "The specified block list is invalid.")
        return content

    def _drop(self, key: str) -> None:
        self._azure.store.remove("blobs", key)
        self._azure.store.remove("blob_contents", key)

    def _describe(self, key: str, blob: Blob, metadata: Mapping[str, str]) -> Blob:
        etag = _etag(base64.b64decode(blob.md5), metadata)
        described = Blob(blob.name, blob.size, etag, blob.md5, blob.content_type, dict(metadata))
        self._azure.store.set("blobs", key, json.dumps(asdict(described)))
        return described

    def _check(self, account: str, container: str) -> None:
        if not self._azure.exists(self.container_id(account, container)):
            raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")

    @staticmethod
    def _key(account: str, container: str, name: str) -> str:
        return f"{account.lower()}/{container}/{name}"


def _etag(digest: bytes, metadata: Mapping[str, str] | None) -> str:
    told = digest + json.dumps(dict(metadata or {}), sort_keys=True).encode()
    return f'"0x{hashlib.sha256(told).hexdigest()[:15].upper()}"'


def account_of(container_id: str) -> tuple[str, str]:
    """The account and container that a container's ARM id names."""
    names = ids.parse(container_id).names
    return names[0], names[-1]
