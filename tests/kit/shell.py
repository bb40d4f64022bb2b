"""Other processes: a command, and what it prints."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kit.paths import ROOT

Done = subprocess.CompletedProcess[str]


def run(
    line: Sequence[object], folder: Path = ROOT, more: Mapping[str, str] | None = None, seconds: float | None = None
) -> Done:
    """Return what a command printed and its exit code, run in a folder with `more` in its environment."""
    words, environment = [str(word) for word in line], {**os.environ, **(more or {})}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )


def output(
    line: Sequence[object],
    folder: Path = ROOT,
    more: Mapping[str, str] | None = None,
    seconds: float | None = None,
    *,
    code: int = 0,
) -> str:
    """Return all that a command prints, errors last; its exit code is asserted."""
    done = run(line, folder, more, seconds)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
