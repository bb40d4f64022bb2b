"""Stacks that 0.1.0 and 0.2.0 left go on with this version: nothing is made again, and all of it can be destroyed.

upgrade/README.md says what was recorded, and how.
"""

import base64
import contextlib
import gzip
import json
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from azureml_infra.components.assets import KINDS
from azureml_sandbox import Op, Result, Sandbox
from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import project as projects
from kit.engine_projects import Project, cli
from kit.paths import EXAMPLES, write_files
from kit.shell import run

STATES = Path(__file__).with_name("upgrade")
ENGINE = sorted(path.name.removesuffix(".engine.json.gz") for path in STATES.glob("*.engine.json.gz"))
IN_PROCESS = sorted(
    path.name.removesuffix(".json.gz") for path in STATES.glob("*.json.gz") if ".engine." not in path.name
)
PROTECTED = "bootstrap"
"""What it makes is protected, so it is destroyed only once `disposable` is said of it."""
ROLE = "azure-native:authorization:RoleAssignment"
NEW = {ROLE, "pulumi-python:dynamic/azureml:WorkspacePurge"}
IN_PLACE = {Op.SAME, Op.UPDATE, Op.READ}
SINGLE = {f"azureml-infra:index:{kind}" for kind in (*KINDS.values(), "Compute", "Datastore", "Job")}
"""What 0.2.0 registered around each resource of these; nothing in Azure goes with it."""
EDITS = {
    "batch": ("examples/batch/endpoint.yml", "deployment_name: scores", "deployment_name: report"),
    "kubernetes-endpoint": ("examples/kubernetes-endpoint/endpoint.yml", "blue: 100", "blue: 0"),
    "quickstart": ("examples/quickstart/endpoint/endpoint.yml", "blue: 90\n  green: 10", "blue: 40\n  green: 60"),
}
"""What changes where the requests go: a file, what it says and what it says then."""

Record = dict[str, Any]


class Stack(Project):
    """A recorded stack, below a folder of its own, with the program of this version."""

    def __init__(self, folder: Path, record: Record) -> None:
        super().__init__(folder)
        self.record, self.stack = record, record["stack"]
        write_files(folder, record["files"])
        own = EXAMPLES / record["example"] / "__main__.py"
        shutil.copy(own if own.is_file() else EXAMPLES.parent / "__main__.py", folder)
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        settings = {
            "Pulumi.yaml": {**record["project"], "runtime": runtime},
            f"Pulumi.{self.stack}.yaml": record["config"],
        }
        for name, content in settings.items():
            (folder / name).write_text(json.dumps(content), "utf-8")
        restore(folder / runner.HOME / runner.DATABASE, record["store"])

    def left(self) -> list[str]:
        """Return the ids of what is in its cloud."""
        with self.azure() as azure:
            return sorted(one["id"] for one in azure.resources())

    def resources(self) -> set[tuple[str, str, str]]:
        """Return what the engine has in its state, by its type and id, and since when: what it replaces is younger."""
        latest = runner.checkpoint(projects.find(self.folder), self.stack)
        found = (one for one in latest.get("resources", []) if not one["type"].startswith("pulumi:"))
        return {
            (one["type"], one.get("id") or one["urn"], one["created"]) for one in found if one["type"] not in SINGLE
        }

    def command(self, name: str, *more: str) -> str:
        """Run the sandbox's command on this stack."""
        return self.run(name, "--stack", self.stack, *more)

    def end_protection(self) -> None:
        """Say of the stack that it comes and goes."""
        file = self.folder / f"Pulumi.{self.stack}.yaml"
        settings = json.loads(file.read_text("utf-8"))
        settings["config"][f"{self.record['project']['name']}:disposable"] = "true"
        file.write_text(json.dumps(settings), "utf-8")

    def edit_routing(self) -> bool:
        """Send the requests elsewhere, in an example that routes any."""
        edit = EDITS.get(self.record["example"])
        if edit:
            self.edit(*edit)
        return edit is not None


def restore(database: Path, store: dict[str, Any]) -> None:
    """Write the file as it was."""
    database.parent.mkdir()
    with contextlib.closing(sqlite3.connect(database)) as made, made:
        for name, table in sorted(store.items(), key=lambda item: item[0] == "sqlite_sequence"):
            if name == "sqlite_sequence":  # SQLite's own, which is there by now
                made.execute(f"DELETE FROM {name}")
            else:
                made.execute(table["sql"])
            for row in table["rows"]:
                cells = [base64.b64decode(cell["base64"]) if isinstance(cell, dict) else cell for cell in row]
                made.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(cells))})", cells)


