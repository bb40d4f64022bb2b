"""What runs a stack (``--door``): the engine of a pulumi CLI, or the one in this process."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.project import Project
from azureml_sandbox.pulumi.engine.state import State
from azureml_sandbox.server import files

ENGINE, IN_PROCESS = "engine", "in-process"
DOORS = (ENGINE, IN_PROCESS)
VARIABLE = "SANDBOX_DOOR"
HOME, DATABASE = files.HOME, files.DATABASE
"""Below the project's folder: the state of both runners, and the one cloud that they share."""
INSTALLED = Path(sys.prefix).parent / ".pulumi-cli"
"""Where `azureml-sandbox engine` puts a CLI."""
WHERE_TO_GET_ONE = "`azureml-sandbox engine` installs one, or https://www.pulumi.com/docs/install says how"


@dataclass(frozen=True)
class DoorChoice:
    """The runner, and the reason as the first line of a run has it."""

    door: str
    why: str


def choose(project: Project, stack: str, wanted: str | None = None) -> DoorChoice:
    """Return the runner that is wanted, or the one that made the stack, or the engine where there is a CLI.

    A stack keeps its runner as long as there is anything in it: each has a state of its own.
    """
    made = _made_through(project, stack)
    if wanted and made and wanted != made:
        raise EngineError(
            f"the stack {stack!r} was made through the door {made!r}, and {wanted!r} doesn't know its state: "
            f"destroy it with `--door {made}` first"
        )
    door = wanted or made or (ENGINE if cli() else IN_PROCESS)
    if door == ENGINE and not cli():
        because = "this stack was made with it" if made else "--door engine asks for it"
        raise EngineError(f"there is no pulumi CLI on PATH, and {because}; {WHERE_TO_GET_ONE}")
    return DoorChoice(door, _why(door, made))


def cli() -> str | None:
    """Return the path of the pulumi CLI that is on PATH, or of the one that `azureml-sandbox engine` installed."""
    return shutil.which("pulumi") or shutil.which("pulumi", path=str(INSTALLED / "bin"))


def _why(door: str, made: str | None) -> str:
    if door == ENGINE:
        return f"on Pulumi's engine ({cli()}), no Azure needed"
    if cli() and made:
        return "in-process, as this stack was made (destroy it to go on with the pulumi CLI)"
    if cli():
        return "in-process, though a pulumi CLI is on PATH"
    return "in-process, no Azure needed"


def _made_through(project: Project, stack: str) -> str | None:
    if is_made_by_engine(project, stack):
        return ENGINE
    database = project.folder / HOME / DATABASE
    if not database.is_file():
        return None
    state = State(database, stack)
    try:
        return IN_PROCESS if any(item.custom for item in state.resources()) else None
    finally:
        state.close()


def is_made_by_engine(project: Project, stack: str) -> bool:
    """Return whether the engine's state of a stack has anything in it."""
    return bool(checkpoint(project, stack).get("resources"))


def has_made(project: Project, stack: str) -> bool:
    """Return whether the engine's state of a stack has a resource of a provider's: a run that failed may leave none."""
    resources = checkpoint(project, stack).get("resources") or ()
    return any(one.get("custom") and not str(one["type"]).startswith("pulumi:") for one in resources)


def protects(project: Project, stack: str) -> bool:
    """Return whether the engine's state of a stack has anything that is protected."""
    return any(resource.get("protect") for resource in checkpoint(project, stack).get("resources") or ())


def checkpoint(project: Project, stack: str) -> dict[str, Any]:
    """Return the engine's state of a stack; empty where there is none."""
    file = checkpoint_file(project, stack)
    if not file.is_file():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}


def checkpoint_file(project: Project, stack: str) -> Path:
    """Return where the engine's file backend keeps a stack."""
    return project.folder / HOME / ".pulumi" / "stacks" / project.name / f"{stack}.json"
