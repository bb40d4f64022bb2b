"""The blobs of an upload: what is there, and writing one. Where they lie is where `az ml` puts what it uploads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

    from azureml_infra.entities.content import Content

FOLDER = "LocalUpload"
"""Where `az ml` puts what it uploads, so that both tools find each other's."""


def blob_sizes(container: ContainerClient, prefix: str) -> dict[str, int]:
    """Return the blobs below a prefix, with their sizes in bytes."""
    return {blob.name: blob.size or 0 for blob in container.list_blobs(name_starts_with=f"{prefix}/")}


def write_blob(container: ContainerClient, blob: str, file: Path) -> None:
    """Write a file."""
    with file.open("rb") as stream:
        container.upload_blob(blob, stream, overwrite=True, max_concurrency=4)


def upload(container: ContainerClient, local: Content) -> str:
    """Write those files of a content that aren't there yet; its path in the container is returned."""
    prefix = f"{FOLDER}/{local.digest}"
    present = blob_sizes(container, prefix)
    for name, file in local.files.items():
        if present.get(f"{prefix}/{name}") != file.stat().st_size:
            write_blob(container, f"{prefix}/{name}", file)
    return f"{prefix}/{local.name}"
