"""Projects whose stacks are on the real engine: what tests of that door run, look at and edit."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.pulumi import runner as doors
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import running
from kit import warm
from kit.paths import ROOT
from kit.platforms import SUBSCRIPTION

SALT = next(line for line in (ROOT / "Pulumi.sandbox.yaml").read_text().splitlines() if line.startswith("encryption"))
_SECONDS = 180
cli = pytest.mark.skipif(doors.cli() is None, reason="no pulumi CLI")


@dataclass
class Project:
    """A project's folder with a stack on the real engine."""

    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run `azureml-sandbox` with these arguments, and return what it printed."""
        with self.start(*arguments) as running:
            printed, _ = running.communicate(timeout=_SECONDS)
        assert running.returncode == code, printed
        return printed

    def start(self, *arguments: str, start_new_session: bool = False) -> subprocess.Popen[str]:
        """Start `azureml-sandbox` without waiting; all that it prints comes in one stream.

        It starts warm in-process, unless `run` starts a server of its own, which is known by its process.
        """
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "SANDBOX_DOOR": "engine",
        }
        is_warm = "in-process" in arguments and (arguments[0] != "run" or running(Home.of(self.folder)))
        python = warm.python() if is_warm else sys.executable
        line = [python, "-m", "azureml_sandbox", *arguments]
        piped = subprocess.PIPE
        return subprocess.Popen(
            line,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=piped,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=start_new_session,
        )

    def pulumi(self, *arguments: str, code: int = 0) -> str:
        """Run the CLI itself."""
        return self.run("run", "--", "pulumi", *arguments, code=code)

    def changes(self, *options: str) -> list[str]:
        """Return what a preview would do to resources, as `update ml`."""
        plan = json.loads(self.pulumi("preview", "--json", *options))
        steps = [step for step in plan["steps"] if step["op"] not in ("same", "read", "refresh")]
        return [f"{step['op']} {step['urn'].rpartition('::')[2]}" for step in steps]

    @contextlib.contextmanager
    def azure(self) -> Iterator[Azure]:
        """Yield the cloud that the stack made."""
        with contextlib.closing(Azure(SqliteStore(self.folder / ".sandbox" / "state.db"))) as azure:
            yield azure

    def live(self, type_name: str) -> list[dict[str, Any]]:
        """Return its resources of a type."""
        with self.azure() as azure:
            return azure.resources(type_name)

    def state(self) -> dict[str, Any]:
        """Return what the engine remembers, by name; secrets stay encrypted."""
        stored = json.loads(self.pulumi("stack", "export"))["deployment"].get("resources", [])
        return {item["urn"].rpartition("::")[2]: item for item in stored if item["custom"]}

    def urns(self) -> list[str]:
        """Return the names of everything that the engine remembers, each as often as it does."""
        latest = doors.checkpoint(projects.find(self.folder), "sandbox")
        return [item["urn"].rpartition("::")[2] for item in latest.get("resources", []) if item["custom"]]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text in one of its files, which must hold it."""
        path = self.folder / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


def project(folder: Path, program: str, config: str = "", stack: str = "sandbox") -> Project:
    """Return a project with this program, and further lines of its stack's configuration."""
    runtime = f"runtime: {{name: python, options: {{toolchain: pip, virtualenv: {sys.prefix}}}}}"
    (folder / "Pulumi.yaml").write_text(f"name: azureml-infra\n{runtime}\n")
    settings = f"config:\n  azure-native:subscriptionId: {SUBSCRIPTION}\n{config}\n{SALT}\n"
    (folder / f"Pulumi.{stack}.yaml").write_text(settings)
    (folder / "__main__.py").write_text(program)
    return Project(folder)
