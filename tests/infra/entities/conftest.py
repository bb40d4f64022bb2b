"""A folder that the files of tests refer to."""

from pathlib import Path

import pytest

from kit.job_yaml import COMPONENT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what the files here name; paths are relative to it."""
    monkeypatch.chdir(tmp_path)
    for name in ("src", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "main.py").write_text("print(1)\n", "utf-8")
    (tmp_path / "data" / "a.csv").write_text("a,b\n", "utf-8")
    (tmp_path / "train.yml").write_text(COMPONENT, "utf-8")
    return tmp_path
