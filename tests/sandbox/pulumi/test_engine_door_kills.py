"""The engine, killed at random points of runs that make, change, replace and delete: the next run ends as if it hadn't.

`KILLS=60 python -m pytest tests/sandbox/pulumi/test_engine_door_kills.py` tries as many; without it a few.
"""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from azureml_sandbox.__main__ import main
from azureml_sandbox.commands.common import FAILED, OK
from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import project as projects
from azureml_sandbox.pulumi.provider import server
from azureml_sandbox.pulumi.provider.servicer import AzureNative
from kit.engine_projects import Project, cli, project

KILLS = int(os.environ.get("KILLS", "4"))
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
LIVES = """
import json
import os
import signal
import time
from pathlib import Path


def live_on(folder):
    # End the engine when the count that is left in a file has come to nothing.
    left = Path(folder, "lives")
    if not left.exists():
        return
    lives = int(left.read_text() or 0)
    left.write_text(str(lives - 1))
    if lives > 0:
        return
    for lock in Path(folder, ".sandbox/.pulumi/locks/organization/azureml-infra/sandbox").glob("*.json"):
        left.unlink(missing_ok=True)
        os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
        time.sleep(2)
"""
PROGRAM = f"""{LIVES}
import pulumi
from pulumi import dynamic
from pulumi_azure_native import managedidentity, resources

HERE = os.getcwd()
WANTED = json.loads(Path("wanted.json").read_text())


class Files(dynamic.ResourceProvider):
    def create(self, props):
        live_on(props["folder"])
        Path(props["folder"], props["path"]).write_text(props["text"])
        live_on(props["folder"])
        return dynamic.CreateResult(props["path"], props)

    def diff(self, id, olds, news):
        replaces = ["path"] if olds["path"] != news["path"] else []
        return dynamic.DiffResult(olds["text"] != news["text"] or bool(replaces), replaces, [], False)

    def read(self, id, props):
        path = Path(props["folder"], id)
        found = dict(props, text=path.read_text()) if path.exists() else {{}}
        return dynamic.ReadResult(id if found else None, found)

    def update(self, id, olds, news):
        live_on(news["folder"])
        Path(news["folder"], id).write_text(news["text"])
        live_on(news["folder"])
        return dynamic.UpdateResult(news)

    def delete(self, id, props):
        live_on(props["folder"])
        Path(props["folder"], id).unlink(missing_ok=True)
        live_on(props["folder"])


class File(dynamic.Resource):
    def __init__(self, name, path, text, opts):
        super().__init__(Files(), name, {{"folder": HERE, "path": path, "text": text}}, opts)


group = resources.ResourceGroup("rg", resource_group_name="rg-shop", location="westeurope")
before = group
for name, (place, text) in WANTED["identities"].items():
    named = {{}} if place == "any" else {{"resource_name_": f"{{name}}-{{place}}"}}
    before = managedidentity.UserAssignedIdentity(
        name,
        resource_group_name=group.name,
        tags={{"text": text}},
        opts=pulumi.ResourceOptions(depends_on=[before]),
        **named,
    )
for name, (place, text) in WANTED["files"].items():
    before = File(name, f"{{name}}-{{place}}.txt", text, pulumi.ResourceOptions(depends_on=[before]))
"""
Things = dict[str, tuple[str, str]]
"""Name -> a place, which another one replaces, and a text that is changed in place."""


