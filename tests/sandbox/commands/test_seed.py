"""What a program expects to be there already is put into the sandbox from a file."""

from pathlib import Path

import pytest

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/robot"
FILE = f"""
- id: {GROUP}
  location: westeurope
- id: {IDENTITY}
  location: westeurope
  tags: {{team: red}}
"""


def seed(folder: Path, text: str) -> int:
    (folder / "existing.yml").write_text(text)
    return main(["seed", str(folder / "existing.yml"), "--cwd", str(folder)])


def test_what_is_missing_is_made_and_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed(tmp_path, FILE) == 0
    assert capsys.readouterr().out == f"2 resources of {tmp_path}/existing.yml put into the sandbox\n"
    azure = Azure(SqliteStore(tmp_path / ".sandbox" / "state.db"))
    assert azure.get(IDENTITY)["tags"] == {"team": "red"}
    azure.put(IDENTITY, {"location": "westeurope", "tags": {"team": "blue"}})
    assert seed(tmp_path, FILE) == 0
    assert capsys.readouterr().out == f"all of {tmp_path}/existing.yml is there\n"
    assert azure.get(IDENTITY)["tags"] == {"team": "blue"}
    azure.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "expected a list of resources, each with its id"),
        ("- {location: westeurope}", "the resource at place 1 has no id; expected id: /subscriptions/…"),
        ("- [", "not readable as YAML"),
        (f"- {{id: {GROUP}, location: westeurope}}\n- {{id: {GROUP}/providers/Microsoft.No/things/a}}", "things/a: "),
        (f"- {{id: {IDENTITY}, location: westeurope}}", f"{IDENTITY}: ResourceGroupNotFound: "),
        ("- {id: nonsense}", "nonsense: "),
    ],
)
def test_a_file_that_cant_be_is_one_line_and_nothing_is_made(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed(tmp_path, text) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: {tmp_path}/existing.yml: ")
    assert message in printed
    azure = Azure(SqliteStore(tmp_path / ".sandbox" / "state.db"))
    assert not azure.exists(GROUP)
    azure.close()


def test_a_file_that_isnt_there_names_the_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "Pulumi.sandbox.yaml").write_text("config: {azureml-sandbox:existing: there.yml}\n")
    assert main(["up", "--door", "in-process", "--cwd", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/there.yml: No such file or directory; expected a YAML list of resources, each with its id "
        "(azureml-sandbox:existing of Pulumi.sandbox.yaml)\n"
    )
