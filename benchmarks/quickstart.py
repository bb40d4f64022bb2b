"""The quickstart as a newcomer meets it: a fresh clone with empty package caches, with full ones, and from then on."""

import os
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from azureml_sandbox.pulumi.runner import IN_PROCESS, VARIABLE

ROOT = Path(__file__).resolve().parent.parent
_REPEATS = 5
_OWN = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL")
_SELF_TIME = re.compile(r"^import time:\s+(\d+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Fresh:
    """Seconds of a clone's first `make up`: with empty package caches, and with what that left in them."""

    cold: float
    warm: float


@dataclass(frozen=True)
class Again:
    """Seconds of the commands when everything is there (medians), and the part of a preview that is imports."""

    up: float
    preview: float
    imports: float


def measure_fresh() -> Fresh:
    """Two clones of HEAD, one after another, with one pair of package caches. Reaches the package index."""
    with TemporaryDirectory() as caches:
        environment = _environment(Path(caches))
        with _clone() as first:
            cold = _seconds(["make", "UV=.uv/bin/uv", "up"], first, environment)
        with _clone() as second:
            return Fresh(cold, _seconds(["make", "UV=.uv/bin/uv", "up"], second, environment))


def measure_again() -> Again:
    """A clone of HEAD that borrows this checkout's installed packages."""
    environment = _environment(None)
    with _clone() as clone:
        (clone / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
        python = str(clone / ".venv/bin/python")
        _seconds([python, "-m", "azureml_sandbox", "up"], clone, environment)
        return Again(
            up=_median([python, "-m", "azureml_sandbox", "up"], clone, environment),
            preview=_median([python, "-m", "azureml_sandbox", "preview"], clone, environment),
            imports=_imports([python, "-X", "importtime", "-m", "azureml_sandbox", "preview"], clone, environment),
        )


@contextmanager
def _clone() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        made = Path(folder) / "azureml-infra"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(made)], check=True)
        yield made


def _environment(caches: Path | None) -> dict[str, str]:
    """This process's environment as a newcomer has it, without a pulumi CLI and with package caches below a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _OWN} | {VARIABLE: IN_PROCESS}
    if caches is None:
        return kept
    return {**kept, "UV_CACHE_DIR": str(caches / "uv"), "PIP_CACHE_DIR": str(caches / "pip")}


def _seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def _median(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    return statistics.median(_seconds(command, folder, environment) for _ in range(_REPEATS))


def _imports(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return sum(int(microseconds) for microseconds in _SELF_TIME.findall(done.stderr)) / 1e6
