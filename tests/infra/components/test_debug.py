"""Debug lines: they go to an engine that shows them, and to no other."""

import json
from pathlib import Path

import pytest
from pulumi.runtime.proto import engine_pb2

from azureml_infra.components.debug import QuietEngine, is_quiet
from kit.engine_projects import cli, project

PROGRAM = "from azureml_infra import Workspace\nWorkspace('ml', location='westeurope')\n"
LINE = "resource registration successful"
HOST = ["/opt/pulumi/bin/pulumi-language-python", "-root=/p", "127.0.0.1:4000"]


@pytest.mark.parametrize(
    ("command", "quiet"),
    [
        (["pulumi", "up"], True),
        (["/opt/pulumi/bin/pulumi", "preview", "--diff", "--stack", "dev"], True),
        (["pulumi.exe", "up", "--debug=false"], True),
        (["pulumi", "up", "-d"], False),
        (["pulumi", "up", "-yd"], False),
        (["pulumi", "--debug", "preview"], False),
        (["pulumi", "preview", "--debug=true"], False),
        (["bash", "-c", "pulumi up"], False),
        ([], False),
    ],
)
def test_the_cli_that_runs_the_program_says_it(command: list[str], quiet: bool) -> None:
    assert is_quiet([["uv", "run", "python"], HOST, command, ["make", "-d"]]) is quiet


def test_without_a_cli_nothing_is_kept_back() -> None:
    assert not is_quiet([["pytest", "-q"], ["bash"]])


class Engine:
    """What an engine was sent."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.version = ">=3"

    def Log(self, request: engine_pb2.LogRequest) -> str:  # noqa: N802
        """Keep a message."""
        self.messages.append(request.message)
        return "sent"


def test_only_debug_lines_are_kept_back() -> None:
    engine = Engine()
    quiet = QuietEngine(engine)
    sent = [
        quiet.Log(engine_pb2.LogRequest(severity=one, message=name)) for name, one in engine_pb2.LogSeverity.items()
    ]
    assert engine.messages == ["INFO", "WARNING", "ERROR"]
    assert sent == [None, "sent", "sent", "sent"]
    assert quiet.version == ">=3"


@cli
def test_the_engine_gets_them_when_it_shows_them(tmp_path: Path) -> None:
    stack = project(tmp_path, PROGRAM)
    assert LINE in stack.pulumi("preview", "--debug")
    stack.run("preview", "--events", "events.jsonl")
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text("utf-8").splitlines()]
    lines = [event["diagnosticEvent"]["message"] for event in events if "diagnosticEvent" in event]
    assert sum(LINE in line for line in lines) <= 1  # the stack's own comes before the first component
    assert sum("resourcePreEvent" in event for event in events) > 5
