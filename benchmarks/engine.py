"""`pulumi up` of many datastores on the real engine, against the sandbox: made, looked at again, destroyed.

A file backend writes the whole state twice a resource, so the bytes that each one adds count twice a resource of a run.

Beside terraform with azapi nothing is measured here: the provider isn't to be had from a package registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import project as projects

ROOT = Path(__file__).parents[1]
_DATASTORE = "  - {{name: d{number}, type: azure_blob, account_name: contosolanding, container_name: raw}}"
_HEAD = "name: many\nlocation: westeurope\ndatastores:\n"
_STACK = """config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: many
  azureml-infra:disposable: "true"
encryptionsalt: v1:lrHZNk/fAZ4=:v1:2lRGLVCbc8MQ29lX:/60gYYnXANsVtHnlwmypshQM5DQhmw==
"""
"""As Pulumi.sandbox.yaml, with another description."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, and bytes of the state's file."""

    count: int
    up: float
    again: float
    destroy: float
    state: int


def measure(count: int) -> Timing | None:
    """A platform with so many datastores, as a region takes 500 computes; None where there is no pulumi CLI."""
    if shutil.which("pulumi") is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = _project(Path(name), count)
        up, state = _seconds(folder, "up"), _state(folder)
        return Timing(count, up, _seconds(folder, "preview"), _seconds(folder, "destroy"), state)


def _project(folder: Path, count: int) -> Path:
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy2(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (folder / "Pulumi.sandbox.yaml").write_text(_STACK, encoding="utf-8")
    (folder / "many").mkdir()
    rows = "\n".join(_DATASTORE.format(number=number) for number in range(count))
    (folder / "many" / "platform.yml").write_text(f"{_HEAD}{rows}\n", encoding="utf-8")
    return folder


def _state(folder: Path) -> int:
    return runner.checkpoint_file(projects.find(folder), "sandbox").stat().st_size


def _seconds(folder: Path, command: str) -> float:
    started = time.perf_counter()
    line = [sys.executable, "-m", "azureml_sandbox", command, "--cwd", str(folder), "--door", "engine"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(line, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
