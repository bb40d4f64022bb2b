"""The fleet file: its stacks, what each says otherwise, every mistake at once, and the stacks' own files."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from azureml_fleet.__main__ import main
from azureml_fleet.load import read_fleet
from azureml_infra.yaml.problems import DescriptionError
from kit.fleets import EXAMPLE, example, output_lines, run, small
from kit.paths import ROOT

SUBSCRIPTION = "the subscription 5a4d0b0c-0000-4000-8000-000000000001"
ONE = "name: a, description: churn, environment: dev"


def mistakes(fleet: Path) -> list[str]:
    with pytest.raises(DescriptionError) as caught:
        read_fleet(fleet)
    return caught.value.lines()


def test_the_example_is_as_its_files_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("validate", EXAMPLE / "fleet.yml") == 0
    assert output_lines(capsys) == ["fleet.yml: 6 stacks of 2 descriptions, all as their files say"]


def test_layers_go_from_defaults_to_the_stack() -> None:
    stacks = {stack.name: stack for stack in read_fleet(EXAMPLE / "fleet.yml").stacks}
    described = {name: stack.found for name, stack in stacks.items()}
    sizes = {
        name: {
            item.entity.name: item.entity.max_instances for item in found.entities if item.entity.family == "computes"
        }
        for name, found in described.items()
        if found is not None
    }
    assert sizes == {
        "churn-dev": {"cpu-cluster": 2},
        "churn-test": {"cpu-cluster": 4},
        "churn-production": {"cpu-cluster": 8},
        "forecast-dev": {"cpu-cluster": 2},
        "forecast-test": {"cpu-cluster": 4, "gpu-cluster": 2},
        "forecast-production": {"cpu-cluster": 8, "gpu-cluster": 2},
    }
    assert stacks["churn-production"].region == "northeurope"
    assert stacks["churn-test"].region == "westeurope"
    found = described["churn-dev"]
    assert found is not None
    assert found.platform.tags == {"team": "churn", "owner": "ml-platform", "stage": "dev"}


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    fleet = small(
        tmp_path,
        "name: one, description: churn, environment: prod",
        "name: two, description: chum, environment: dev",
        "name: ONE, description: churn, environment: dev, overrides: {computes: {gpu: {max_instances: 1}}}",
        "name: four, description: churn, environment: dev, region: northeurope, overrides: {location: eastus}",
        "name: five, description: churn, environment: dev, config: {'azureml-infra:description': x}",
        "name: six, description: ../elsewhere, environment: dev",
        "name: sandbox, description: churn, environment: dev",
        "name: eight, description: churn, environment: dev, overrides: {tags: 5}",
    )
    assert mistakes(fleet) == [
        'fleet.yml:5:50: there is no environment "prod"; expected dev or test',
        'fleet.yml:6:30: "chum" has no platform.yml; expected a folder with a platform.yml; did you mean "churn"?',
        'fleet.yml:7:12: a second stack is called "ONE" (the first is in fleet.yml:5); expected another name',
        'fleet.yml:7:78: there is no compute "gpu" in the description to override; did you mean "cpu"?',
        "fleet.yml:8:89: `region` says it, too; expected one of the two",
        'fleet.yml:9:65: "azureml-infra:description" is the fleet\'s to write; expected `description:`',
        'fleet.yml:10:30: "../elsewhere" leads out of the project; expected a folder with a platform.yml',
        'fleet.yml:11:12: "sandbox" is the stack of `make up`; expected another name',
        'fleet.yml:12:75: "tags" is a number; expected a mapping',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stacks: []", ['fleet.yml:1:1: "environments" is missing in the fleet', '"stacks" has 0 items']),
        ("environments: {dev: {}}\nstack: []", ['"stacks" is missing in the fleet', 'unknown field "stack"']),
        ("environments: {dev: {regoin: x}}\nstacks: [{name: a, description: b, environment: dev}]",
         ['fleet.yml:1:22: unknown field "regoin" in "dev"; did you mean "region"?']),
        ("environments: {dev: {}}\nstacks: [{name: a b, description: b, environment: dev}]", ['"name" is "a b"']),
        ("- a", ["fleet.yml:1:1: the file holds a list; expected a mapping of fields"]),
        ("", ["fleet.yml:1:1: the file is empty"]),
    ],
)  # fmt: skip
def test_a_file_that_is_no_fleet_says_why(text: str, expected: list[str], tmp_path: Path) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text(text, "utf-8")
    found = mistakes(file)
    assert len(found) == len(expected)
    for line, part in zip(found, expected, strict=True):
        assert part in line


def test_a_mistake_in_a_description_is_reported_once_with_its_teams(tmp_path: Path) -> None:
    stacks = [f"name: {name}, description: churn, environment: dev" for name in ("a", "b")]
    good = "name: c, description: churn, environment: dev, overrides: {computes: {cpu: {size: Standard_DS2_v2}}}"
    fleet = small(tmp_path, *stacks, good)
    file = tmp_path / "churn" / "platform.yml"
    file.write_text(file.read_text("utf-8").replace("DS3_v2, max", "DS3_v22, max").replace("west", "West "), "utf-8")
    first, second = mistakes(fleet)
    assert first.startswith('churn/platform.yml:2:11: "West europe" can\'t be used')
    assert second.startswith("churn/platform.yml:4:")
    assert "(in a, b)" in second
    assert "(in" not in first


def test_names_that_two_stacks_would_take_are_found(tmp_path: Path) -> None:
    both = "overrides: {resource_group: rg-shared, workspace: {name: mlw}, online_endpoints: [{name: scores}]}"
    fleet = small(
        tmp_path,
        f"name: a, description: churn, environment: dev, {both}",
        f"name: b, description: forecast, environment: test, {both}",
        f"name: c, description: forecast, environment: test, region: northeurope, {both.replace('rg-shared', 'rg-c')}",
        platforms=("churn", "forecast"),
    )
    found = mistakes(fleet)
    assert [line.partition(";")[0].partition(" of the sub")[0] for line in found] == [
        'fleet.yml:6:12: this stack would make the online endpoint "scores" in westeurope, as "a" does',
        f'fleet.yml:6:12: this stack would make the resource group "rg-shared" in {SUBSCRIPTION}, as "a" does',
        'fleet.yml:6:12: this stack would make the workspace "mlw" in the resource group rg-shared',
    ]
    assert all(
        line.endswith("expected a name with ${stack} in it, or another one for one of the two, by `overrides`")
        for line in found
    )


def test_one_group_in_two_subscriptions_is_no_clash(tmp_path: Path) -> None:
    head = "environments:\n" + "".join(
        f'  {name}: {{config: {{"azure-native:subscriptionId": 5a4d0b0c-0000-4000-8000-00000000000{number}}}}}\n'
        for number, name in enumerate(("dev", "test"))
    )
    stacks = [
        f"name: {name}, description: churn, environment: {name}, overrides: {{resource_group: rg}}"
        for name in ("dev", "test")
    ]
    assert len(read_fleet(small(tmp_path, *stacks, head=head + "stacks:\n")).stacks) == 2


def test_credentials_in_the_fleet_are_refused(tmp_path: Path) -> None:
    token = "ghp_" + "a" * 36
    fleet = small(tmp_path, f"{ONE}, config: {{'azureml-infra:token': {token}}}")
    (said,) = mistakes(fleet)
    assert said.startswith("fleet.yml:5:85: a GitHub token is written in clear text; expected no credential in a file")


# the stacks' files


def test_files_are_written_and_held_against_the_fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, ONE, "name: b, description: churn, environment: test, secrets_provider: passphrase")
    assert run("validate", fleet) == 1
    assert [line.partition(";")[0] for line in output_lines(capsys)][:2] == [
        "Pulumi.a.yaml:1:1: no such file",
        "Pulumi.b.yaml:1:1: no such file",
    ]
    assert run("write", fleet) == 0
    assert len(output_lines(capsys)) == 2
    assert run("validate", fleet) == 0
    file = tmp_path / "Pulumi.a.yaml"
    file.write_text(file.read_text("utf-8").replace("azureml-infra:description: churn", "'more:x': 1"), "utf-8")
    output_lines(capsys)
    assert run("validate", fleet) == 1
    said = "azureml-infra:description and more:x isn't as fleet.yml says; expected what `azureml-fleet write` writes"
    assert output_lines(capsys)[0] == f"Pulumi.a.yaml:1:1: {said}"
    assert run("write", fleet) == 0
    assert output_lines(capsys) == [f"wrote {file}"]
    assert run("write", fleet) == 0
    assert output_lines(capsys) == ["every file is as the fleet says"]


def test_secrets_and_their_keys_stay(tmp_path: Path) -> None:
    fleet = small(tmp_path, ONE)
    kept = {"encryptionsalt": "v1:salt", "encryptedkey": "key", "secretsprovider": "azurekeyvault://v/keys/k"}
    secret = {"azureml-infra:LANDING": {"secure": "v1:abc"}}
    (tmp_path / "Pulumi.a.yaml").write_text(yaml.safe_dump({**kept, "config": {**secret, "old:x": 1}}), "utf-8")
    assert run("write", fleet) == 0
    there = yaml.safe_load((tmp_path / "Pulumi.a.yaml").read_text("utf-8"))
    assert {key: there[key] for key in kept} == kept
    assert set(there["config"]) == {
        "azure-native:subscriptionId", "azureml-infra:description", "azureml-infra:LANDING",
    }  # fmt: skip
    assert run("validate", fleet) == 0


def test_a_file_that_pulumi_has_written_again_is_no_other(tmp_path: Path) -> None:
    """It sorts settings, and makes texts of true and 5."""
    config = "config: {'azureml-infra:disposable': true, 'azureml-infra:some': 5}"
    fleet = small(tmp_path, f"{ONE}, {config}, overrides: {{computes: {{cpu: {{max_instances: 2}}}}}}")
    assert run("write", fleet) == 0
    file = tmp_path / "Pulumi.a.yaml"
    given = yaml.safe_load(file.read_text("utf-8"))
    assert given["config"]["azureml-infra:disposable"] == "true"
    assert given["config"]["azureml-infra:overrides"] == {"computes": {"cpu": {"max_instances": 2}}}
    for disposable in ("true", True):
        settings = {**given["config"], "azureml-infra:disposable": disposable, "azureml-infra:some": "5"}
        file.write_text(yaml.safe_dump({"config": settings, "encryptionsalt": "v1:x"}, sort_keys=True), "utf-8")
        assert run("validate", fleet) == 0


def test_a_file_that_is_left_over_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, ONE, "name: b, description: churn, environment: dev")
    assert run("write", fleet) == 0
    (tmp_path / "Pulumi.mine.yaml").write_text("config: {}\n", "utf-8")
    small(tmp_path, ONE)
    output_lines(capsys)
    assert run("validate", fleet) == 0
    warning, _ = output_lines(capsys)
    assert warning.startswith("Pulumi.b.yaml:1:1: warning: the fleet has no stack b any more")


def test_a_broken_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = small(tmp_path, ONE)
    (tmp_path / "Pulumi.a.yaml").write_text("config: [\n", "utf-8")
    assert run("write", fleet) == 2
    assert "isn't a stack's settings" in output_lines(capsys)[0]
    assert (tmp_path / "Pulumi.a.yaml").read_text("utf-8") == "config: [\n"


def test_stacks_are_a_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stacks", EXAMPLE / "fleet.yml", "--json", "--only", "environment=dev", "--only", "f*") == 0
    (one,) = json.loads(output_lines(capsys)[0])
    assert one == {
        "name": "forecast-dev",
        "description": "platforms/forecast",
        "environment": "dev",
        "region": "westeurope",
        "subscription": "5a4d0b0c-0000-4000-8000-000000000001",
    }
    assert run("stacks", EXAMPLE / "fleet.yml") == 0
    assert len(output_lines(capsys)) == 6


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("environment=produktion", 'no stack is left; did you mean "production"?'),
        ("chrun-*", "no stack is left"),
        ("size=big", "expected environment=, region=, description= or a glob of names"),
    ],
)
def test_a_choice_that_chooses_nothing_is_a_mistake(wanted: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stacks", EXAMPLE / "fleet.yml", "--only", wanted) == 2
    assert said in output_lines(capsys)[0]


def test_ci_sees_the_stacks_that_the_fleet_writes(tmp_path: Path) -> None:
    from azureml_review.ci.stacks import stacks

    fleet = example(tmp_path)
    given = {(stack.name, stack.description) for stack in read_fleet(fleet).stacks}
    assert {(stack.name, stack.description) for stack in stacks(fleet.parent)} == given


def test_the_schema_for_editors_is_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    made = capsys.readouterr().out
    assert made == (ROOT / "schemas" / "fleet.schema.json").read_text("utf-8")
    schema = json.loads(made)
    jsonschema.validate(yaml.safe_load((EXAMPLE / "fleet.yml").read_text("utf-8")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"stacks": []}, schema)
