"""The quickstart's story through both doors: each step does exactly what it should, and no more."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from azureml_sandbox import Azure, Result, Sandbox
from kit.engine_projects import Project, cli, project
from kit.paths import ROOT

PLATFORM = "examples/quickstart/platform.yml"
ACCOUNT = "Microsoft.Storage/storageAccounts"
NAMED = "machinelearningservices:Workspace quickstart"
QUIET = {"same", "unchanged", "read", "refresh"}

Step = tuple[str, str]
"""An operation and what it is done to, as `update` and `storage:StorageAccount quickstart-storage`."""


class Door(Protocol):
    """One way to run the story's project."""

    azure: Azure

    def steps(self, command: str) -> list[Step]:
        """Run a command, and return what it did or would do, in order, without what stays."""

    def needs(self) -> dict[str, set[str]]:
        """Return what is in the state, each with what has to be there as long as it is."""


class InProcess:
    """The sandbox's own engine."""

    def __init__(self, made: Project, azure: Azure) -> None:
        self._folder, self._sandbox, self.azure = made.folder, Sandbox(azure=azure), azure

    def steps(self, command: str) -> list[Step]:
        if command == "preview --refresh":
            self._sandbox.refresh(self._folder)
        result: Result = getattr(self._sandbox, command.partition(" ")[0])(self._folder)
        return [(str(one.op), name(one.urn)) for one in result.operations if one.op not in QUIET]

    def needs(self) -> dict[str, set[str]]:
        state = self._sandbox.state.resources()
        return needs({one.urn: [one.parent, *one.dependencies] for one in state})


class Engine:
    """Pulumi's engine. What is applied is the plan of its preview."""

    def __init__(self, made: Project, azure: Azure) -> None:
        self._made, self.azure = made, azure

    def steps(self, command: str) -> list[Step]:
        log, plan = (self._made.folder / file for file in ("events.json", "plan.json"))
        word, *options = command.split()
        if word != "preview":
            options = ["--yes", "--skip-preview"]
        if word in ("preview", "up"):
            options += ["--save-plan" if word == "preview" else "--plan", str(plan)]
        self._made.pulumi(word, *options, "--event-log", str(log))
        events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        log.unlink()
        kind = "resourcePreEvent" if word == "preview" else "resOutputsEvent"
        found = [event[kind]["metadata"] for event in events if kind in event]
        return [(one["op"], name(one["urn"])) for one in found if one["op"] not in QUIET and is_ours(one["urn"])]

    def needs(self) -> dict[str, set[str]]:
        stored = json.loads(self._made.pulumi("stack", "export"))["deployment"].get("resources", [])
        return needs({one["urn"]: [one.get("parent", ""), *one.get("dependencies", [])] for one in stored})


def needs(state: dict[str, list[str]]) -> dict[str, set[str]]:
    """Return the same by names, without what the engine makes by itself."""
    return {name(urn): {name(one) for one in after if is_ours(one)} for urn, after in state.items() if is_ours(urn)}


def name(urn: str) -> str:
    """Return the type without its package, and the name."""
    types, own = urn.split("::")[-2:]
    return f"{types.rpartition('$')[2].removeprefix('azure-native:')} {own}"


def is_ours(urn: str) -> bool:
    """Return whether the program makes it: the engine makes the stack and its providers by itself."""
    return bool(urn) and not name(urn).startswith("pulumi:")


@pytest.fixture(params=[InProcess, pytest.param(Engine, marks=cli)])
def door(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "sandbox")
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")  # gives the CLI its --event-log
    shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "examples" / "quickstart")
    made = project(tmp_path, (ROOT / "__main__.py").read_text("utf-8"))
    shutil.copy(ROOT / "Pulumi.sandbox.yaml", tmp_path)
    (tmp_path / ".sandbox").mkdir()
    with made.azure() as azure:
        yield request.param(made, azure)


def test_the_quickstarts_story(door: Door, tmp_path: Path) -> None:
    made = door.steps("preview")
    assert {op for op, _ in made} == {"create"}
    assert sorted(door.steps("up")) == sorted(made)
    order = door.needs()
    assert sorted(order) == sorted(what for _, what in made)

    file = tmp_path / PLATFORM
    file.write_text(file.read_text("utf-8").replace("A complete Azure ML", "A whole Azure ML"), "utf-8")
    edit = [("update", NAMED)]
    assert door.steps("preview") == edit
    assert door.steps("up") == edit
    (workspace,) = door.azure.resources("Microsoft.MachineLearningServices/workspaces")
    assert workspace["properties"]["description"].startswith("A whole Azure ML")

    assert door.steps("refresh") == []
    assert door.steps("preview --refresh") == []

    (account,) = door.azure.resources(ACCOUNT)
    door.azure.patch(account["id"], {"tags": {**account["tags"], "team": "another"}})
    assert door.steps("preview") == []
    drift = [("update", "storage:StorageAccount quickstart-storage")]
    assert door.steps("refresh") == drift
    assert door.steps("preview --refresh") == drift
    assert door.steps("up") == drift
    assert door.azure.resources(ACCOUNT)[0]["tags"]["team"] == "data-platform"
    assert door.steps("preview --refresh") == []

    assert door.needs() == order
    deleted = door.steps("destroy")
    assert sorted(deleted) == sorted(("delete", what) for what in order)
    at = {what: place for place, (_, what) in enumerate(deleted)}
    assert [(first, what) for what, after in order.items() for first in after if at[first] < at[what]] == []
    assert door.needs() == {}
    assert door.azure.resources() == []
    assert door.azure.all_deleted() == []
