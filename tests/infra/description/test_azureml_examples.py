"""Every az ml file of Azure/azureml-examples is valid, or refused for the reason that examples.csv has."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.az_examples import examples, outcome
from kit.example_files import SOURCE, copy_files

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="needs a copy of Azure/azureml-examples in ../shared")


def test_files_of_microsoft_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "a/b/c/d/e/f"  # some files name what lies outside of the copy
    found = {str(path.relative_to(folder)): outcome(path) for path, _ in copy_files(folder)}
    assert found == {one.file: one.ours for one in examples()}