@dataclass
class Shop:
    """What is wanted, made in a project's folder."""

    made: Project
    chance: random.Random
    identities: Things = field(default_factory=dict)
    files: Things = field(default_factory=dict)

    def change(self) -> None:
        """Want something else: more, less, other texts, other places."""
        self.identities = self._other_things(self.identities, ["one", "two", "any"])
        self.files = self._other_things(self.files, ["one", "two"])
        self.write()

    def write(self) -> None:
        """Tell the program."""
        wanted = {"identities": self.identities, "files": self.files}
        (self.made.folder / "wanted.json").write_text(json.dumps(wanted))

    def _other_things(self, things: Things, places: list[str]) -> Things:
        names = [name for name in "abcd" if self.chance.random() < 0.7]
        fresh = {name: (self.chance.choice(places), self.chance.choice("xyz")) for name in names}
        return {name: things[name] if name in things and self.chance.random() < 0.4 else fresh[name] for name in names}

    def up(self, lives: int | None = None) -> int:
        """Run `up`, with an engine that has so many lives; return the exit code."""
        left = self.made.folder / "lives"
        left.unlink(missing_ok=True)
        if lives is not None:
            left.write_text(str(lives))
        code = main(["up", "--cwd", str(self.made.folder)])
        left.unlink(missing_ok=True)
        return code

    def check(self) -> None:
        """Hold the cloud, the files and the state against what is wanted."""
        folder = self.made.folder
        found = {one["name"]: one["tags"]["text"] for one in self.made.live(IDENTITY)}
        places = dict(self._identity_names())
        assert {places.get(name, name): text for name, text in found.items()} == {
            name: text for name, (_, text) in self.identities.items()
        }
        texts = {path.name: path.read_text() for path in folder.glob("*.txt")}
        assert texts == {f"{name}-{place}.txt": text for name, (place, text) in self.files.items()}
        state = [name for name in self.made.urns() if not name.startswith("default")]
        assert sorted(state) == sorted(["rg", *self.identities, *self.files])
        assert "pending_operations" not in runner.checkpoint(projects.find(folder), "sandbox")

    def _identity_names(self) -> Iterator[tuple[str, str]]:
        """Yield each name in the cloud with the program's name."""
        latest = runner.checkpoint(projects.find(self.made.folder), "sandbox")
        for item in latest["resources"]:
            if "UserAssignedIdentity" in item["type"]:
                yield str(item["outputs"]["name"]), item["urn"].rpartition("::")[2]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Return a shop, in whose folder the engine's lives are counted at the begin and end of each change."""
    monkeypatch.setenv("SANDBOX_DOOR", "engine")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    names: dict[str, Any] = {}
    exec(LIVES, names)

    class Mortal(AzureNative):
        """Counts."""

    for call in ("Create", "Update", "Delete"):

        def count(self: AzureNative, request: Any, context: Any, call: str = call) -> Any:
            if getattr(request, "preview", False):
                return getattr(AzureNative, call)(self, request, context)
            names["live_on"](tmp_path)
            answer = getattr(AzureNative, call)(self, request, context)
            names["live_on"](tmp_path)
            return answer

        setattr(Mortal, call, count)
    monkeypatch.setattr(server, "AzureNative", Mortal)
    return Shop(project(tmp_path, PROGRAM), random.Random(14))


@cli
def test_a_run_after_a_kill_ends_as_if_there_had_been_none(shop: Shop) -> None:
    killed = 0
    while killed < KILLS:
        before = shop.identities
        shop.change()
        code = shop.up(shop.chance.randrange(16))
        killed += code == FAILED
        if code == FAILED and shop.chance.random() < 0.3:
            shop.identities = before  # what was to be in Azure is taken back; of files only their program knows
            shop.write()
        assert shop.up() == OK
        shop.check()
    assert shop.made.changes("--refresh") == []


@cli
@pytest.mark.parametrize("command", ["destroy", "up"])
def test_what_a_killed_run_made_goes_where_nobody_wants_it(shop: Shop, command: str) -> None:
    shop.identities, shop.files = dict.fromkeys("ab", ("one", "x")), {}
    shop.write()
    assert shop.up(5) == FAILED
    assert [one["name"] for one in shop.made.live(IDENTITY)] == ["a-one", "b-one"]
    assert shop.made.urns() == []
    shop.identities = {}
    shop.write()
    assert main([command, "--cwd", str(shop.made.folder)]) == OK
    assert shop.made.live(IDENTITY) == []
    assert "rg" in shop.made.urns() if command == "up" else shop.made.urns() == []
    assert not {"a", "b"} & set(shop.made.urns())
