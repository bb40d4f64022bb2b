"""The command lines of the review: what their help says, and their version."""

import re
from importlib.metadata import version

import pytest

from azureml_review import __main__ as review
from azureml_review.ci import __main__ as ci

COMMANDS = ("stacks", "comment", "approved", "expired", "drift")
LINES = [(review.main, []), (ci.main, []), *((ci.main, [command]) for command in COMMANDS)]


def run(main: object, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command line prints that ends by itself, as help does."""
    assert callable(main)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(("main", "arguments"), LINES, ids=["review", "ci", *COMMANDS])
def test_the_help_describes_the_command_and_each_of_its_arguments(
    main: object, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = run(main, [*arguments, "--help"], capsys)
    _, about, *_ = text.split("\n\n")
    assert about.endswith(".")
    assert "``" not in text
    options = re.sub(r"\n {20,}", "  ", text.partition("options:")[2]).splitlines()
    assert [line for line in options if line.startswith("  -") and "  " not in line.strip()] == []


@pytest.mark.parametrize(("main", "name"), [(review.main, "azureml-review"), (ci.main, "python -m azureml_review.ci")])
def test_the_version_is_the_toolkits(main: object, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(main, ["--version"], capsys) == f"{name} {version('azureml-infra')}\n"
