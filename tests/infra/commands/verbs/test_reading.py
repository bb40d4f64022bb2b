"""`list` and `show` of each noun, on a platform that is there, in every format."""

import json
from pathlib import Path

import pytest
import yaml

from azureml_infra.commands.verbs.nouns import NOUNS
from azureml_infra.description.load import load
from azureml_sandbox import Azure
from azureml_sandbox.model import clock
from kit.verbs import SIGNED, Run

NAMES: dict[str, set[str] | None] = {
    "workspace": {"mlw-quickstart-dev"},
    "compute": {"aml-cluster", "quickstart-dana"},
    "datastore": {"lake", "landing", "shared_files", "workspaceblobstore"},
    "data": {"diabetes-data"},
    "model": None,
    "environment": {"diabetes-env"},
    "online-endpoint": {"quickstart-diabetes"},
    "online-deployment": {"blue", "green"},
}
"""What the quickstart has; of all else it has nothing."""


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_listed(noun: str, run: Run) -> None:
    found = run(noun, "list")
    assert (found.code, found.err) == (0, "")
    expected = NAMES.get(noun, set())
    if expected is None:  # those that deployments made, named after their content
        assert {len(one["name"]) for one in found.data} == {32}
    else:
        assert {one["name"] for one in found.data} >= expected
        assert bool(found.data) == bool(expected)


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("compute", "show", "-n", "aml-cluster"), "computes/aml-cluster.yml"),
        (("datastore", "show", "--name", "lake"), "datastores/lake.yml"),
        (("online-endpoint", "show", "-n", "quickstart-diabetes"), "endpoint/endpoint.yml"),
        (("online-deployment", "show", "-n", "blue", "-e", "quickstart-diabetes"), "endpoint/blue.yml"),
        (("environment", "show", "-n", "diabetes-env"), "environments/diabetes-env.yml"),
    ],
)
def test_what_was_described_is_shown_in_its_words(words: tuple[str, ...], file: str, run: Run, project: Path) -> None:
    written = yaml.safe_load((project / "platform" / file).read_text("utf-8"))
    found = run(*words).data
    plain = {key: value for key, value in written.items() if isinstance(value, str | int) and not key.startswith("$")}
    shown = {key: found[key] for key in plain if key not in ("conda_file", "model", "environment")}
    assert len(shown) > 1
    assert {key: str(value).lower() for key, value in shown.items()} == {key: str(plain[key]).lower() for key in shown}
    assert found["id"].endswith(f"/{found['name']}") or found["version"]


def test_a_table_has_a_line_for_each(run: Run) -> None:
    lines = run("compute", "list", "-o", "table").out.splitlines()
    assert lines[0].split() == [
        "Name", "Type", "Size", "State", "Min_instances", "Max_instances", "Provisioning_state",
    ]  # fmt: skip
    assert set(lines[1]) == {"-", " "}
    assert [line.split()[0] for line in lines[2:]] == ["aml-cluster", "quickstart-dana"]
    assert run("component", "list", "-o", "table").out == ""


def test_a_query_chooses_what_is_printed(run: Run) -> None:
    query = "[?type=='amlcompute'].{n: name, most: max_instances}"
    assert run("compute", "list", "--query", query, "-o", "tsv").out == "aml-cluster\t5\n"
    assert yaml.safe_load(run("compute", "list", "--query", "[].name", "-o", "yaml").out) == [
        "aml-cluster",
        "quickstart-dana",
    ]
    assert run("compute", "show", "-n", "aml-cluster", "--query", "size", "-o", "tsv").out == "Standard_DS3_v2\n"
    assert run("compute", "list", "-o", "none").out == ""
    wrong = run("compute", "list", "--query", "[")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err.startswith("error: --query '[': ")


def test_the_default_format_is_azs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(json.loads(run("compute", "list").out), list)
    monkeypatch.setenv("AZURE_CORE_OUTPUT", "tsv")
    assert run("compute", "list", "--query", "[0].name").out == "aml-cluster\n"


def test_versions_are_listed_by_name_and_the_latest_is_shown(run: Run, azure: Azure) -> None:
    workspace = run("workspace", "show").data["id"]
    for version in ("1", "2"):
        body = {"properties": {"dataType": "uri_file", "dataUri": "https://a.blob.core.windows.net/c/x.csv"}}
        azure.put(f"{workspace}/data/rows/versions/{version}", body)
    assert {one["version"] for one in run("data", "list", "-n", "rows").data} == {"1", "2"}
    (latest,) = (one for one in run("data", "list").data if one["name"] == "rows")
    assert latest["latest_version"] == "2"
    assert run("data", "show", "-n", "rows").data["version"] == "2"
    assert run("data", "show", "-n", "rows", "-v", "1").data["version"] == "1"
    assert len(run("data", "list", "-r", "1").data) == 1


