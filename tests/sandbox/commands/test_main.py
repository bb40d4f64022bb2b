"""The tree of `azureml-sandbox`: each command's help says what is true of it, and of no other."""

import importlib.metadata
import re
import subprocess
import sys

import pytest

from azureml_sandbox.__main__ import COMMANDS, main

STACK = {"cwd", "stack", "json", "show-same", "door"}
JUDGED = {"policy-pack", "policy-pack-config", "requester"}
SERVING = {"cwd", "port", "memory", "seconds", "fault"}
OPTIONS = {
    "up": STACK | JUDGED,
    "preview": STACK | JUDGED | {"events"},
    "refresh": STACK,
    "destroy": STACK,
    "run": {"cwd", "stack", "as"},
    "serve": SERVING,
    "start": SERVING,
    "status": {"cwd"},
    "stop": {"cwd"},
    "reset": {"cwd"},
    "snapshot": {"cwd"},
    "seed": {"cwd", "database"},
    "faults": {"cwd", "database"},
    "directory": {"cwd", "database"},
    "clock": {"cwd", "database"},
    "engine": set[str](),
}


def end(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    """Return the exit code and what was printed, of what argparse ends by itself."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    captured = capsys.readouterr()
    return exit_.value.code, captured.out + captured.err


def test_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = end(capsys, "--help")
    assert code == 0
    for name, (_, text) in COMMANDS.items():
        assert re.search(rf"^    {name}\b", printed, re.MULTILINE)
        assert text.partition(":")[0].split()[0] in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_is_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = end(capsys, name, "--help")
    assert code == 0
    assert printed.startswith(f"usage: azureml-sandbox {name} [")
    usage = printed.partition("\n\n")[0]
    assert set(re.findall(r"--([a-z-]{2,})", usage)) == OPTIONS[name]
    assert "``" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("severe",), "invalid choice: 'severe'"),
        ((), "the following arguments are required: COMMAND"),
        (("destroy", "--policy-pack", "pack"), "unrecognized arguments: --policy-pack pack"),
        (("up", "--events", "here.jsonl"), "unrecognized arguments: --events here.jsonl"),
        (("up", "--", "pulumi"), "unrecognized arguments"),
    ],
)
def test_what_is_no_command_or_option_is_refused(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed = end(capsys, *arguments)
    assert code == 2
    assert message in printed


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = end(capsys, "--version")
    assert (code, printed) == (0, f"azureml-sandbox {importlib.metadata.version('azureml-infra')}\n")


def test_a_servers_command_imports_no_pulumi() -> None:
    code = (
        "import sys; from azureml_sandbox.__main__ import main\n"
        "try: main(['serve', '--help'])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'pulumi'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