def read_record(name: str) -> Record:
    """Return one file of the records."""
    return dict(json.loads(gzip.decompress((STATES / f"{name}.json.gz").read_bytes())))


def import_stack(name: str, folder: Path) -> Stack:
    """Import a stack recorded on the engine into the state of this one."""
    stack = Stack(folder, read_record(f"{name}.engine"))
    (folder / "export.json").write_text(json.dumps(stack.record["export"]), "utf-8")
    stack.command("run", "--", "pulumi", "stack", "import", "--file", "export.json")
    return stack


def ops(result: Result) -> set[Op]:
    """Return what happened to the resources, whatever became of providers. What 0.1.0 didn't make or grant may come."""
    return {
        one.op
        for one in result.operations
        if not one.type.startswith("pulumi:")
        and not (one.type in NEW and one.op is Op.CREATE)
        and not (one.type in SINGLE and one.op is Op.DELETE)
    }


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "sandbox")


@pytest.mark.parametrize("name", IN_PROCESS)
def test_what_was_made_in_process_goes_on(name: str, tmp_path: Path) -> None:
    stack = Stack(tmp_path, read_record(name))
    with Sandbox(tmp_path / runner.HOME / runner.DATABASE, stack=stack.stack) as sandbox:
        sandbox.refresh(tmp_path)
        assert ops(sandbox.up(tmp_path)) <= IN_PLACE
        if stack.edit_routing():
            assert Op.UPDATE in ops(sandbox.up(tmp_path)) <= IN_PLACE
        if name == PROTECTED:
            stack.end_protection()
            assert ops(sandbox.up(tmp_path)) <= IN_PLACE
        sandbox.destroy(tmp_path)
        assert sandbox.state.resources() == []
        assert stack.left() == stack.record.get("left", [])


@pytest.mark.parametrize("name", [name for name in IN_PROCESS if name != PROTECTED])
def test_what_was_made_in_process_can_be_destroyed_at_once(name: str, tmp_path: Path) -> None:
    stack = Stack(tmp_path, read_record(name))
    with Sandbox(tmp_path / runner.HOME / runner.DATABASE, stack=stack.stack) as sandbox:
        sandbox.destroy(tmp_path)
        assert sandbox.state.resources() == []
    assert stack.left() == stack.record["left"]


@cli
@pytest.mark.parametrize("name", ENGINE)
def test_what_was_made_on_the_engine_goes_on(name: str, tmp_path: Path) -> None:
    stack = import_stack(name, tmp_path)
    known = stack.resources()
    stack.command("refresh")
    edited = stack.edit_routing()
    assert "updated" in stack.command("up") or not edited
    assert known <= stack.resources()
    assert {type_ for type_, *_ in stack.resources() - known} <= NEW
    assert not any(f"${kind}" in urn for kind in SINGLE for urn in stack.urns())
    if name == PROTECTED:
        stack.end_protection()
        stack.command("up")
    stack.command("destroy")
    assert stack.resources() == set()
    assert stack.left() == stack.record.get("left", [])


@cli
@pytest.mark.parametrize("name", sorted(EDITS))
def test_what_was_made_on_the_engine_can_be_destroyed_at_once(name: str, tmp_path: Path) -> None:
    stack = import_stack(name, tmp_path)
    stack.command("destroy")
    assert stack.resources() == set()
    assert stack.left() == stack.record["left"]


@pytest.mark.parametrize("init", [True, False])
def test_a_users_own_infra_is_found_first(init: bool, tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    if init:
        (tmp_path / "infra" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "infra" / "network.py").write_text("HUB = 'theirs'", "utf-8")
    line = "import azureml_infra, infra.network; print(infra.network.HUB)"
    done = run([sys.executable, "-c", line], tmp_path)
    assert done.stdout == "theirs\n", done.stderr


def test_a_users_own_package_can_let_both_be_found(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    line = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)'
    assert line in (EXAMPLES.parent / "CHANGELOG.md").read_text("utf-8")
    (tmp_path / "infra" / "__init__.py").write_text(line, "utf-8")
    (tmp_path / "infra" / "network.py").write_text("HUB = 'theirs'", "utf-8")
    code = "import infra.network, infra.dynamic.purge as ours; print(infra.network.HUB, ours.PurgeProvider.__name__)"
    done = run([sys.executable, "-c", code], tmp_path)
    assert done.stdout == "theirs PurgeProvider\n", done.stderr
