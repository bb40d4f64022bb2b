"""`azureml-infra validate` sees what a stack's file says: settings, secrets, overrides; without Pulumi and Azure."""

from pathlib import Path

import pytest

from azureml_infra.__main__ import main

PLATFORM = """\
name: churn
location: westeurope
datastores:
  - name: landing
    type: azure_blob
    account_name: contosolanding
    container_name: raw
    credentials: {sas_token: "${{secrets.LANDING_SAS}}"}
"""
KNOWN = (
    "expected azureml-infra:description, azureml-infra:disposable, azureml-infra:keepAliases or azureml-infra:overrides"
)
SECRET = "  shop:LANDING_SAS: {secure: v1:abc}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    (tmp_path / "churn").mkdir()
    (tmp_path / "churn" / "platform.yml").write_text(PLATFORM, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(project: Path, settings: str, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (project / "Pulumi.dev.yaml").write_text(f"config:\n  azureml-infra:description: churn\n{settings}", "utf-8")
    code = main(["validate", *arguments])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("--stack", "dev"), ("churn",)], ids=["named", "found"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "platform.yml:8:"),
        ("", "${{secrets.LANDING_SAS}} is used, but the stack has no such secret; expected one given by `pulumi"),
        (
            SECRET + "  azureml-infra:overides: {tags: {a: b}}\n",
            f'Pulumi.dev.yaml:4:3: unknown setting "azureml-infra:overides"; {KNOWN}; did you mean "overrides"?',
        ),
        (
            SECRET + "  azureml-infra:overrides: {datastores: {landin: null}}\n",
            'there is no datastore "landin" in the description to override; did you mean "landing"?',
        ),
        (SECRET + "  azureml-infra:overrides: {locatoin: x}\n", 'did you mean "location"?'),
    ],
)
def test_what_is_wrong_with_a_stack_is_reported(
    settings: str, message: str, arguments: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = validate(project, settings, *arguments, capsys=capsys)
    assert message in text
    assert code == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [(("--stack", "dev"), "Pulumi.dev.yaml: churn, 1 entities"), (("churn",), "churn/platform.yml: churn, 1 entities")],
)
def test_a_stack_without_a_mistake_is_valid(
    arguments: tuple[str, ...], line: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = validate(project, SECRET + "  azureml-infra:team: a\n", *arguments, capsys=capsys)
    assert text.splitlines() == [
        f'Pulumi.dev.yaml:4:3: warning: nothing here reads "azureml-infra:team"; {KNOWN}',
        line,
        "1 valid, 0 invalid, 1 warning",
    ]
    assert code == 0


def test_a_stack_whose_folder_does_not_exist_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.prod.yaml").write_text("config:\n  azureml-infra:description: chrun\n", "utf-8")
    assert main(["validate", "--stack", "prod"]) == 1
    assert 'Pulumi.prod.yaml:2:3: azureml-infra:description is "chrun", which doesn\'t exist' in capsys.readouterr().out


def test_a_stack_without_a_file_is_reported_with_the_nearest_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(project, SECRET, "--stack", "dev", capsys=capsys)
    assert main(["validate", "--stack", "deb"]) == 1
    output = capsys.readouterr().out
    assert 'nothing is known of the stack "deb"; expected dev; did you mean "dev"?' in output


def test_a_stack_of_another_description_is_left_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "other").mkdir()
    (project / "other" / "platform.yml").write_text("name: other\nlocation: westeurope\n", "utf-8")
    assert validate(project, "", "other", capsys=capsys)[0] == 0


@pytest.mark.parametrize("text", ["- a\n", "config: 3\n", "config: [a]\n", "a: b: c\n"])
def test_a_file_that_is_no_stacks_ends_without_a_traceback(
    text: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "Pulumi.bad.yaml").write_text(text, "utf-8")
    assert main(["validate", "--stack", "bad"]) == 1
    assert "Pulumi.bad.yaml:" in capsys.readouterr().out


def test_a_mistake_in_a_stacks_description_is_told_at_a_path_that_exists(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "churn" / "platform.yml").write_text(PLATFORM + "colour: red\n", "utf-8")
    code, output = validate(project, SECRET, "--stack", "dev", capsys=capsys)
    assert (code, output.partition(": ")[0]) == (1, "churn/platform.yml:9:1")
