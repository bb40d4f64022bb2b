"""`${stack}` and `${region}` in names, and a stack's other name for an entity, with what refers to it following."""

from pathlib import Path
from typing import Any

import pytest

from azureml_infra.commands.checking import Report
from azureml_infra.description.load import Description, load, load_file
from azureml_infra.yaml.problems import DescriptionError
from azureml_sandbox.__main__ import main as sandbox
from kit.descriptions import overrides
from kit.platforms import PROGRAM

PLATFORM = """\
name: churn
location: westeurope
tags: {stage: "${stack}"}
computes:
  - {name: "cpu-${stack}", type: amlcompute, size: Standard_DS3_v2, max_instances: 8}
datastores:
  - {name: lake, type: azure_blob, account_name: stlake, container_name: raw, credentials: {}}
environments:
  - {name: base, version: 1, image: "example.azurecr.io/base:1"}
online_endpoints:
  - {name: "api-${stack}-${region}", traffic: {"blue-${stack}": 100}}
online_deployments:
  - name: blue-${stack}
    endpoint_name: api-${stack}-${region}
    model: azureml:m:1
    instance_type: Standard_DS3_v2
    instance_count: 3
jobs: [job.yml]
"""
JOB = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
type: command
name: fit
command: echo ${stack} ${{inputs.raw}}
environment: azureml:base:1
compute: azureml:cpu-${stack}
environment_variables: {STAGE: "${stack}"}
inputs:
  raw: {type: uri_folder, path: "azureml://datastores/lake/paths/raw/"}
"""
STACK = """\
config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: churn
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "churn"
    made.mkdir()
    (made / "platform.yml").write_text(PLATFORM, "utf-8")
    (made / "job.yml").write_text(JOB, "utf-8")
    return made


def entity(found: Description, family: str) -> Any:
    (one,) = (item.entity for item in found.entities if item.entity.family == family)
    return one


def test_names_and_what_refers_to_them_have_the_stack_and_its_region(folder: Path) -> None:
    found = load(folder, stack="dev")
    assert entity(found, "computes").name == "cpu-dev"
    assert entity(found, "online_endpoints").name == "api-dev-westeurope"
    assert entity(found, "online_endpoints").traffic == {"blue-dev": 100}
    assert entity(found, "online_deployments").endpoint_name == "api-dev-westeurope"
    assert found.platform.tags == {"stage": "dev"}
    job = entity(found, "jobs")
    assert (job.compute, job.environment_variables["STAGE"]) == ("azureml:cpu-dev", "dev")
    assert job.command == "echo ${stack} ${{inputs.raw}}"  # the shell's own
    assert not found.warnings or all("cpu" not in str(warning) for warning in found.warnings)


def test_the_region_is_the_stacks_own_and_overrides_have_variables(folder: Path) -> None:
    over = overrides("location: northeurope\ncomputes: {'cpu-${stack}': {max_instances: 2}}\ntags: {at: '${region}'}")
    found = load(folder, over, "dev")
    assert entity(found, "online_endpoints").name == "api-dev-northeurope"
    assert entity(found, "computes").max_instances == 2
    assert found.platform.tags == {"stage": "dev", "at": "northeurope"}


def test_without_a_stack_names_can_be_checked(folder: Path) -> None:
    assert entity(load(folder), "online_endpoints").name == "api-stack-westeurope"
    assert load_file(folder / "job.yml").entity.compute == "azureml:cpu-stack"
    report = Report()
    report.add(folder)
    assert not report.errors


def test_a_name_that_is_none_once_filled_in_is_told_where_it_is_written(folder: Path) -> None:
    with pytest.raises(DescriptionError) as told:
        load(folder, stack="a_stack_of_a_very_long_name_for_tests")
    assert [problem.line for problem in told.value.problems if "api-" in str(problem)] == [11]


def test_another_name_by_overrides_keeps_what_refers_to_it(folder: Path) -> None:
    over = overrides(
        "computes: {'cpu-${stack}': {name: small}}\n"
        "online_endpoints: {'api-${stack}-${region}': {name: 'api-${stack}-2'}}\n"
        "environments: {base: {name: base-2}}\n"
        "datastores: {lake: {name: lake_2}}\n"
    )
    found = load(folder, over, "dev")
    job = entity(found, "jobs")
    assert (job.compute, job.environment) == ("azureml:small", "azureml:base-2:1")
    assert job.inputs["raw"].path == "azureml://datastores/lake_2/paths/raw/"
    assert entity(found, "online_deployments").endpoint_name == "api-dev-2"


def test_two_names_swapped_by_overrides_keep_what_refers_to_each(folder: Path) -> None:
    text = PLATFORM.replace(
        "environments:\n", "environments:\n  - {name: other, version: 1, image: e.azurecr.io/o:1}\n"
    )
    (folder / "platform.yml").write_text(text, "utf-8")
    over = overrides("environments: {base: {name: other}, other: {name: base}}")
    assert entity(load(folder, over, "dev"), "jobs").environment == "azureml:other:1"


def test_two_stacks_of_one_description_come_up_in_one_region(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = folder.parent
    (folder / "platform.yml").write_text(
        PLATFORM.partition("online_deployments")[0].replace(", traffic:", ", tags:"), "utf-8"
    )
    (project / "__main__.py").write_text(PROGRAM, "utf-8")
    (project / "Pulumi.yaml").write_text("name: own\nruntime: python\n", "utf-8")
    for stack in ("dev", "prod"):
        (project / f"Pulumi.{stack}.yaml").write_text(STACK, "utf-8")
        arguments = ["up", "--door", "in-process", "--stack", stack, "--cwd", str(project)]
        assert sandbox(arguments) == 0, capsys.readouterr()
    assert "api-prod-westeurope" in capsys.readouterr().out
