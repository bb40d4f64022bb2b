"""Commands and what they print, in other processes and in this one."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from unittest import mock

from kit import warm
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


def call(
    main: Callable[[list[str]], int],
    words: Sequence[object],
    folder: Path = ROOT,
    more: Mapping[str, str] | None = None,
    *,
    code: int = 0,
) -> str:
    """Return all that a command prints in this process, errors last; its exit code is asserted. What it starts with
    this Python is another process, and warm."""
    printed, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, more or {}),
        mock.patch.object(sys, "executable", warm.python()),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(errors),
    ):
        try:
            found = main([str(word) for word in words])
        except SystemExit as end:
            found = int(end.code or 0)
    text = printed.getvalue() + errors.getvalue()
    assert found == code, text
    return text
