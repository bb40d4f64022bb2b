"""Many datastores on the real engine, against the sandbox, by four programs in one run.

These are our description, the same resources in plain azure-native, the same requests as bare `CustomResource`s, and
terraform with azapi.

CPU seconds are those of all processes of a run: other load on the machine changes them little, and seconds on the clock
a lot. Terraform is measured where it and `terraform-provider-azapi` are on PATH.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azureml_sandbox.pulumi import runner
from azureml_sandbox.pulumi.engine import project as projects
from benchmarks import engine_programs

ROOT = Path(__file__).parents[1]
_STACK = """config:
  azure-native:subscriptionId: 5a4d0b0c-0000-4000-8000-000000000001
  azureml-infra:description: many
  azureml-infra:disposable: "true"
encryptionsalt: v1:lrHZNk/fAZ4=:v1:2lRGLVCbc8MQ29lX:/60gYYnXANsVtHnlwmypshQM5DQhmw==
"""
"""As Pulumi.sandbox.yaml, with another description."""
STEPS: Mapping[str, str] = {
    "new": "preview, all new",
    "up": "first up",
    "same": "preview, no change",
    "kept": "first up, the state written at each step",
}
"""What is measured, in this order. `kept` begins anew; it is what a stack on a file or blob backend costs."""
OURS, RAW, BARE, TERRAFORM = "description", "azure-native", "bare", "terraform"


@dataclass(frozen=True)
class Spent:
    """Seconds of processors and on the clock, of one run."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Found:
    """What a step has cost a program, the mean of all turns, and the bytes of the state that it left."""

    program: str
    step: str
    spent: Spent
    state: int


def measure(count: int, steps: Sequence[str], programs: Sequence[str], turns: int) -> list[Found]:
    """Measure the steps of programs, one after another in each turn; nothing where there is no pulumi CLI."""
    if shutil.which("pulumi") is None:
        return []
    spent: dict[tuple[str, str], list[tuple[Spent, int]]] = {}
    for _ in range(turns):
        for program in programs:
            for step, cost, state in _turn(program, count, steps):
                spent.setdefault((program, step), []).append((cost, state))
    return [Found(program, step, _mean(one for one, _ in all_), all_[-1][1]) for (program, step), all_ in spent.items()]


def available() -> list[str]:
    """Return the programs that can be measured here."""
    tools = ("terraform", "terraform-provider-azapi")
    return [OURS, RAW, BARE, *([TERRAFORM] if all(map(shutil.which, tools)) else [])]


def _mean(spent: Iterable[Spent]) -> Spent:
    every = list(spent)
    return Spent(statistics.mean(one.cpu for one in every), statistics.mean(one.wall for one in every))


def _turn(program: str, count: int, steps: Sequence[str]) -> Iterator[tuple[str, Spent, int]]:
    commands, state = (_TERRAFORM, _terraform_state) if program == TERRAFORM else (_PULUMI, _state)
    for begun in (("new", "up", "same"), ("kept",)):
        with tempfile.TemporaryDirectory() as name:
            folder = _project(Path(name), program, count)
            for step in begun:
                is_needed = step in steps or (step == "up" and "same" in steps)
                if is_needed and step in commands:
                    cost = _spend(commands[step], folder)
                    if step in steps:
                        yield step, cost, state(folder)


_ENGINE = ("--door", "engine")
_PULUMI: Mapping[str, Sequence[str]] = {
    "new": ("preview", *_ENGINE),
    "up": ("up", *_ENGINE),
    "same": ("preview", *_ENGINE),
    "kept": ("run", "--", "pulumi", "up", "--yes", "--skip-preview"),
}
_TERRAFORM: Mapping[str, Sequence[str]] = {
    "new": ("run", "--", "terraform", "plan"),
    "up": ("run", "--", "terraform", "apply", "-auto-approve"),
    "same": ("run", "--", "terraform", "plan"),
}


def _project(folder: Path, program: str, count: int) -> Path:
    write: Mapping[str, Callable[[int], Mapping[str, str]]] = {
        OURS: lambda count: engine_programs.description(count, (ROOT / "__main__.py").read_text("utf-8")),
        RAW: engine_programs.azure_native,
        BARE: engine_programs.bare,
        TERRAFORM: engine_programs.terraform,
    }
    shutil.copy2(ROOT / "Pulumi.yaml", folder)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (folder / "Pulumi.sandbox.yaml").write_text(_STACK, encoding="utf-8")
    for name, text in write[program](count).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _state(folder: Path) -> int:
    file = runner.checkpoint_file(projects.find(folder), "sandbox")
    return file.stat().st_size if file.is_file() else 0


def _terraform_state(folder: Path) -> int:
    file = folder / "terraform.tfstate"
    return file.stat().st_size if file.is_file() else 0


def _spend(arguments: Sequence[str], folder: Path) -> Spent:
    """Run `azureml-sandbox` in a folder, and return what it and all that it started have used."""
    command, *more = arguments
    line = [sys.executable, "-m", "azureml_sandbox", command, "--cwd", str(folder), *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CLI_CONFIG_FILE": str(folder / "terraformrc")}
    started = time.perf_counter()
    process = subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with {process.returncode}")
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - started)
