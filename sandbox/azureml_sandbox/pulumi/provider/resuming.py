"""What a killed run of the engine leaves in the way of the next one: its lock, operations that never ended, and a state
from before the run.

The engine writes the whole state twice a resource, so that a large `up` grows with the square of its resources. Against
the sandbox it writes the state once, at the end (`PULUMI_SKIP_CHECKPOINTS`; pulumi/pulumi, pkg/backend/snapshot.go,
`unsafeServiceLoop`): what it has done until it is killed, the cloud and `Begun` know.
"""

import contextlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.project import Project

Pulumi = Callable[..., None]
"""Runs the CLI quietly on the stack, with its arguments and the purpose in words."""

AT_THE_END: Mapping[str, str] = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""The environment in which the engine writes a state when a run ends, and never before."""


@contextlib.contextmanager
def saving_at_the_end(project: Project, stack: str) -> Iterator[Mapping[str, str]]:
    """Yield the environment of a run that writes its state at the end, and remember the run until it has."""
    mark = _mark(project, stack)
    mark.touch()
    yield AT_THE_END
    if not any(_locks(project, stack)):  # the engine gives its lock back when it has written the state
        mark.unlink(missing_ok=True)


def _mark(project: Project, stack: str) -> Path:
    return project.folder / runner.HOME / f"{stack.replace('/', '_')}.unsaved"


def resume(project: Project, stack: str, pulumi: Pulumi) -> None:
    """Clear what a killed run left; EngineError while another run is in progress.

    The locks are of processes that have ended. Operations that never ended are dropped, which an import of the stack's
    own export does: what was being made is made again, and the provider knows it for its own where it is there. Where
    the run hadn't saved its state, a refresh tells the engine what it changed and deleted.
    """
    locks = list(_locks(project, stack))
    for lock in locks:
        _check_is_stale(lock, stack)
    if locks:
        pulumi("cancel", "--yes", purpose="clear the lock of a run that was killed")
    if runner.checkpoint(project, stack).get("pending_operations"):
        file = str(project.folder / runner.HOME / f"{stack}.resumed.json")
        pulumi("stack", "export", "--file", file, purpose="read what a run that was killed left")
        pulumi("stack", "import", "--file", file, purpose="drop what a run that was killed was doing")
        Path(file).unlink()
    mark = _mark(project, stack)
    if mark.is_file():
        pulumi("refresh", "--yes", "--skip-preview", purpose="read what a run that was killed changed")
        mark.unlink()


def _locks(project: Project, stack: str) -> Iterator[dict[str, Any]]:
    folder = project.folder / runner.HOME / ".pulumi" / "locks" / "organization" / project.name / stack
    for path in sorted(folder.glob("*.json")):
        try:
            yield json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            yield {}  # gone again, or half written: the engine's own check says so


def _check_is_stale(lock: dict[str, Any], stack: str) -> None:
    process, host = lock.get("pid"), lock.get("hostname")
    here = host in (None, platform.node())
    if here and not _runs(process):
        return
    where = "" if here else f" on {host}"
    stop = f"wait until it ends, or end it (`kill {process}`)" if here else "wait until it ends"
    cancel = "" if here else "; if it is gone, `azureml-sandbox run -- pulumi cancel` clears its lock"
    raise EngineError(f"another run (process {process}{where}) is changing the stack {stack!r}: {stop}{cancel}")


def _runs(process: Any) -> bool:
    """Return whether a number is the one of a pulumi CLI that runs; where that can't be seen, it is taken for one."""
    if not isinstance(process, int):
        return False
    try:
        name, _, rest = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()
    # "Z" has ended, and only its parent hasn't noticed. A number may have gone to another program since.
    return "pulumi" in name and rest.split()[0] != "Z"
