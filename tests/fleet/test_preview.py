"""Many stacks previewed at once: real processes in the sandbox, resumed after a kill, summed up worst first."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from azureml_fleet import summary
from azureml_fleet.load import read_fleet
from azureml_fleet.progress import FleetProgress
from azureml_fleet.run import PreviewResult
from azureml_review.model import Verdict
from kit.fleets import example, output_lines, run, small
from kit.paths import ROOT
from kit.rows import each

COLD = sys.executable
SANDBOX = ("--sandbox", "--door", "in-process")
DEADLINE = 600.0
"""Seconds after which nothing comes any more, however busy the machine is."""
PACK = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(ROOT / "policies" / "sandbox.json"))
pytestmark = pytest.mark.usefixtures("warm_executable")
"""What a fleet runs for each of its stacks."""


def preview(fleet: Path, *more: str) -> int:
    return run("preview", fleet, "--out", str(fleet.parent / "out"), *SANDBOX, *more)


def results(fleet: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((fleet.parent / "out" / "summary.json").read_text("utf-8"))
    return {one["stack"]: one for one in found["stacks"]}


def stack(name: str, more: str = "") -> str:
    return f"name: {name}, description: churn, environment: dev{more}"


def test_the_example_is_previewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = example(tmp_path)
    assert preview(fleet, "--workers", "3", "--only", "*-dev", "--only", "environment=dev") == 0
    lines = output_lines(capsys)
    assert lines[0].startswith("2 stacks: 2 needs an admin")
    assert {line.partition(":")[0].partition("] ")[2] for line in lines if line.startswith("[")} == {
        "churn-dev",
        "forecast-dev",
    }
    out = fleet.parent / "out" / "forecast-dev"
    assert {file.name for file in out.iterdir()} == {
        "lock", "log.txt", "preview.jsonl", "result.json", "review.json", "review.md", "review.txt",
    }  # fmt: skip
    review = json.loads((out / "review.json").read_text("utf-8"))
    (cluster,) = [one for one in review["changes"] if one["noun"] == "compute cluster"]
    assert cluster["place"]["file"] == "platforms/forecast/computes/cpu-cluster.yml"
    assert "0-2 x Standard_DS3_v2 (low priority)" in (out / "review.txt").read_text("utf-8")
    assert results(fleet)["churn-dev"]["counts"]["create"] > 5


def test_the_worst_comes_first_and_decides_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, stack("good"), stack("broken"))
    assert run("write", fleet) == 0
    (tmp_path / "__main__.py").write_text(
        (tmp_path / "__main__.py").read_text("utf-8") + "\nif pulumi.get_stack() == 'broken':\n    raise SystemError\n"
    )
    output_lines(capsys)
    assert preview(fleet, "--format", "markdown") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "## 2 stacks: 1 failed, 1 needs an admin"
    assert [line.split("|")[2].strip() for line in lines if line.startswith("| ") and "`" in line] == [
        "`broken`",
        "`good`",
    ]


def test_a_refusal_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, stack("one"))
    assert run("write", fleet) == 0
    assert preview(fleet, *PACK, "--requester", "dana") == 1
    assert results(fleet)["one"]["verdict"] == "refused"
    assert any(line.startswith("refused ") and "one" in line for line in output_lines(capsys))


def test_only_what_is_not_done_or_changed_is_previewed_again(tmp_path: Path) -> None:
    fleet = small(tmp_path, stack("a"), stack("b", ", overrides: {tags: {stage: b}}"))
    assert run("write", fleet) == 0
    assert preview(fleet) == 0
    assert preview(fleet, "--resume") == 0
    assert {name: one["again"] for name, one in results(fleet).items()} == {"a": True, "b": True}
    fleet.write_text(fleet.read_text("utf-8").replace("stage: b", "stage: c"), "utf-8")
    assert run("write", fleet) == 0
    assert preview(fleet, "--resume") == 0
    assert {name: one["again"] for name, one in results(fleet).items()} == {"a": True, "b": False}
    platform = tmp_path / "churn" / "platform.yml"
    platform.write_text(platform.read_text("utf-8").replace("max_instances: 8", "max_instances: 9"), "utf-8")
    assert preview(fleet, "--resume") == 0
    assert {name: one["again"] for name, one in results(fleet).items()} == {"a": False, "b": False}
    assert preview(fleet) == 0
    assert {name: one["again"] for name, one in results(fleet).items()} == {"a": False, "b": False}


WAITS = f"""
import pathlib, time
deadline = time.monotonic() + {DEADLINE}
while pulumi.get_stack() == "b" and not pathlib.Path("go").exists() and time.monotonic() < deadline:
    time.sleep(0.01)
"""
"""The end of a program whose stack `b` isn't done before there is a file `go`."""


