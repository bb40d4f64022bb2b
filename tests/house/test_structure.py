"""The structure that the code keeps: who imports whom, how long modules are."""

import ast
import importlib
import inspect
import statistics
from pathlib import Path
from typing import Any

import pytest
from importlinter import cli as import_linter

import azureml_infra
import azureml_sandbox
from azureml_infra.entities.kinds import KINDS, Kind
from kit.paths import ROOT
from kit.rows import each
from kit.sources import source_of

PACKAGES = ("arm", "fleet", "infra", "policies", "review", "sandbox")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TEST_MODULES = sorted((ROOT / "tests").rglob("*.py"))
CODE = [path for path in MODULES if path.name != "__init__.py"]
LONGEST, MEDIAN = 500, 160
FUNCTION_MEDIAN = 10
PUBLIC = (azureml_infra, azureml_sandbox)
AZURE = {"entities", "components", "services", "rbac"}
"""Folders in which a class has the name of the thing of Azure or az ml that it describes, makes or answers for."""
MOST_SHARED = 12
"""How many other names classes of two modules may have: the engine's `Op`, `Write` and `Provider` among them."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_imports_go_one_way() -> None:
    assert import_linter.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_modules_can_be_read_in_a_sitting() -> None:
    assert {relative(path): lines(path) for path in (*MODULES, *TEST_MODULES) if lines(path) > LONGEST} == {}
    assert statistics.median(lines(path) for path in CODE) <= MEDIAN


def test_a_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for name in source_of(path).classes:
            homes.setdefault(name, []).append(relative(path))
    shared = {name: where for name, where in homes.items() if len(where) > 1}
    others = {name: where for name, where in shared.items() if not all(AZURE & set(Path(one).parts) for one in where)}
    assert len(others) <= MOST_SHARED, f"give a class a name that says which one it is (docs/style.md): {others}"


def test_functions_do_one_thing() -> None:
    lengths = [function.lines for path in MODULES for function in source_of(path).functions]
    assert statistics.median(lengths) <= FUNCTION_MEDIAN


@each("package", PUBLIC, ids=lambda package: package.__name__)
def test_every_public_name_has_a_home_and_a_docstring(package: Any) -> None:
    homes = package._HOME_OF if hasattr(package, "_HOME_OF") else package._HOMES
    assert sorted(package.__all__) == sorted(homes)
    for name in package.__all__:
        found = getattr(package, name)
        assert found is getattr(importlib.import_module(homes[name]), name)
        assert inspect.getdoc(found), name


@each("package", PUBLIC, ids=lambda package: package.__name__)
def test_type_checkers_see_the_names_that_programs_see(package: Any) -> None:
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(package.__all__)
    assert not hasattr(package, "nothing_of_that_name")


@pytest.fixture(scope="module")
def corpus() -> str:
    """Return every example and every test, in one text."""
    files = [*(ROOT / "examples").rglob("*.y*ml"), *(ROOT / "examples").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in files if path != Path(__file__))


@each("kind", KINDS, ids=lambda kind: kind.model.__name__)
def test_every_kind_has_an_example_and_a_page(kind: Kind, corpus: str) -> None:
    assert kind.model.__name__ in corpus or any(f"{name}.schema.json" in corpus for name in kind.schemas)
    assert f".{kind.model.__name__}`" in (ROOT / "docs" / "reference.md").read_text("utf-8")
