"""checkov over planned resources, as an ARM template: what a user would pick instead of the guardrails.

checkov isn't a dependency of this project: it is used where `CHECKOV` names it or `checkov` is on PATH. Most of a small
run is its own start, so a template of one resource is timed too; what more resources take is the difference.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from azureml_arm import ids
from azureml_arm.types import by_type
from azureml_policies import requests as arm_requests
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write

ABSENT = "left out: checkov isn't on PATH, and CHECKOV doesn't name it (uv tool install checkov)"
MACHINE_LEARNING = ("CKV_AZURE_243", "CKV2_AZURE_49")
"""Its checks of ARM templates that look at Azure Machine Learning (checkov 3.3)."""
_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


@dataclass(frozen=True)
class Checked:
    """Seconds of one run, and how often a check was made of a resource."""

    seconds: float
    judged: int


@dataclass(frozen=True)
class Timing:
    """The best of several runs: over all resources, over one of them (most of it is the start)."""

    many: Checked
    one: Checked

    @property
    def seconds(self) -> float:
        """What the resources take, without the start."""
        return self.many.seconds - self.one.seconds

    @property
    def judged(self) -> int:
        """How often a check was made of a resource."""
        return self.many.judged - self.one.judged

    @property
    def each(self) -> float:
        """Seconds of one check of one resource."""
        return self.seconds / self.judged


def command() -> str | None:
    """Where checkov is."""
    return shutil.which(os.environ.get("CHECKOV") or "checkov")


def measure(program: str, planned: Sequence[Planned], repeats: int, checks: Sequence[str] = ()) -> Timing:
    """Time checkov over a plan and over its first resource, in turns; with some of its checks or all."""
    with TemporaryDirectory() as folder:
        files = [
            _written(Path(folder) / f"{name}.json", items) for name, items in (("one", planned[:1]), ("many", planned))
        ]
        runs = [[_checked(program, path, checks) for path in files] for _ in range(repeats)]
    one, many = (min(found, key=lambda run: run.seconds) for found in zip(*runs, strict=True))
    return Timing(many, one)


def _checked(program: str, path: Path, checks: Sequence[str]) -> Checked:
    chosen = ["--check", ",".join(checks)] if checks else []
    call = [program, "-f", str(path), "--framework", "arm", "--output", "json", "--compact", "--skip-download", *chosen]
    started = time.perf_counter()
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):  # 1: some check failed
        raise RuntimeError(f"checkov failed: {done.stderr[-1000:]}")
    summary = json.loads(done.stdout).get("summary", {})
    return Checked(seconds, sum(summary.get(name, 0) for name in ("passed", "failed", "skipped")))


def _written(path: Path, planned: Sequence[Planned]) -> Path:
    writes = (write for item in planned for write in arm_requests.writes(item))
    path.write_text(json.dumps(template([_resource(write) for write in writes])), encoding="utf-8")
    return path


def template(resources: Sequence[Any]) -> dict[str, Any]:
    """An ARM template of resources."""
    return {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources)}


def _resource(write: Write) -> dict[str, Any]:
    """What a write makes, as a template has it."""
    found, entry = ids.parse(write.id), by_type(write.type)
    about = {"type": write.type, "apiVersion": entry.api_version if entry else "", "name": "/".join(found.names)}
    return {**about, **write.body}
