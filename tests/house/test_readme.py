"""README.md is run: its commands in a copy of the project, its YAML through the loader, its Python in the sandbox."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from azureml_infra import load
from azureml_sandbox import Sandbox
from kit.paths import ROOT
from kit.served import serving
from kit.warm import link

README = ROOT / "README.md"
PARTS = ("examples", "policies", "schemas")
FILES = ("Makefile", "Pulumi.yaml", "Pulumi.sandbox.yaml", "__main__.py", "requirements.lock", "requirements-dev.lock")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("az", "pip", "pulumi")
"""Commands that need Azure, an index of packages or the pulumi CLI."""
DENIED = "# denied"
"""Says of a command that it is refused."""
SERVING = "azureml-sandbox run"
"""Starts a server where none runs."""
MAKES = {"up": "azureml-sandbox", "destroy": "azureml-sandbox", "test": "make"}
"""What targets of make run; any other is what the others aren't."""
INSTALLED = "-o .venv/.ready -o .venv/.ready-dev"
"""Keeps make from installing: the environment that runs the tests is there."""
SECONDS = 120


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str
    line: int

    @property
    def id(self) -> str:
        return f"line-{self.line}"


def blocks(*languages: str) -> list[Block]:
    text = README.read_text("utf-8")
    found = [Block(one[1], one[2], text.count("\n", 0, one.start()) + 1) for one in BLOCK.finditer(text)]
    return [block for block in found if block.language in languages]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the project as a clone has it, with this environment's packages."""
    unwanted = shutil.ignore_patterns("__pycache__", ".sandbox", "azureml_policies")
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=unwanted)
    for file in FILES:
        shutil.copy2(ROOT / file, tmp_path / file)
    link(tmp_path, Path(sys.prefix))
    return tmp_path


def commands(block: Block) -> Iterator[str]:
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] not in ELSEWHERE:
            yield line


def program(command: str) -> str:
    """Return what of a command line says what starts: a target of make is one of the sandbox's commands."""
    first, second, *_ = [*command.rpartition("&& ")[2].split(), ""]
    name = Path(first).name
    return f"{name} {second}" if (name, second) == tuple(SERVING.split()) else MAKES.get(second, name)


def run(command: str, folder: Path) -> str:
    option = " -n" if "make test" in command else ""  # the tests are what runs here
    command = command.replace("make ", f"make {INSTALLED}{option} ")
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # where `pip install` puts the commands
    environment = {**os.environ, "PATH": path, "SANDBOX_DOOR": "in-process", "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=folder, env=environment, shell=True, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert bool(done.returncode) == (DENIED in command), f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def apply(change: str, folder: Path) -> None:
    """Apply a block of the form ``--- file``, ``-old``, ``+new``."""
    marked = {line[0]: line[1:] for line in change.splitlines()[1:]}
    file = folder / change.splitlines()[0].removeprefix("--- ")
    text = file.read_text("utf-8")
    assert text.count(marked["-"]) == 1
    file.write_text(text.replace(marked["-"], marked["+"]), "utf-8")


@pytest.mark.long
def test_the_readmes_commands_do_what_it_says(copy: Path, warm: Path) -> None:
    """Each program starts cold the first time, so that no import that is missing goes unseen, and warm after that
    (test_imports.py and test_wheel.py have more that start cold). The first server is started by the command itself,
    which knows it by its process; the others are there already. The change is one update, and made once.
    """
    output, shown, seen, printed = "", 0, set[str](), defaultdict[str, list[str]](list)

    def run_cold_first(command: str) -> str:
        (copy / ".venv").unlink()
        is_first = (name := program(command)) not in seen
        seen.add(name)
        link(copy, Path(sys.prefix) if is_first else warm)
        with serving(copy) if name == SERVING and not is_first else contextlib.nullcontext():
            printed[command].append(run(command, copy))
        if command == "make up" and len(printed[command]) == 2:
            assert "1 updated" in printed[command][-1]
            assert "Nothing changed" in run(command, copy)
        return printed[command][-1]

    for block in blocks("sh", "diff", "text"):
        if block.language == "diff":
            apply(block.text, copy)
        elif block.language == "sh":
            output = "".join(run_cold_first(command) for command in commands(block)) or output
        else:
            shown += 1
            for line in block.text.splitlines():
                if line != "…":
                    assert line in output, f"README.md, the block at {block.id}: {line!r} isn't in\n{output}"
    assert shown
    assert len(printed["make up"]) > 2
    assert printed["make preview"][0].count("max_instances: ") == 1


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.id)
def test_every_description_is_valid_without_a_warning(block: Block, tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(block.text, "utf-8")
    assert load(tmp_path).warnings == ()


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.id)
def test_every_python_program_runs(block: Block) -> None:
    code = compile(block.text, "README.md", "exec")
    if "mock_azure" in block.text:
        exec(code, {})
        return
    sandbox = Sandbox(project="azureml-infra", stack="dev")
    assert sandbox.up(lambda: exec(code, {})).outputs["cluster"].endswith("/computes/cpu")


def test_the_stack_settings_are_those_that_the_program_reads() -> None:
    documented = set(re.findall(r"azureml-infra:(\w+)", README.read_text("utf-8")))
    code = "".join(path.read_text("utf-8") for path in (ROOT / "infra").rglob("*.py"))
    assert documented == set(re.findall(r'Config\(PACKAGE\)\.get\w*\("(\w+)"\)', code))


def test_the_secrets_of_the_descriptions_are_given_as_the_readme_says() -> None:
    described = {
        name
        for block in blocks("yaml")
        for name in re.findall(r"\$\{\{secrets\.(\w+)", str(yaml.safe_load(block.text)))
    }
    given = set(re.findall(r"pulumi config set --secret ([A-Z_]+)  ", README.read_text("utf-8")))
    assert described == given
