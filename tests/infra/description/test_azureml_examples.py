"""Every az ml file of Azure/azureml-examples is valid, or refused for the reason that examples.csv has."""

from pathlib import Path

import pytest

from azureml_infra.description.load import load
from azureml_infra.yaml.problems import DescriptionError
from kit.az_examples import GIVEN, ITEMS, VALID, examples, outcome
from kit.example_files import SOURCE, copy_files

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="needs a copy of Azure/azureml-examples in ../shared")


def test_files_of_microsoft_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "a/b/c/d/e/f"  # some files name what lies outside of the copy
    found = {str(path.relative_to(folder)): outcome(path) for path, _ in copy_files(folder)}
    assert found == {one.file: one.ours for one in examples()}


def test_what_is_refused_alone_is_used_unchanged_by_an_item(tmp_path: Path) -> None:
    root = tmp_path / "root"
    files = {str(path.relative_to(root)): (path, what) for path, what in copy_files(root)}
    refused = {one.file for one in examples() if one.az in ("made", "loads") and one.ours not in (VALID, GIVEN)}
    assert refused == ITEMS.keys()
    sections: dict[str, list[str]] = {}
    for file, item in ITEMS.items():
        sections.setdefault(f"{files[file][1]}s", []).append(f"  - {{path: {file}, {item}}}\n")
        (files[file][0].parent / "env_train").mkdir(exist_ok=True)
        (files[file][0].parent / "env_train" / "Dockerfile").touch()
    lines = "".join(f"{section}:\n{''.join(items)}" for section, items in sections.items())
    (root / "platform.yml").write_text(f"name: lab\nlocation: westeurope\n{lines}", "utf-8")
    assert [line for line in problems(root) if "a second" not in line] == []  # two files have one name


def problems(folder: Path) -> list[str]:
    """Return what is wrong with a description."""
    try:
        load(folder)
    except DescriptionError as error:
        return list(error.lines())
    return []
