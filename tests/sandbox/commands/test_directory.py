"""The directory's switch: on, with whom, and off."""

from pathlib import Path

import pytest

from azureml_sandbox.__main__ import main

SOMEBODY = "0d0d0d0d-0000-4000-8000-0000000000aa"


def test_the_directory_is_turned_on_and_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = ["directory", "--database", str(tmp_path / "cloud.db")]
    assert main(state) == 0
    assert "no directory" in capsys.readouterr().out
    assert main([*state, "on", SOMEBODY]) == 0
    assert capsys.readouterr().out.split() == ["directory", "on", SOMEBODY]
    assert main([*state, "off"]) == 0
    assert "no directory" in capsys.readouterr().out


def test_only_object_ids_are_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["directory", "--database", str(tmp_path / "cloud.db"), "on", "olga"]) == 1
    assert "'olga' is no object id: expected a GUID" in capsys.readouterr().err
