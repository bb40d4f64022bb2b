"""The blobs of an upload: what is there, and writing one. Where they lie is where `az ml` puts what it uploads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

    from azureml_infra.entities.content import Content

FOLDER = "LocalUpload"
"""Where `az ml` puts what it uploads, so that both tools find each other's."""


def _try_once(step: Callable[[], Any]) -> Any:
    return step()


def blob_sizes(container: ContainerClient, prefix: str) -> dict[str, int]:
    """Return the blobs below a prefix, with their sizes in bytes."""
    return {blob.name: blob.size or 0 for blob in container.list_blobs(name_starts_with=f"{prefix}/")}


def write_blob(container: ContainerClient, blob: str, file: Path) -> None:
    """Write a file."""
    with file.open("rb") as stream:
        container.upload_blob(blob, stream, overwrite=True, max_concurrency=4)


def upload(container: ContainerClient, local: Content, try_: Callable[[Callable[[], Any]], Any] = _try_once) -> str:
    """Write those files of a content that aren't there yet; its path in the container is returned. `try_` takes each
    step.
    """
    prefix = f"{FOLDER}/{local.digest}"
    present = try_(partial(blob_sizes, container, prefix))
    for name, file in local.files.items():
        blob = f"{prefix}/{name}"
        if present.get(blob) != file.stat().st_size:
            try_(partial(write_blob, container, blob, file))
    return f"{prefix}/{local.name}"
