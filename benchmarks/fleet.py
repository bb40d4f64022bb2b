"""Previews of a fleet in the sandbox, by number of workers: time, and the memory of all processes together."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "fleet"
_EVERY = 0.1
"""Seconds between two looks at the memory."""
_KIB = 1024


@dataclass(frozen=True)
class Timing:
    """One run of a whole fleet."""

    workers: int
    stacks: int
    seconds: float
    alone: float
    """Seconds that a stack's own preview and review took, on average."""
    memory: int
    """Bytes that all processes had at the same time, at most."""


def measure(stacks: int, workers: Sequence[int]) -> Iterator[Timing]:
    """Preview as many stacks with each number of workers, from nothing each time."""
    with tempfile.TemporaryDirectory() as name:
        fleet = _fleet(Path(name), stacks)
        for count in workers:
            yield _run(fleet, stacks, count)


def _fleet(folder: Path, stacks: int) -> Path:
    """Stacks of the example's first platform, which is eleven resources each."""
    for part in ("Pulumi.yaml", "__main__.py"):
        shutil.copy2(EXAMPLE / part, folder / part)
    shutil.copytree(EXAMPLE / "platforms" / "churn", folder / "churn")
    config = {"azure-native:subscriptionId": "5a4d0b0c-0000-4000-8000-000000000001"}
    items = [{"name": f"s{n:03}", "description": "churn", "environment": "dev"} for n in range(stacks)]
    file = folder / "fleet.yml"
    file.write_text(json.dumps({"environments": {"dev": {"config": config}}, "stacks": items}), encoding="utf-8")
    subprocess.run([*_COMMAND, "write", "--fleet", str(file)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return file


_COMMAND = [sys.executable, "-m", "azureml_fleet"]


def _run(fleet: Path, stacks: int, workers: int) -> Timing:
    out = fleet.parent / f"out-{workers}"
    line = [*_COMMAND, "preview", "--fleet", str(fleet), "--out", str(out), "--workers", str(workers)]
    began, most = time.perf_counter(), 0
    with subprocess.Popen(
        [*line, "--sandbox", "--door", "in-process"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(_EVERY)
    seconds = time.perf_counter() - began
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))["stacks"]
    if process.returncode or len(found) != stacks:
        raise RuntimeError(f"the previews failed: {out}/summary.txt")
    return Timing(workers, stacks, seconds, sum(one["seconds"] for one in found) / stacks, most)


def _memory(parent: int) -> int:
    """The resident memory of a process and all below it, less what they share (proportional set size)."""
    children: dict[int, list[int]] = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            children[int(status.read_text().rpartition(")")[2].split()[1])].append(int(status.parent.name))
    waiting, total = [parent], 0
    while waiting:
        process = waiting.pop()
        waiting += children[process]
        with contextlib.suppress(OSError):
            total += _proportional(Path(f"/proc/{process}/smaps_rollup"))
    return total


def _proportional(file: Path) -> int:
    lines = file.read_text().splitlines()
    return next((int(line.split()[1]) * _KIB for line in lines if line.startswith("Pss:")), 0)
