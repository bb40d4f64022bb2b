"""What a killed run of the engine leaves in the way of the next one: its lock, and operations that never ended."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.project import Project

Pulumi = Callable[..., None]
"""Runs the CLI quietly on the stack, with its arguments and the purpose in words."""


def resume(project: Project, stack: str, pulumi: Pulumi) -> None:
    """Make way; EngineError while another run is at it.

    The locks are of processes that have ended. Operations that never ended are dropped, which an import of the stack's
    own export does: what was being made is made again, and the provider knows it for its own where it is there.
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
