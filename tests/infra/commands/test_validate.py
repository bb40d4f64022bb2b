"""`azureml-infra validate`."""

from pathlib import Path

import pytest

from azureml_infra.__main__ import main
from kit.descriptions import CLUSTER, QUICKSTART, load_text


def test_validate_tells_of_good_and_bad_and_foreign_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text(CLUSTER)
    (tmp_path / "b.yml").write_text(CLUSTER + "max_instance: 3\n")
    (tmp_path / "c.yml").write_text("dependencies: []\n")
    (tmp_path / "notes.txt").write_text("none of it")
    (tmp_path / "inner").mkdir()
    load_text(tmp_path / "inner", "")
    assert main(["validate", str(tmp_path)]) == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines() == [
        'b.yml:3:1: unknown field "max_instance" in a compute cluster; did you mean "max_instances"?',
        "c.yml: skipped, no $schema or type of an entity of az ml",
        "a.yml: compute cluster cpu-cluster",
        "inner/platform.yml: platform, 0 entities",
        "2 valid, 1 invalid, 1 skipped",
    ]


def test_what_belongs_to_the_entity_of_a_folder_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "blue.yml").write_text(
        "name: blue\ntype: managed\nendpoint_name: fares\nmodel: azureml:fares:1\ninstance_type: Standard_DS3_v2\n"
    )
    (tmp_path / "FeatureSetSpec.yaml").write_text("$schema: http://azureml/sdk-2-0/FeatureSetSpec.json\nfeatures: []\n")
    assert main(["validate", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 valid, 0 invalid, 1 skipped"
    assert main(["validate", str(tmp_path / "FeatureSetSpec.yaml")]) == 1
    assert "expected a feature set with that folder" in capsys.readouterr().out


def test_validate_takes_several_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cluster.yml").write_text(CLUSTER)
    assert main(["validate", str(tmp_path / "cluster.yml"), str(QUICKSTART)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 valid, 0 invalid"


@pytest.mark.parametrize("path", ["missing", "empty"])
def test_validate_fails_where_there_is_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["validate", str(tmp_path / path)]) == 1


@pytest.mark.parametrize("given", ["here/churn", "here", "here/churn/platform.yml"])
def test_a_place_is_a_file_that_exists_from_where_one_stands(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "here" / "churn"
    folder.mkdir(parents=True)
    load_text(folder, "computes: [computes/cpu.yml]\n", computes__cpu=CLUSTER)
    (folder / "computes" / "cpu.yml").write_text(CLUSTER + "max_instance: 3\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["validate", given]) == 1
    assert capsys.readouterr().out.startswith("here/churn/computes/cpu.yml:3:1: unknown field")
