"""What https clients need and the toolkit doesn't are optional rooms: all else works without their folders."""

import re
import shutil
from pathlib import Path

import pytest

from kit.paths import ROOT
from kit.shell import run

PACKAGE = ROOT / "sandbox" / "azureml_sandbox"
FOLDERS = ("services/deployments", "http/optional")
REGISTERED = {
    "services/__init__.py": r"^ +\*arm_deployments\.KINDS,\n|^from azureml_sandbox\.services\.deployments import .*\n",
    "http/__init__.py": (
        r"^ +\*?(datalake|discovery|history|inference)\.[A-Z]+,\n"
        r"|^from azureml_sandbox\.http\.optional import .*\n"
    ),
}
"""The only lines that know of the rooms."""
ROOMS = ("arm_deployments", "datalake", "discovery", "history", "inference")
REST = (
    "tests/sandbox/services/test_locks.py",
    "tests/sandbox/http/test_arm_general.py",
    "tests/sandbox/pulumi/test_program.py",
)
EVERYTHING = """
import importlib, pkgutil, sys
import azureml_sandbox
assert azureml_sandbox.__file__.startswith(sys.argv[1]), azureml_sandbox.__file__
for module in pkgutil.walk_packages(azureml_sandbox.__path__, "azureml_sandbox."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
import pytest
sys.exit(pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[2:]]))
"""


@pytest.fixture
def bare_package(tmp_path: Path) -> Path:
    """Return the package without the rooms, below a folder of its own."""
    package = tmp_path / "azureml_sandbox"
    shutil.copytree(PACKAGE, package)  # with what is compiled: each file keeps its time
    for folder in FOLDERS:
        shutil.rmtree(package / folder)
    for name, lines in REGISTERED.items():
        text = (package / name).read_text("utf-8")
        (package / name).write_text(re.sub(lines, "", text, flags=re.MULTILINE), encoding="utf-8")
    return tmp_path


@pytest.mark.long
def test_the_rest_is_green_without_the_optional_rooms(bare_package: Path, warm: Path) -> None:
    command = [warm / "bin" / "python", "-c", EVERYTHING, str(bare_package), *REST]
    done = run(command, more={"PYTHONPATH": str(bare_package)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"\[100%\]", done.stdout)


def test_each_room_is_registered_by_one_line() -> None:
    for name, lines in REGISTERED.items():
        text = (PACKAGE / name).read_text("utf-8")
        rooms = [room for room in ROOMS if re.search(rf"^ +\*?{room}\.", text, re.MULTILINE)]
        assert len(re.findall(lines, text, re.MULTILINE)) == len(rooms) + 1, name  # and the import
        assert not re.search("|".join(ROOMS), re.sub(lines, "", text, flags=re.MULTILINE)), name
