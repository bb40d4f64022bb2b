"""The content of a local file or folder: its files, and one hash that changes when any of them does."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pathspec

from azureml_arm.snapshots import File, snapshot_hash
from azureml_infra.entities.base import Includes
from azureml_infra.entities.merging import MERGED, ignore_lines, merge

ALWAYS_IGNORED = (".git/", "__pycache__/", ".amlignore", ".gitignore")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Content:
    """`files` maps names in storage to local files; a folder's name stands before its files'. `size` is in bytes."""

    name: str
    files: dict[str, Path]
    digest: str
    size: int

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder: its name stands before the files'."""
        return self.name not in self.files


def content(path: Path, ignored: Sequence[str] = (), includes: Includes | None = None) -> Content:
    """Read a file or folder, without what is `ignored`, in the words of .gitignore, and with what it includes.

    Raises ValueError when it is empty, or a link leads out of it.
    """
    if includes is not None:
        files = merge(path, includes, ALWAYS_IGNORED)
    else:
        files = {path.name: path} if path.is_file() else dict(_files(path, ignored))
    if not files:
        raise ValueError(f"{path} holds no file to upload")
    whole = hashlib.sha256()
    for name, file in files.items():
        whole.update(f"{name}\0{file_digest(file)}\n".encode())
    folder = MERGED if includes is not None else path.name
    if includes is not None or path.is_dir():
        files = {f"{folder}/{name}": file for name, file in files.items()}
    return Content(folder, files, whole.hexdigest(), sum(file.stat().st_size for file in files.values()))


def code_hash(local: Content) -> str:
    """Return the hash by which Azure ML checks code, of the files by their names in the folder."""
    own = f"{local.name}/"
    files: dict[str, File] = {
        name.removeprefix(own): (file.stat().st_size, partial(_blocks, file)) for name, file in local.files.items()
    }
    return snapshot_hash(files)


def names_inside(local: Content) -> dict[str, Path]:
    """Return the files by their names in the folder, or a file by its own."""
    return {
        name.removeprefix(f"{local.name}/") if local.is_folder else name: file for name, file in local.files.items()
    }


def _files(folder: Path, ignored: Sequence[str]) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    spec = _ignore_spec(folder, ignored)
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if not file.is_file() or spec.match_file(name):
            continue
        if not file.resolve().is_relative_to(root):
            raise ValueError(f"{file} is a link that leads out of {folder}; copy the file in, or list it in .amlignore")
        yield name, file


def _ignore_spec(folder: Path, more: Sequence[str]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines([*ALWAYS_IGNORED, *more, *ignore_lines(folder)])


def file_digest(file: Path) -> str:
    """Return a file's SHA-256."""
    digest = hashlib.sha256()
    for block in _blocks(file):
        digest.update(block)
    return digest.hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block
