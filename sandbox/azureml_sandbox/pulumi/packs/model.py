"""What a run under policy packs is given, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi.engine.errors import RefusedError


@dataclass(frozen=True)
class Pack:
    """A policy pack: its folder (which is run in a process of its own), or an object that answers in this process.

    Such an object has the methods of Pulumi's `AnalyzerServicer`. `config` is what `--policy-pack-config` takes: a JSON
    file, or what would be in one.
    """

    source: Path | Any
    config: Path | Mapping[str, Any] | None = None


class PackError(RefusedError):
    """A policy pack can't judge: the run fails, for nobody knows what it would have said."""


class DeniedError(RefusedError):
    """A mandatory policy is violated."""
