"""Reading descriptions: YAML with places, sections and files, what is checked across entities, and the command."""

from pathlib import Path

import pytest

from azureml_infra.description.load import load, load_file
from azureml_infra.entities.compute import AmlCompute
from azureml_infra.yaml.problems import DescriptionError
from kit.descriptions import CLUSTER, QUICKSTART, entity_names, load_text


def test_the_quickstart_is_valid() -> None:
    found = load(QUICKSTART)
    assert found.platform.name == "quickstart"
    assert {located.entity.family for located in found.entities} >= {"computes", "datastores", "online_endpoints"}
    assert found.warnings == ()
    cluster = next(located for located in found.entities if located.entity.name == "aml-cluster")
    assert isinstance(cluster.entity, AmlCompute)
    assert (cluster.file, cluster.line, cluster.entity.max_instances) == ("computes/aml-cluster.yml", 1, 5)


def test_entities_come_in_place_by_path_by_glob_and_by_include(tmp_path: Path) -> None:
    found = load_text(
        tmp_path,
        "computes:\n  - {name: in-place, type: computeinstance}\n  - one.yml\n  - more/*.yml\ninclude: ['**/*.yml']\n",
        one=CLUSTER,
        more__a=CLUSTER.replace("cpu", "gpu"),
        other__store="type: azure_blob\nname: lake\naccount_name: contoso\ncontainer_name: raw\n",
    )
    assert entity_names(found) == ["in-place", "cpu-cluster", "gpu-cluster", "lake"]


def test_a_glob_leaves_out_conda_files_and_tells_of_foreign_ones(tmp_path: Path) -> None:
    found = load_text(
        tmp_path,
        "include: ['*.yml']\n",
        cluster=CLUSTER,
        conda="name: e\ndependencies: [python]\n",
        workflow="jobs: {}\n",
    )
    assert entity_names(found) == ["cpu-cluster"]
    assert list(map(str, found.warnings)) == ["workflow.yml:1:1: warning: left out: not an az ml file"]


def test_a_platform_file_can_be_given_itself(tmp_path: Path) -> None:
    load_text(tmp_path, "")
    assert load(tmp_path / "platform.yml").root == tmp_path.resolve()


@pytest.mark.parametrize(("text", "existing"), [("rg", False), ("{name: rg, existing: true}", True)])
def test_a_resource_group_is_a_name_or_more(tmp_path: Path, text: str, existing: bool) -> None:
    group = load_text(tmp_path, f"resource_group: {text}\n").platform.resource_group
    assert group is not None
    assert (group.name, group.existing) == ("rg", existing)


@pytest.mark.parametrize(
    ("version", "read_as"), [("1", "1"), ("1.0", "1.0"), ('"01"', "01"), ("2024-01-01", "2024-01-01")]
)
def test_versions_are_text_whatever_yaml_makes_of_them(tmp_path: Path, version: str, read_as: str) -> None:
    found = load_text(tmp_path, f"environments:\n  - {{name: e, image: ubuntu, version: {version}}}\n")
    assert found.entities[0].entity.version == read_as


def test_one_file_may_lie_anywhere_and_use_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "data.csv").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.yml").write_text("type: uri_file\nname: d\npath: ../data.csv\n")
    found = load_file(tmp_path / "folder" / "data.yml")
    assert found.entity.path.path == (tmp_path / "data.csv").resolve()


def test_a_single_file_says_what_its_own_model_lacks(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    path = tmp_path / "deploy.yml"
    schema = "$schema: modelBatchDeployment.schema.json\nname: blue\nendpoint_name: nightly\ncompute: azureml:cpu\n"
    path.write_text(f"{schema}model: {{path: model}}\n")
    with pytest.raises(DescriptionError, match=r"deploy.yml:5:8: a custom_model has no environment to be served in"):
        load_file(path)
    path.write_text(f"{schema}model: azureml:churn:1\n")
    assert load_file(path).entity.name == "blue"
