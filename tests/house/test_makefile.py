"""What `make` does where something is missing or left over: it says what is wrong, and shows no earlier verdict."""

import sys
from pathlib import Path

import pytest

from kit import warm
from kit.paths import ROOT
from kit.shell import Done, run

NOBODY_LISTENS = "http://127.0.0.1:9/simple"
SHOP = """
import pulumi
from pulumi_azure_native import resources
resources.ResourceGroup("rg", location="westeurope", resource_group_name=pulumi.Config().require("group"))
"""


def make(folder: Path, *arguments: str, **variables: str) -> Done:
    return run(["make", "-f", ROOT / "Makefile", *arguments], folder, {"SANDBOX_DOOR": "in-process", **variables})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.sandbox.yaml").write_text("config: {shop:group: rg-shop}\n")
    (tmp_path / "__main__.py").write_text(SHOP)
    return tmp_path


def spoil_the_stack(shop: Path) -> None:
    (shop / "Pulumi.sandbox.yaml").write_text("config: {shop:group: [")


def spoil_the_state(shop: Path) -> None:
    (shop / ".sandbox" / "state.db").write_bytes(b"junk" * 1000)
    for end in ("-wal", "-shm"):
        (shop / ".sandbox" / f"state.db{end}").unlink(missing_ok=True)


@pytest.mark.parametrize("spoil", [spoil_the_stack, spoil_the_state], ids=lambda spoil: spoil.__name__)
def test_a_preview_that_fails_early_shows_no_earlier_verdict(shop: Path, spoil: object) -> None:
    here = ("preview", f"RUN={warm.python()}", "-o", ".venv/.ready")
    first = make(shop, *here)
    assert (first.returncode, "1 created" in first.stdout) == (0, True), first.stdout + first.stderr
    assert callable(spoil)
    spoil(shop)
    second = make(shop, *here)
    assert second.returncode == 2
    assert "created" not in second.stdout
    assert "not readable" in second.stderr
    assert not (shop / ".sandbox" / "preview.jsonl").exists() or not (shop / ".sandbox" / "preview.jsonl").read_text()


def wrapper(folder: Path, case: str) -> str:
    """Return a Python that lacks what `case` says, a line of shell."""
    file = folder / "python"
    file.write_text(f'#!/bin/sh\n{case}\nexec {sys.executable} "$@"\n')
    file.chmod(0o755)
    return str(file)


def install_uv(folder: Path, python: str, **variables: str) -> str:
    done = make(folder, ".uv/bin/uv", "UV=.uv/bin/uv", f"PYTHON={python}", **variables)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 2  # the reason, and make's own line
    return done.stderr


def test_no_network_is_not_a_missing_pip(tmp_path: Path) -> None:
    quick = f'[ "$2" = venv ] && shift 2 && exec {sys.executable} -m venv --without-pip --system-site-packages "$@"'
    output = install_uv(
        tmp_path, wrapper(tmp_path, quick), PIP_INDEX_URL=NOBODY_LISTENS, PIP_RETRIES="0", PIP_NO_CACHE_DIR="1"
    )
    assert output.startswith("uv can't be installed: ERROR: ")
    assert "expected a package index that answers" in output
    assert "neither pip nor venv" not in output


def test_neither_pip_nor_venv_is_said_where_it_is_so(tmp_path: Path) -> None:
    python = wrapper(tmp_path, 'case "$*" in *"-m pip"*|*"-m venv"*|*ensurepip*) exit 1;; esac')
    assert "has neither pip nor venv; on Debian and Ubuntu: apt install python3-venv" in install_uv(tmp_path, python)


def test_a_python_that_is_not_there_is_said(tmp_path: Path) -> None:
    output = install_uv(tmp_path, "/no/such")
    assert output.startswith("there is no Python '/no/such'; this project needs 3.11 or later: make PYTHON=")
    assert not (tmp_path / ".uv").exists()


def test_a_python_too_old_is_said_before_anything_is_installed(tmp_path: Path) -> None:
    python = wrapper(
        tmp_path,
        f'[ "$1" = -c ] && exec {sys.executable} -c "import sys; sys.version_info = (3, 9, 1)\n$2"',
    )
    output = install_uv(tmp_path, python)
    assert "is Python 3.9; this project needs 3.11 or later: make PYTHON=/path/to/python" in output
    assert not (tmp_path / ".uv").exists()
