"""What brings the smoke run's stack up and down: Pulumi's CLI, or the sandbox's own engine where there is none."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

STACK = "smoke"
ENGINES = ("pulumi", "sandbox")
_UNCHANGED = frozenset({"same", "unchanged", "read", "refresh"})
_PASSPHRASE = "smoke"  # noqa: S105 - the stack has no secrets


class EngineFailedError(Exception):
    """A command failed; the text is its last lines."""


class Engine(Protocol):
    """Runs a stack. All raise EngineFailedError."""

    def begin(self) -> None:
        """Make the stack, unless it is there."""

    def preview(self, *, refresh: bool = False) -> dict[str, int]:
        """Return how many resources would change, by what would be done to them."""

    def up(self) -> None:
        """Make what the program describes."""

    def destroy(self) -> None:
        """Delete everything that the stack has made."""


@dataclass(frozen=True)
class Pulumi:
    """The CLI, with its state in the project's folder."""

    folder: Path

    def begin(self) -> None:
        """Make the stack."""
        (self.folder / "state").mkdir(exist_ok=True)
        self._run("stack", "select", "--create", STACK)

    def preview(self, *, refresh: bool = False) -> dict[str, int]:
        """Return the changes of ``pulumi preview --json``."""
        plan = json.loads(self._run("preview", "--json", *(["--refresh"] if refresh else [])))
        return _changes(plan.get("changeSummary") or {})

    def up(self) -> None:
        """Run ``pulumi up``."""
        self._run("up", "--yes", "--skip-preview")

    def destroy(self) -> None:
        """Run ``pulumi destroy``."""
        self._run("destroy", "--yes", "--skip-preview")

    def _run(self, *words: str) -> str:
        variables = {
            "PULUMI_BACKEND_URL": f"file://{(self.folder / 'state').resolve()}",
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        stack = () if words[0] == "stack" else ("--stack", STACK)
        return _run(["pulumi", *words, "--non-interactive", *stack], self.folder, variables)


@dataclass(frozen=True)
class InSandbox:
    """The sandbox's engine in its own process: for a rehearsal, without Pulumi's CLI."""

    folder: Path

    def begin(self) -> None:
        """Do nothing: it makes stacks by itself."""

    def preview(self, *, refresh: bool = False) -> dict[str, int]:
        """Return the changes of a preview."""
        if refresh:
            self._run("refresh")
        return _changes(Counter(one["op"] for one in self._run("preview")["operations"]))

    def up(self) -> None:
        """Make what the program describes."""
        self._run("up")

    def destroy(self) -> None:
        """Delete all of it."""
        self._run("destroy")

    def _run(self, command: str) -> dict[str, Any]:
        options = ["--door", "in-process", "--stack", STACK, "--json"]
        line = [sys.executable, "-m", "azureml_sandbox", command, *options]
        return dict(json.loads(_run(line, self.folder, {})))


def engine(name: str, folder: Path) -> Engine:
    """Return the engine of a name."""
    return Pulumi(folder) if name == "pulumi" else InSandbox(folder)


def _changes(summary: Mapping[str, int]) -> dict[str, int]:
    return {op: count for op, count in summary.items() if op not in _UNCHANGED and count}


def _run(line: Sequence[str], folder: Path, variables: Mapping[str, str]) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(  # noqa: S603 - our own words
        line, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [text for text in (*done.stdout.splitlines(), *done.stderr.splitlines()) if text.strip()]
        raise EngineFailedError("\n".join(said[-12:]) or f"{line[0]} ended with {done.returncode}")
    return done.stdout