def test_the_latest_of_a_component_is_the_newest(run: Run, azure: Azure) -> None:
    """Its container says no latest version: shared/azure-recorded/components.json, test_472462157325, 2026-03-27."""
    workspace = run("workspace", "show").data["id"]
    spec = {"command": "true", "type": "command", "environment": "azureml:diabetes-env:1", "name": "step"}
    for version in ("9", "10"):
        body = {"properties": {"componentSpec": {**spec, "version": version}}}
        azure.put(f"{workspace}/components/step/versions/{version}", body)
        clock.advance(azure, 60)
    assert ["latest_version" in one for one in run("component", "list").data if one["name"] == "step"] == [False]
    assert run("component", "show", "-n", "step").data["version"] == "10"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "compute show -n aml-clustr",
            'there is no compute "aml-clustr" in the workspace "mlw-quickstart-dev"; did you mean "aml-cluster"?',
        ),
        pytest.param(
            "data show -n diabets-data",
            'there is no data asset "diabets-data" in the workspace "mlw-quickstart-dev"; '
            'did you mean "diabetes-data"?',
        ),
        ("data list -n nope", 'there is no data asset "nope" in the workspace "mlw-quickstart-dev"'),
        ("online-deployment list -e nope", 'there is no online endpoint "nope" in the workspace "mlw-quickstart-dev"'),
        ("compute list -w nope", 'there is no workspace "nope" in the resource group "rg-quickstart-dev"'),
        ("compute show -n x -w nope", 'there is no workspace "nope" in the resource group "rg-quickstart-dev"'),
        ("job stream -n nope", 'there is no job "nope" in the workspace "mlw-quickstart-dev"'),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest_name(words: str, message: str, run: Run) -> None:
    found = run(*words.split())
    assert (found.code, found.out, found.err) == (1, "", f"error: {message}\n")


def test_the_workspace_is_that_of_flags_then_of_the_stack_then_of_azs_defaults(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("workspace", "show").data["name"] == "mlw-quickstart-dev"
    monkeypatch.delenv("PULUMI_STACK")
    nameless = run("compute", "list")
    assert nameless.code == 1
    assert nameless.err.startswith("error: which workspace? --resource-group isn't given; name it")
    assert run("workspace", "show", "--stack", "dev").data["name"] == "mlw-quickstart-dev"
    assert run("workspace", "show", "-g", "rg-quickstart-dev", "-n", "mlw-quickstart-dev").code == 0
    (project / "az").mkdir()
    defaults = "[defaults]\ngroup = rg-quickstart-dev\nworkspace = mlw-quickstart-dev\n"
    (project / "az" / "config").write_text(defaults, "utf-8")
    assert run("workspace", "show").code == 0
    monkeypatch.setenv("AZURE_DEFAULTS_WORKSPACE", "other")
    assert 'there is no workspace "other"' in run("workspace", "show").err
    assert 'nothing is known of the stack "devv"' in run("workspace", "show", "--stack", "devv").err


def test_the_subscription_is_the_one_that_az_chose(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_STACK", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)
    assert run("workspace", "list").err.startswith("error: which subscription? give --subscription")
    (project / "az").mkdir()
    ours = {"id": "5a4d0b0c-0000-4000-8000-000000000001", "name": "Data Platform", "isDefault": True}
    chosen = {"subscriptions": [ours, {"id": "11111111-0000-4000-8000-000000000001", "name": "Other"}]}
    (project / "az" / "azureProfile.json").write_text(json.dumps(chosen), "utf-8-sig")
    for words in ((), ("--subscription", ours["id"]), ("--subscription", "data platform")):
        assert {one["name"] for one in run("workspace", "list", *words).data} == NAMES["workspace"]
    assert run("workspace", "list", "--subscription", "Data Platfrom").err == (
        'error: --subscription "Data Platfrom" is no id, and `az account list` has none of this name; '
        'did you mean "Data Platform"?\n'
    )


def test_what_is_shown_can_be_described(run: Run, project: Path, azure: Azure) -> None:
    """What `show` prints of a datastore is a file of az ml; a credential has a name."""
    azure.put(f"{run('workspace', 'show').data['id']}/datastores/signed", {"properties": SIGNED})
    shown = run("datastore", "show", "-n", "signed")
    assert "hush" not in shown.out
    (project / "platform" / "datastores" / "signed.yml").write_text(yaml.safe_dump(shown.data), "utf-8")
    again = next(one.entity for one in load(project / "platform").entities if one.entity.name == "signed")
    assert (again.account_name, again.credentials.sas_token) == ("contosolanding", "${{secrets.SIGNED_SAS_TOKEN}}")


def test_computes_of_one_type_are_listed(run: Run) -> None:
    for word, name in (("ComputeInstance", "quickstart-dana"), ("AmlCompute", "aml-cluster")):
        assert [one["name"] for one in run("compute", "list", "--type", word).data] == [name]
