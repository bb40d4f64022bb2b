"""A fleet in a folder of its own: the example's, or a small one that a test writes."""

import shutil
from pathlib import Path

import pytest

from azureml_fleet.__main__ import main
from kit.paths import ROOT

EXAMPLE = ROOT / "examples" / "fleet"
LEFT_OUT = shutil.ignore_patterns(".sandbox", ".fleet", "__pycache__")
PLATFORM = """\
name: {name}
location: westeurope
computes:
  - {{name: cpu, type: amlcompute, size: Standard_DS3_v2, max_instances: 8}}
"""
HEAD = """\
environments:
  dev: {config: {"azure-native:subscriptionId": 5a4d0b0c-0000-4000-8000-000000000001}}
  test: {config: {"azure-native:subscriptionId": 5a4d0b0c-0000-4000-8000-000000000001}}
stacks:
"""


def example(folder: Path) -> Path:
    """Copy the example, and return its fleet file."""
    return Path(shutil.copytree(EXAMPLE, folder / "fleet", ignore=LEFT_OUT)) / "fleet.yml"


def small(folder: Path, *stacks: str, head: str = HEAD, platforms: tuple[str, ...] = ("churn",)) -> Path:
    """Write a fleet with these items of `stacks`, without stack files, and return its fleet file."""
    for name in platforms:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "platform.yml").write_text(PLATFORM.format(name=name), "utf-8")
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy2(EXAMPLE / file, folder / file)
    items = [f"  - {{{stack}}}\n" for stack in stacks]
    fleet = folder / "fleet.yml"
    fleet.write_text(head + "".join(items), "utf-8")
    return fleet


def run(command: str, fleet: Path, *more: str) -> int:
    """Run one command of `azureml-fleet`."""
    return main([command, "--fleet", str(fleet), *more])


def output_lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that were printed, on either stream."""
    captured = capsys.readouterr()
    return [*captured.out.splitlines(), *captured.err.splitlines()]
