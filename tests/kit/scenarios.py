"""The scenario folders of examples/ as programs, with what has to exist before each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
import yaml

from azureml_infra import Platform, load
from azureml_sandbox import Azure, Result, Sandbox
from azureml_sandbox.commands import seed
from kit.paths import EXAMPLES, ROOT
from kit.platforms import SUBSCRIPTION, stack

SHARED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared"
NETWORK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-network"
LAKE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/contosolake"
CUSTOM_ROLE = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    "/2c3d4e5f-0000-4000-8000-0000000000e1"
)


def existing(name: str) -> list[dict[str, Any]]:
    """Return what must exist in the cloud before an example: ARM bodies with their ids."""
    file = EXAMPLES / name / "existing.yml"
    return seed.read(file) if file.is_file() else []


def _secrets() -> Iterator[tuple[str, str]]:
    for name in scenarios():
        file = ROOT / f"Pulumi.{name}.yaml"
        config = yaml.safe_load(file.read_text("utf-8"))["config"] if file.is_file() else {}
        own = {key.removeprefix("azureml-infra:"): text for key, text in config.items() if "azureml-infra:" in key}
        yield from ((key, text) for key, text in own.items() if key not in ("description", "disposable"))


def scenarios() -> list[str]:
    """Return the names of the examples that are descriptions."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/platform.yml"))


SECRETS = dict(_secrets())
"""Every secret that an example asks for, as its stack has it; none of the values is part of anything else."""


@dataclass
class Scenario:
    """One example on an empty cloud with what must be there first."""

    name: str
    path: Path | None = None
    """A SQLite file for state and cloud; memory without."""

    @cached_property
    def sandbox(self) -> Sandbox:
        """Return the example's own stack, which may be destroyed."""
        made = stack(secrets=SECRETS, path=self.path, disposable="true")
        seed.seed(made.azure, existing(self.name), EXAMPLES / self.name / "existing.yml")
        return made

    @property
    def azure(self) -> Azure:
        """Return the stack's cloud."""
        return self.sandbox.azure

    @property
    def folder(self) -> Path:
        """Return the folder of the example."""
        return EXAMPLES / self.name

    def program(self) -> None:
        """Run what `__main__.py` does for a project's own description."""
        Platform(load(self.folder)).export(pulumi.export)

    def up(self) -> Result:
        """Run it."""
        return self.sandbox.up(self.program)

    def ids(self) -> set[str]:
        """Return everything in the cloud."""
        return {one["id"] for one in self.azure.resources()}

    def all(self, type_name: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by name."""
        return {one["name"]: one for one in self.azure.resources(type_name)}


class Copy(Scenario):
    """An example in a folder of its own, where its files can be edited."""

    def __init__(self, name: str, folder: Path) -> None:
        """Copy an example into a folder below this one."""
        super().__init__(name)
        self._folder = folder / name
        for file in (EXAMPLES / name).rglob("*"):
            if file.is_file():
                target = self._folder / file.relative_to(EXAMPLES / name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())

    @property
    def folder(self) -> Path:
        """Return the folder of the copy."""
        return self._folder

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file of it."""
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), "utf-8")
