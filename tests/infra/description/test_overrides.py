"""What one stack says otherwise than its description: merged at load, with places, by the program and by the review."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_infra.description.load import Description, load
from azureml_infra.description.overrides import merge_layers, of_data, of_setting
from azureml_infra.yaml.nodes import data
from azureml_infra.yaml.problems import DescriptionError
from azureml_review.review import review_of
from azureml_sandbox.__main__ import main as sandbox
from kit.descriptions import overrides
from kit.platforms import PROGRAM

PLATFORM = """\
name: churn
location: westeurope
tags: {team: churn, cost: "1"}
computes:
  - {name: cpu, type: amlcompute, size: Standard_DS3_v2, max_instances: 8}
  - gpu.yml
environments:
  - {name: base, version: 1, image: "example.azurecr.io/base:1"}
  - {name: base, version: 2, image: "example.azurecr.io/base:2"}
online_endpoints:
  - {name: churn-api}
online_deployments:
  - {name: blue, endpoint_name: churn-api, model: "azureml:m:1", instance_type: Standard_DS3_v2, instance_count: 3}
"""
GPU = "name: gpu\ntype: amlcompute\nsize: Standard_NC24ads_A100_v4\nmax_instances: 4\n"
STACK = """\
config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: churn
  azureml-infra:overrides:
    computes:
      cpu:
        max_instances: {most}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "churn"
    made.mkdir()
    (made / "platform.yml").write_text(PLATFORM, "utf-8")
    (made / "gpu.yml").write_text(GPU, "utf-8")
    return made


def entity(found: Description, name: str, **more: Any) -> Any:
    wanted = {"name": name, **more}
    (one,) = (
        item.entity
        for item in found.entities
        if all(getattr(item.entity, word, None) == value for word, value in wanted.items())
    )
    return one


def test_mappings_merge_and_the_rest_is_replaced(folder: Path) -> None:
    text = "location: northeurope\ntags: {cost: '2', stage: dev}\nworkspace: {display_name: Churn, dev}"
    found = load(folder, overrides(text.replace("Churn, dev", '"Churn, dev"')))
    assert found.platform.location == "northeurope"
    assert found.platform.tags == {"team": "churn", "cost": "2", "stage": "dev"}
    assert found.platform.workspace.display_name == "Churn, dev"


def test_entities_are_changed_by_name_wherever_they_are_written(folder: Path) -> None:
    text = """\
computes: {cpu: {max_instances: 2}, gpu: {max_instances: 1}}
environments: {"base:2": {image: "example.azurecr.io/base:next"}}
online_deployments: {churn-api/blue: {instance_count: 1}}
"""
    found = load(folder, overrides(text))
    assert [entity(found, name).max_instances for name in ("cpu", "gpu")] == [2, 1]
    assert entity(found, "base", version="1").image == "example.azurecr.io/base:1"
    assert entity(found, "base", version="2").image == "example.azurecr.io/base:next"
    assert entity(found, "blue").instance_count == 1
    assert entity(load(folder), "cpu").max_instances == 8


def test_nothing_takes_away(folder: Path) -> None:
    found = load(
        folder, overrides("tags: {cost: null}\ncomputes: {gpu: null}\nonline_deployments: {churn-api/blue: null}")
    )
    assert found.platform.tags == {"team": "churn"}
    assert [item.entity.name for item in found.entities if item.entity.family == "computes"] == ["cpu"]
    assert [item for item in found.entities if item.entity.family == "online_deployments"] == []


def test_a_list_stands_in_the_place_of_a_section(folder: Path) -> None:
    found = load(folder, overrides("computes:\n  - {name: small, type: amlcompute, size: Standard_DS3_v2}"))
    assert [item.entity.name for item in found.entities if item.entity.family == "computes"] == ["small"]


