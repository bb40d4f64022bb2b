"""One folder per mistake: what is written there gives exactly the messages in its expected.txt, and exit code 1."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from azureml_infra.__main__ import main
from azureml_infra.description.load import load
from azureml_infra.yaml.problems import DescriptionError

CASES = Path(__file__).parent / "bad_input"


def large(folder: Path) -> None:
    (folder / "cluster.yml").write_text(
        "name: cpu-cluster\ntype: amlcompute\n" + "# filler\n" * (10 * 1024 * 1024 // 9)
    )


def binary(folder: Path) -> None:
    (folder / "cluster.yml").write_bytes(b"name: cpu\x00\x01\x02")


def latin(folder: Path) -> None:
    (folder / "cluster.yml").write_bytes("name: cpu\ndescription: für alle\n".encode("latin-1"))


def utf16(folder: Path) -> None:
    (folder / "cluster.yml").write_bytes("name: cpu\n".encode("utf-16"))


def folder_for_a_file(folder: Path) -> None:
    (folder / "cluster.yml").mkdir()


def links(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "cluster.yml").write_text("name: cpu-cluster\ntype: amlcompute\n")
    (folder / "computes").mkdir()
    (folder / "computes" / "cluster.yml").symlink_to(outside / "cluster.yml")
    (folder / "linked").symlink_to(outside)


MADE: dict[str, Callable[[Path], None]] = {
    "large_file": large,
    "binary": binary,
    "not_utf8": latin,
    "utf16": utf16,
    "folder_for_a_file": folder_for_a_file,
    "symbolic_link": links,
}
"""Input that is better made than kept: case -> what adds it to the folder."""


def copy(case: str, tmp_path: Path) -> Path:
    folder = tmp_path / "description"
    shutil.copytree(CASES / case, folder, ignore=shutil.ignore_patterns("expected.txt"))
    if case in MADE:
        MADE[case](folder)
    return folder


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_messages_are_exactly_these(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(case, tmp_path)
    with pytest.raises(DescriptionError) as caught:
        load(folder)
    lines = caught.value.lines()
    assert lines == (CASES / case / "expected.txt").read_text().splitlines()
    assert all("hunter2" not in line for line in lines)
    monkeypatch.chdir(folder)
    assert main(["validate"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == lines or case == "no_platform_file"


def test_a_file_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "platform.yml").touch()
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DescriptionError, match=r"^platform.yml:1:1: can't be read \(Permission denied\)$"):
        load(tmp_path)