def begin(fleet: Path, *more: str) -> subprocess.Popen[str]:
    """Start a run in a process of its own, and return it with at least one stack done and others to come."""
    out = fleet.parent / "out"
    code = "import sys; sys.executable = sys.argv.pop(1); from azureml_fleet.__main__ import main; sys.exit(main())"
    line = [COLD, "-c", code, sys.executable, "preview", "--fleet", str(fleet), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen(
        [*line, *SANDBOX, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + DEADLINE
    while not list(out.glob("*/result.json")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_ended_loses_nothing(
    number: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = small(tmp_path, stack("a"), stack("b"))
    assert run("write", fleet) == 0
    with (tmp_path / "__main__.py").open("a", encoding="utf-8") as program:
        program.write(WAITS)
    process = begin(fleet)
    os.kill(process.pid, number)
    output, errors = process.communicate(timeout=DEADLINE)
    done = (tmp_path / "out" / "a" / "result.json").read_text("utf-8")
    assert not (tmp_path / "out" / "b" / "result.json").exists()
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "`--resume` goes on" in output
        assert "Traceback" not in errors
    output_lines(capsys)
    (tmp_path / "go").touch()
    assert preview(fleet, "--resume") == 0
    assert {name: one["again"] for name, one in results(fleet).items()} == {"a": True, "b": False}
    assert (tmp_path / "out" / "a" / "result.json").read_text("utf-8") == done


def test_files_that_differ_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, stack("a"))
    assert preview(fleet) == 2
    assert output_lines(capsys) == ["Pulumi.a.yaml:1:1: no such file; expected what `azureml-fleet write` writes"]


def test_a_project_needs_a_project_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, stack("a"))
    (tmp_path / "Pulumi.yaml").unlink()
    assert preview(fleet) == 2
    assert "there is no Pulumi.yaml beside fleet.yml" in output_lines(capsys)[0]


def test_options_of_the_sandbox_are_for_the_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, stack("a"))
    assert run("preview", fleet, "--requester", "dana") == 2
    assert "--requester is for the sandbox" in output_lines(capsys)[0]


def test_against_azure_it_is_pulumis_own_preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that answers as pulumi does, with the events of the sandbox's preview."""
    fleet = small(tmp_path, stack("a"))
    assert run("write", fleet) == 0
    assert preview(fleet) == 0
    events = (tmp_path / "out" / "a" / "preview.jsonl").rename(tmp_path / "events.jsonl")
    home = tmp_path / "bin"
    home.mkdir()
    command = home / "pulumi"
    command.write_text(
        f'#!/bin/sh\necho "$@" >{tmp_path}/line\necho "$PULUMI_ENABLE_STREAMING_JSON_PREVIEW" >>{tmp_path}/line\n'
        f"cat {events}\n"
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")
    assert run("preview", fleet, "--out", str(tmp_path / "azure"), "--policy-pack", str(ROOT / "policies")) == 0
    line, streaming = (tmp_path / "line").read_text("utf-8").splitlines()
    assert line == (f"preview --json --non-interactive --cwd {tmp_path} --stack a --policy-pack {ROOT / 'policies'}")
    assert streaming == "true"
    monkeypatch.setenv("PATH", "/nowhere")
    output_lines(capsys)
    assert run("preview", fleet, "--out", str(tmp_path / "azure")) == 1
    assert "there is no pulumi on PATH" in "".join(output_lines(capsys))


# what is shown


def result(name: str, verdict: str, **counts: int) -> PreviewResult:
    return PreviewResult(name, "dev", "westeurope", "", verdict, counts, "because <b> of | it", 1.0)


def test_a_summary_escapes_what_others_wrote() -> None:
    shown = summary.markdown(summary.Summary((result("a", "failed"),), ("b",)))
    assert shown.splitlines()[-3:] == ["- `a`: because &lt;b&gt; of \\| it", "", "Not previewed: `b`"]


@each("verdict", list(Verdict))
def test_every_verdict_is_shown(verdict: Verdict) -> None:
    one = summary.Summary((result("a", verdict.value),))
    shown = ["\n".join(line.plain for line in summary.text(one)), summary.markdown(one)]
    assert [text for text in shown if verdict.value not in text] == []


def test_more_changes_come_before_fewer() -> None:
    given = [
        result("a", "safe", create=1),
        result("b", "safe", update=3),
        result("c", "failed"),
        result("d", "no change"),
    ]
    assert [one.stack for one in summary.in_order(given)] == ["c", "b", "a", "d"]


def test_a_terminal_has_a_table(tmp_path: Path) -> None:
    fleet = small(tmp_path, stack("slow"), stack("quick"))
    slow, quick = read_fleet(fleet).stacks
    page = io.StringIO()
    console = Console(file=page, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    progress = FleetProgress(console, 3, 1)
    with progress:
        progress.on_begin(slow)
        progress.on_begin(quick)
        progress.on_end(result("quick", "refused", update=2))
        console.print(progress._table())
    shown = page.getvalue()
    assert "2 of 3 previewed, 1 refused" in shown
    assert "2 updated" in shown
    assert "running" in shown
