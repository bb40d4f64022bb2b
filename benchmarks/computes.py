"""A preview of a workspace with many clusters, in-process: infra's components beside a plain azure-native program.

Each runs in a process of its own, twice; the better time counts. The clock starts when all modules are there and stops
when the preview is done.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pulumi_azure_native as azure_native

from azureml_infra import AmlCompute, Compute, Workspace
from azureml_sandbox import mock_azure

_SIZE = "STANDARD_DS3_V2"
_MODULES = (
    "applicationinsights",
    "authorization",
    "keyvault",
    "machinelearningservices",
    "operationalinsights",
    "resources",
    "storage",
)
_REPEATS = 2


@dataclass(frozen=True)
class Timing:
    """Seconds for `count` clusters: with the components, with the roles that each gets by default, and without."""

    count: int
    components: float
    granting: float
    plain: float

    @property
    def share(self) -> float:
        """What the components cost of what the plain program costs, which makes the same resources."""
        return self.components / self.plain


def measure(count: int) -> Timing:
    """Time the programs, one after another."""
    return Timing(count, **{program: _apart(program, count) for program in _PROGRAMS})


def _apart(program: str, count: int) -> float:
    command = [sys.executable, "-m", "benchmarks.computes", program, str(count)]
    runs = (subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True) for _ in range(_REPEATS))
    return min(float(run.stdout) for run in runs)


def _components(count: int, *, grants: bool = False) -> None:
    workspace = Workspace("bench", location="westeurope")
    for number in range(count):
        name = f"cpu{number}"
        Compute(name, AmlCompute(name=name, size=_SIZE, max_instances=4, grants=grants), workspace=workspace)


def _plain(count: int) -> None:
    services = azure_native.machinelearningservices
    workspace = services.Workspace(
        "bench", resource_group_name="rg", workspace_name="bench", location="westeurope", identity={"type": "None"}
    )
    for number in range(count):
        services.Compute(
            f"cpu{number}",
            resource_group_name="rg",
            workspace_name=workspace.name,
            compute_name=f"cpu{number}",
            location="westeurope",
            properties={
                "compute_type": "AmlCompute",
                "properties": {"vm_size": _SIZE, "scale_settings": {"min_node_count": 0, "max_node_count": 4}},
            },
        )


_PROGRAMS: Mapping[str, Callable[[int], None]] = {
    "components": _components,
    "granting": partial(_components, grants=True),
    "plain": _plain,
}


def _timed(program: str, count: int) -> float:
    for module in _MODULES:
        _ = getattr(azure_native, module).outputs  # the SDK imports a module when something in it is looked up
    started = time.perf_counter()
    with mock_azure(project="azureml-infra", stack="bench", preview=True):
        _PROGRAMS[program](count)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(_timed(sys.argv[1], int(sys.argv[2])))