def test_mistakes_are_reported_where_they_are_written(folder: Path) -> None:
    text = """\
locaton: northeurope
tags: 5
computes:
  cpu: {max_instances: many, max_instance: 3}
  gpuu: {max_instances: 1}
online_deployments: {churn-api/blu: null}
"""
    with pytest.raises(DescriptionError) as caught:
        load(folder, overrides(text))
    unmet = 'there is no online deployment "churn-api/blu" in the description to override'
    assert caught.value.lines() == [
        'fleet.yml:1:1: unknown field "locaton" in the description; did you mean "location"?',
        'fleet.yml:2:7: "tags" is a number; expected a mapping',
        'fleet.yml:4:24: "max_instances" is "many"; expected a whole number',
        'fleet.yml:4:30: unknown field "max_instance" in a compute cluster; did you mean "max_instances"?',
        'fleet.yml:5:3: there is no compute "gpuu" in the description to override; did you mean "gpu"?',
        f'fleet.yml:6:22: {unmet}; did you mean "churn-api/blue"?',
    ]


def test_a_mistake_of_both_is_reported_at_the_override(folder: Path) -> None:
    with pytest.raises(DescriptionError) as caught:
        load(folder, overrides("online_deployments: {churn-api/blue: {endpoint_name: nowhere}}\nstrict: true"))
    assert str(caught.value.problems[0]).startswith('fleet.yml:1:54: there is no online endpoint "nowhere"')


def test_later_layers_win_and_bring_back() -> None:
    layers = [
        overrides("a: {x: 1, y: 2}\nb: null\nc: [1]"),
        overrides("a: {y: null}\nb: {z: 3}\nc: [2]"),
        overrides("a: {y: 4}"),
    ]
    assert data(merge_layers(layers) or layers[0]) == {"a": {"x": 1, "y": 4}, "b": {"z": 3}, "c": [2]}
    assert merge_layers([]) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_plain_data_goes_in_and_comes_out(value: Any) -> None:
    assert data(of_data(value, "stack")) == value


def test_a_setting_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match=r"Pulumi.dev.yaml:1:1: azureml-infra:overrides is a list"):
        of_setting(["computes"], tmp_path / "Pulumi.dev.yaml")


# the program, and the review of what it would do


@pytest.fixture
def project(folder: Path) -> Path:
    (folder.parent / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    (folder.parent / "__main__.py").write_text(PROGRAM, "utf-8")
    (folder / "platform.yml").write_text(PLATFORM.partition("environments:")[0], "utf-8")
    return folder.parent


def run(command: str, project: Path, *more: str) -> int:
    return sandbox([command, "--door", "in-process", "--stack", "dev", "--cwd", str(project), *more])


def test_the_program_applies_what_its_stack_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack, events = project / "Pulumi.dev.yaml", project / "events.jsonl"
    stack.write_text(STACK.format(most=2), "utf-8")
    assert run("up", project, "--json") == 0
    stack.write_text(STACK.format(most=3), "utf-8")
    assert run("preview", project, "--events", str(events)) == 0
    review = review_of(events.read_text("utf-8"), "events", base=project)
    (change,) = review.real
    (field,) = change.fields
    assert (field.word, field.old, field.new) == ("max_instances", 2, 3)
    assert str(field.place) == "Pulumi.dev.yaml:7"
    assert str(change.place) == "churn/platform.yml:5"
    assert "error" not in capsys.readouterr().err


def test_the_program_says_where_the_stack_is_wrong(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.dev.yaml").write_text(STACK.format(most="many"), "utf-8")
    assert run("preview", project, "--json") == 1
    body = json.loads(capsys.readouterr().out)
    (message,) = [one["message"] for one in body["diagnostics"]]
    assert 'Pulumi.dev.yaml:7:24: "max_instances" is "many"; expected a whole number' in message


def test_a_folder_is_given_as_text_too(project: Path) -> None:
    assert load(str(project / "churn")).platform.name == "churn"


def test_the_review_finds_the_stacks_file_beside_the_project(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text(STACK.format(most="many"), "utf-8")
    events = project / "events.jsonl"
    assert run("preview", project, "--events", str(events)) == 1
    (mistake,) = review_of(events.read_text("utf-8"), "events", base=project).mistakes
    assert str(mistake.place) == "Pulumi.dev.yaml:7"
