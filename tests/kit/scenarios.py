"""The scenario folders of examples/ as programs, with what has to exist before each of them."""

import contextlib
import copyreg
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

import yaml
from pulumi.runtime.proto import alias_pb2

from azureml_sandbox import Azure, Result, Sandbox
from azureml_sandbox.commands import seed
from kit.paths import EXAMPLES, ROOT
from kit.platforms import SUBSCRIPTION, Left, platform_of, stack
from kit.shelf import RUNS

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


def scenarios() -> list[str]:
    """Return the names of the examples that are descriptions."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/platform.yml"))


def stack_name(name: str) -> str:
    """Return the name of an example's stack."""
    return "sandbox" if name == "quickstart" else name


@cache
def settings(name: str) -> Mapping[str, Any]:
    """Return the settings of an example's stack, as its file at the top of the repository has them."""
    file = ROOT / f"Pulumi.{stack_name(name)}.yaml"
    config: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))["config"]
    return config


PUBLIC = ("azureml-infra:description", "azureml-infra:disposable")


def _secrets(name: str) -> dict[str, str]:
    return {key: text for key, text in settings(name).items() if key.startswith("azureml-infra:") and key not in PUBLIC}


SECRETS = {key.partition(":")[2]: text for name in scenarios() for key, text in _secrets(name).items()}
"""Every secret that an example asks for, as its stack has it; none of the values is part of anything else."""


@dataclass(frozen=True)
class _Run:
    """What came of the last of an example's runs, and what they left in memory: None where it has changed nothing."""

    result: Result
    left: Left | None


def _read_alias(content: bytes) -> alias_pb2.Alias:
    found: alias_pb2.Alias = alias_pb2.Alias.FromString(content)
    return found


copyreg.pickle(alias_pb2.Alias, lambda alias: (_read_alias, (alias.SerializeToString(),)))


@dataclass
class Scenario:
    """One example on an empty cloud with what must be there first.

    As long as nothing else changes cloud and state, its runs give what the same runs of the same example gave before.
    """

    name: str
    path: Path | None = None
    """A SQLite file for state and cloud; memory without."""
    _runs: tuple[str, ...] = field(init=False, default=())
    """The example and its runs so far, without those that changed nothing; empty once something else has changed its
    cloud or its state."""
    _mark: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self._runs = (self.name,)

    @cached_property
    def sandbox(self) -> Sandbox:
        """Return the example's own stack, which may be destroyed."""
        made = stack(secrets=_secrets(self.name), path=self.path, **settings(self.name))
        seed.seed(made.azure, existing(self.name), EXAMPLES / self.name / "existing.yml")
        self._mark = _changes(made)
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
        platform_of(self.folder)()

    def up(self) -> Result:
        """Run it."""
        return self._run("up", lambda: self.sandbox.up(self.program))

    def ready(self) -> Self:
        """Run it, and return it."""
        self.up()
        return self

    def preview(self) -> Result:
        """Preview it."""
        return self._run("preview", lambda: self.sandbox.preview(self.program))

    def refresh(self) -> Result:
        """Bring the state up to date with the cloud."""
        return self._run("refresh", self.sandbox.refresh)

    def destroy(self) -> Result:
        """Delete what it made."""
        return self._run("destroy", self.sandbox.destroy)

    def ids(self) -> set[str]:
        """Return everything in the cloud."""
        return {one["id"] for one in self.azure.resources()}

    def all(self, type_name: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by name."""
        return {one["name"]: one for one in self.azure.resources(type_name)}

    def _run(self, kind: str, work: Callable[[], Result]) -> Result:
        """Do a run in the folder of the repository, or copy what it left before."""
        sandbox = self.sandbox
        if not self._runs or self.path is not None or _changes(sandbox) != self._mark:
            self._runs = ()
            with contextlib.chdir(ROOT):
                return work()
        earlier, runs = self._runs, (*self._runs, kind, _content(self.folder))
        run: _Run | None = RUNS.get(runs)  # by the example and its runs, with the files of each
        if run is None:
            self._runs = ()  # until it has gone well
            with contextlib.chdir(ROOT):
                result = work()
            is_same = _changes(sandbox) == self._mark
            run = _Run(result, None if is_same else Left(sandbox))
            RUNS.put(runs, run)
        elif run.left is not None:
            run.left.put_into(sandbox)
        self._runs, self._mark = (earlier if run.left is None else runs), _changes(sandbox)
        return run.result


def _content(folder: Path) -> str:
    """Return what is another one for other files."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _changes(sandbox: Sandbox) -> tuple[int, ...]:
    """Return what is another one after any change of cloud or state."""
    return (*sandbox._store.version(), sandbox.state._database.total_changes)


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

    def up(self) -> Result:
        """Run it: the first time, with the files as they were, as the example itself."""
        if self._runs and _content(self.folder) == _content(EXAMPLES / self.name):
            Scenario(self.name).up()  # what is copied names the example's own files
        else:
            self._runs = ()
        result = super().up()
        self._runs = ()
        return result

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in a file of it."""
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), "utf-8")
