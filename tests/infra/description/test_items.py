"""Items of a section that are a file and more, and jobs without a name."""

from pathlib import Path

import pytest

from azureml_infra import Platform
from azureml_infra.yaml.problems import DescriptionError
from kit.descriptions import MODEL, load_text
from kit.platforms import ML, stack_of

DEPLOYMENT = f"name: blue\ninstance_type: Standard_DS3_v2\nmodel: {MODEL}\n"
ENDPOINTS = "online_endpoints:\n  - {name: first}\n  - {name: second}\nonline_deployments:\n"
JOB = "{type: command, command: echo %s, environment: 'azureml:AzureML-a@latest', experiment_name: churn}"


def test_a_file_that_leaves_its_endpoint_to_the_command_line_serves_two(tmp_path: Path) -> None:
    items = "".join(f"  - {{path: deploy/blue.yml, endpoint_name: {name}}}\n" for name in ("first", "second"))
    found = load_text(tmp_path, ENDPOINTS + items, deploy__blue=DEPLOYMENT)
    sandbox = stack_of(lambda: Platform(found))
    made = sandbox.azure.resources(f"{ML}/onlineEndpoints/deployments")
    assert sorted(one["id"].split("/")[-3] for one in made) == ["first", "second"]


def test_what_is_wrong_is_told_where_it_is_written(tmp_path: Path) -> None:
    item = "  - {path: deploy/blue.yml, endpoint_name: first, instance_count: no}\n"
    with pytest.raises(DescriptionError) as caught:
        load_text(tmp_path, ENDPOINTS + item, deploy__blue=f"{DEPLOYMENT}scale: 1\n")
    assert [line.partition(": ")[0] for line in caught.value.lines()] == ["deploy/blue.yml:4:1", "platform.yml:7:67"]


def test_the_path_of_data_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "table.yml").write_text("a: 1\n")
    (located,) = load_text(tmp_path, "data:\n  - {name: d, path: table.yml, type: uri_file}\n").entities
    assert located.entity.path == "table.yml"


def test_jobs_without_a_name_may_be_of_one_experiment(tmp_path: Path) -> None:
    text = "jobs:\n" + "".join(f"  - {JOB % word}\n" for word in ("one", "two", "three"))
    found = load_text(tmp_path, text)
    sandbox = stack_of(lambda: Platform(found))
    assert len(sandbox.azure.resources(f"{ML}/jobs")) == 3
