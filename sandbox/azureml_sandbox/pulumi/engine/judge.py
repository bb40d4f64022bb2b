"""Policies as the engine knows them: who is asked about each resource, and what they have against it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import Properties

ADVISORY, MANDATORY = "advisory", "mandatory"


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
        """Return whether it stops the run."""
        return self.level == MANDATORY


class Judge(Protocol):
    """Asked about everything that a run would do; raises an EngineError where that may not be done."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the packs that judge."""

    @property
    def violations(self) -> list[Violation]:
        """Return everything so far that policies have against the run."""

    def resource(self, goal: Goal, inputs: Properties) -> Properties:
        """Return the inputs of a resource as policies leave them."""

    def stack(self, resources: Iterable[Resource]) -> None:
        """Judge the whole stack, when all of its resources are known."""

    def conclude(self) -> None:
        """Judge the run as a whole, at the end of a preview."""
