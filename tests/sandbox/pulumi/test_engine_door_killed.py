"""Runs on the real engine that are ended half-way, and runs at the same time: nothing lost, nothing doubled."""

import json
import os
import signal
import time
from collections.abc import Callable
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

PROGRAM = """
import signal
import time
from pathlib import Path

import pulumi
from pulumi_azure_native import managedidentity, resources

signal.signal(signal.SIGINT, signal.SIG_DFL)


def waited(value):
    while Path("wait").exists():
        time.sleep(0.05)
    return value


team = pulumi.get_stack()
group = resources.ResourceGroup("rg", resource_group_name=f"rg-{team}", location="westeurope")
first = managedidentity.UserAssignedIdentity(
    "first", resource_group_name=group.name, resource_name_=f"{team}-first", tags={tags})
last = managedidentity.UserAssignedIdentity(
    "last", resource_group_name=group.name, resource_name_=first.name.apply(waited).apply(lambda _: f"{team}-last"))
"""
NAMES = ["first", "last", "rg"]
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
SECONDS = 60


def shop(folder: Path, tags: Any = None) -> Project:
    return project(folder, PROGRAM.replace("{tags}", repr(tags)))


def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return what it says."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {SECONDS} s: {condition}")


def holder(made: Project, stack: str = "sandbox") -> int:
    """Return the process of the CLI that changes the stack; 0: none does."""
    folder = made.folder / ".sandbox/.pulumi/locks/organization/azureml-infra" / stack
    for lock in folder.glob("*.json"):
        text = lock.read_text()
        return int(json.loads(text)["pid"]) if text else 0
    return 0


def ends(process: int) -> bool:
    """Return whether the process has ended."""
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def is_whole(made: Project) -> None:
    """Each resource is once in the state and once in the cloud, and there is nothing left to do."""
    assert sorted(name for name in made.urns() if not name.startswith("default_")) == NAMES
    assert [one["name"] for one in made.live(IDENTITY)] == ["sandbox-first", "sandbox-last"]
    assert made.changes() == []
    assert "pending_operations" not in runner.checkpoint(projects.find(made.folder), "sandbox")


def killing(made: Project, call: str, name: str, *, done: bool) -> type[AzureNative]:
    """Return a provider that kills the CLI in a call for one resource: before it does it, or before it can say so."""

    class Killing(AzureNative):
        """Kills once."""

    def kill_in_call(self: AzureNative, request: Any, context: Any) -> Any:
        if not request.urn.endswith(f"::{name}") or getattr(request, "preview", False):
            return getattr(AzureNative, call)(self, request, context)
        if done:
            getattr(AzureNative, call)(self, request, context)
        os.kill(holder(made), signal.SIGKILL)
        until(lambda: ends(holder(made)))
        raise RuntimeError("nobody hears this")

    setattr(Killing, call, kill_in_call)
    return Killing


@cli
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("call", ["Create", "Update", "Delete"])
def test_a_cli_that_is_killed_in_the_middle_of_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, *, done: bool
) -> None:
    monkeypatch.setenv("SANDBOX_DOOR", "engine")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    made = shop(tmp_path, {"size": "1"})
    command = "destroy" if call == "Delete" else "up"
    if call != "Create":
        assert main(["up", "--cwd", str(tmp_path)]) == OK
    shop(tmp_path, {"size": "2"})
    with monkeypatch.context() as patched:
        patched.setattr(server, "AzureNative", killing(made, call, "first", done=done))
        assert main([command, "--cwd", str(tmp_path)]) == FAILED
    assert main([command, "--cwd", str(tmp_path)]) == OK
    if command == "up":
        is_whole(made)
        assert made.live(IDENTITY)[0]["tags"] == {"size": "2"}
    else:
        assert (made.urns(), made.live(IDENTITY)) == ([], [])


@cli
def test_a_sandbox_that_is_killed_leaves_a_stack_that_goes_on(tmp_path: Path) -> None:
    made = shop(tmp_path)
    (tmp_path / "wait").touch()
    with made.start("up") as running:
        until(lambda: made.live(IDENTITY))
        engine = holder(made)
        running.kill()
        # The engine still writes dots to this pipe, and would end at the first one if it were closed.
        assert f"another run (process {engine}) is changing the stack 'sandbox'" in made.run("up", code=2)
        (tmp_path / "wait").unlink()
        until(lambda: ends(engine))
    made.run("up")
    is_whole(made)


@cli
def test_ctrl_c_ends_a_run_in_good_order(tmp_path: Path) -> None:
    made = shop(tmp_path)
    (tmp_path / "wait").touch()
    with made.start("up", start_new_session=True) as running:
        until(lambda: made.live(IDENTITY))
        os.killpg(running.pid, signal.SIGINT)
        printed, _ = running.communicate(timeout=SECONDS)
    (tmp_path / "wait").unlink()
    assert running.returncode == FAILED
    assert "Traceback" not in printed
    assert holder(made) == 0
    assert {"rg", "first"} <= set(made.urns())
    made.pulumi("up", "--yes", "--skip-preview")
    is_whole(made)


@cli
def test_two_runs_of_one_stack_and_of_two(tmp_path: Path) -> None:
    made = shop(tmp_path)
    (tmp_path / "Pulumi.other.yaml").write_text((tmp_path / "Pulumi.sandbox.yaml").read_text())
    (tmp_path / "wait").touch()
    with made.start("up") as one, made.start("up", "--stack", "other") as other:
        until(lambda: len(made.live(IDENTITY)) == 2)
        assert f"another run (process {one.pid}) is using the stack 'sandbox'" in made.run("up", code=2)
        output = made.pulumi("up", "--yes", "--skip-preview", code=2)
        assert f"another run (process {holder(made)}) is changing the stack 'sandbox'" in output
        (tmp_path / "wait").unlink()
        printed = [running.communicate(timeout=SECONDS)[0] for running in (one, other)]
    assert [running.returncode for running in (one, other)] == [OK, OK], printed
    names = {one["name"] for one in made.live(IDENTITY)}
    assert names == {f"{stack}-{name}" for stack in ("sandbox", "other") for name in ("first", "last")}
    made.run("destroy", "--stack", "other")
    is_whole(made)


def test_what_holds_a_stack_is_named_and_what_is_left_of_it_is_not(tmp_path: Path) -> None:
    from azureml_sandbox.pulumi.engine.errors import EngineError
    from azureml_sandbox.pulumi.provider.resuming import resume

    found = projects.find(shop(tmp_path).folder)
    lock = tmp_path / ".sandbox/.pulumi/locks/organization/azureml-infra/sandbox/1.json"
    lock.parent.mkdir(parents=True)
    ran: list[tuple[str, ...]] = []
    for content, said in (
        ({"pid": 1, "hostname": "elsewhere"}, r"\(process 1 on elsewhere\) is changing the stack .*; if it is gone, "),
        ({"pid": os.getpid(), "hostname": os.uname().nodename}, None),  # a number that went to another program
        ({}, None),
    ):
        lock.write_text(json.dumps(content))
        if said:
            with pytest.raises(EngineError, match=said):
                resume(found, "sandbox", lambda *arguments, **_: ran.append(arguments))
        else:
            resume(found, "sandbox", lambda *arguments, **_: ran.append(arguments))
    assert ran == [("cancel", "--yes")] * 2
