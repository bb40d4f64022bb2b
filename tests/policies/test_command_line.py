import re
from collections.abc import Callable, Sequence

import pytest

from azureml_fleet.__main__ import main as fleet
from azureml_policies.commands.cli import COMMANDS
from azureml_policies.commands.cli import main as policies

Main = Callable[[Sequence[str]], int]
LINES = [
    *(("azureml-policies", policies, name) for name in COMMANDS),
    *(("azureml-fleet", fleet, name) for name in ("validate", "stacks", "write", "schema", "manifests", "preview")),
]


@pytest.mark.parametrize(("program", "main", "command"), LINES, ids=[f"{line[0]} {line[2]}" for line in LINES])
def test_help_of_a_command_describes_it(
    program: str, main: Main, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert text.startswith(f"usage: {program} {command} ")
    assert re.search(r"\n\n[A-Z][^\n]+\.?\n", text), "it has a description"
    assert "``" not in text


@pytest.mark.parametrize(("program", "main"), [("azureml-policies", policies), ("azureml-fleet", fleet)])
def test_version_and_help_of_the_program(program: str, main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert re.fullmatch(rf"{program} \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "``" not in capsys.readouterr().out
