"""A mark of all that a stack's preview is made from: another one, and `--resume` previews it again."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path

import azureml_arm
import azureml_infra
from azureml_fleet.run import PreviewOptions
from azureml_fleet.stackfiles import settings
from azureml_fleet.stacks import Fleet, Stack

_CODE = tuple(Path(path) for package in (azureml_arm, azureml_infra) for path in package.__path__)
"""The packages that a program runs on."""
_LOCK = "requirements.lock"
_UNREAD = frozenset({"__pycache__", ".git", ".venv", ".sandbox"})


class Inputs:
    """What the stacks of a fleet are previewed from; what they share is read once. What is in Azure isn't in it."""

    def __init__(self, fleet: Fleet, options: PreviewOptions) -> None:
        self._fleet = fleet
        self._options = options
        self._descriptions: dict[str, str] = {}

    def of(self, stack: Stack) -> str:
        """Return the mark of one stack."""
        parts = [self._shared, self._description(stack.description), settings(self._fleet, stack)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def _shared(self) -> str:
        """Return the code, the lock and the options."""
        project = self._fleet.project
        files = [*project.glob("*.py"), project / "Pulumi.yaml", project / _LOCK]
        packs = [*self._options.policy_packs, *self._options.policy_configs]
        for folder in [*_CODE, *packs]:
            files += _below(folder) if folder.is_dir() else [folder]
        return _of_files(files) + _installed_versions() + json.dumps(asdict(self._options), default=str, sort_keys=True)

    def _description(self, folder: str) -> str:
        if folder not in self._descriptions:
            self._descriptions[folder] = _of_files(_below(self._fleet.project / folder))
        return self._descriptions[folder]


def _installed_versions() -> str:
    """Return the distributions of this environment and their versions."""
    return " ".join(sorted(f"{found.name}=={found.version}" for found in distributions()))


def _below(folder: Path) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _UNREAD]
        yield from (Path(current) / name for name in files)


def _of_files(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        if file.is_file():
            digest.update(f"{file}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
