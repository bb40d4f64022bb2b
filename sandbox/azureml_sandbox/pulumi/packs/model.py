"""What a run under policy packs is given, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi.engine.errors import RefusedError

ADVISORY, MANDATORY = "advisory", "mandatory"


@dataclass(frozen=True)
class Pack:
    """A policy pack: its folder (which is run in a process of its own), or an object that answers in this process.

    Such an object has the methods of Pulumi's `AnalyzerServicer`. `config` is what `--policy-pack-config` takes: a JSON
    file, or what would be in one.
    """

    source: Path | Any
    config: Path | Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Violation:
    """What a policy has against a resource, or against the stack (`urn` is then the stack's own)."""

    pack: str
    policy: str
    level: str
    """``mandatory`` or ``advisory``."""
    message: str
    urn: str
    severity: str = ""
    """``low``, ``medium``, ``high`` or ``critical``, where the policy says."""
    description: str = ""
    """What the policy is about, in its own words."""

    @property
    def mandatory(self) -> bool:
        """Whether it stops the run."""
        return self.level == MANDATORY


class PackError(RefusedError):
    """A policy pack can't judge: the run fails, for nobody knows what it would have said."""


class DeniedError(RefusedError):
    """A mandatory policy is violated."""
