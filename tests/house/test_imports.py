"""What a command imports: it starts as fast as that. A package that isn't in its row is imported where it is needed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azureml_infra.components.builders import BUILDERS, maker
from azureml_infra.entities.references import FAMILIES
from kit.paths import ROOT
from kit.rows import each
from kit.warm import warm_environment

MODELS = {"annotated_types", "isodate", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "yaml"}
OWN = {"azureml_arm", "azureml_infra", "azureml_policies", "azureml_review", "azureml_fleet"}
COMMANDS: dict[str, set[str]] = {
    "azureml_infra compute list-sizes": {"azureml_arm", "azureml_infra"},
    "azureml_infra compute list --help, schema, validate examples/quickstart": {"azureml_arm", "azureml_infra"}
    | MODELS,
    "azureml_policies rules": {"azureml_arm", "azureml_policies", "rich"} | MODELS,
    "azureml_review rules": OWN | MODELS | {"rich"},
    "azureml_fleet --help": OWN | MODELS | {"rich"},
    "azureml_sandbox status, serve --help": {"azureml_arm", "azureml_sandbox", "isodate"},
    "azureml_sandbox clock show": {"azureml_arm", "azureml_sandbox", "cronsim", "isodate", "yaml"},
}
"""A package's commands, which one process runs -> the packages that they may import beside the standard library."""

RUN = """
import contextlib, importlib, io, json, os, sys

package, folder, *commands = sys.argv[1:]
before = set(sys.modules)
main = importlib.import_module(package + ".__main__").main
if package == "azureml_sandbox":
    os.chdir(folder)
quiet = io.StringIO()
for command in commands:
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), contextlib.suppress(SystemExit):
        main(command.split())
names = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
print(json.dumps(sorted(name for name in names if not name.startswith("_") and name != "cython_runtime")))
"""


@pytest.fixture(scope="module")
def with_models() -> Iterator[str]:
    """Yield a Python that has imported what models need, for what may import that."""
    with warm_environment(*MODELS) as environment:
        yield str(environment / "bin" / "python")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_what_it_needs(command: str, with_models: str, tmp_path: Path) -> None:
    package, _, commands = command.partition(" ")
    python = with_models if COMMANDS[command] >= MODELS else sys.executable
    line = [python, "-c", RUN, package, str(tmp_path), *commands.split(", ")]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(json.loads(done.stdout))
    assert package in imported
    assert imported - COMMANDS[command] == set()


LOADED = """
loaded = {name.rpartition(".")[2] for name in sys.modules if name.startswith("azureml_infra.entities.")}
print(*sorted(loaded & set(sys.argv[2:])), file=sys.stderr)
"""
VALIDATE = f"""
import sys

from azureml_infra.__main__ import main

assert main(["validate", "--no-cache", sys.argv[1]]) == 0
{LOADED}"""
PLATFORM = f"""
import sys

from azureml_infra import Platform
{LOADED}"""
KINDS = {"assets", "automl_job", "compute", "connection", "datastore", "endpoint", "job", "monitor", "platform"}
"""Some modules of models."""


def _models(python: str, program: str, path: str = "") -> set[str]:
    line = [python, "-c", program, path, *KINDS]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("examples/jobs/computes/cpu-cluster.yml", {"compute"}),
        ("examples/datastores/datastores/raw.yml", {"datastore"}),
        ("examples/connections/platform.yml", {"connection", "datastore", "platform"}),
    ],
)
def test_a_file_needs_the_models_of_its_own_kind_alone(path: str, needed: set[str], with_models: str) -> None:
    assert _models(with_models, VALIDATE, path) == needed


def test_a_program_of_a_platform_needs_the_models_of_what_it_builds_alone(with_models: str) -> None:
    """Adoption knows what computes derive."""
    assert _models(with_models, PLATFORM) == {"compute", "platform"}


@each("family", BUILDERS)
def test_each_family_has_its_component(family: str) -> None:
    assert family in FAMILIES
    assert isinstance(maker(BUILDERS[family]), type)
