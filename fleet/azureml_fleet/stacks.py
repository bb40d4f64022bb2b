"""The stacks of a fleet, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azureml_fleet.model import Operator
from azureml_infra.description.load import Description
from azureml_infra.yaml.nodes import Document, Location, Map, descend
from azureml_infra.yaml.problems import Problem


@dataclass(frozen=True)
class Stack:
    """One stack of the fleet, with all that its layers say."""

    name: str
    description: str
    environment: str
    config: Mapping[str, Any]
    overrides: Map | None
    operator: Operator
    secrets_provider: str
    at: Location
    """Where it stands in the fleet file."""
    found: Description | None = None
    """None where the description has mistakes."""

    @property
    def subscription(self) -> str:
        """Return the subscription's id; empty where whoever runs it decides."""
        return str(self.config.get("azure-native:subscriptionId") or "").lower()

    @property
    def region(self) -> str:
        """Return where it is."""
        return self.found.platform.location if self.found else ""


@dataclass(frozen=True)
class Fleet:
    """The stacks of a fleet file, in its order."""

    project: Path
    document: Document = field(repr=False)
    stacks: tuple[Stack, ...]
    warnings: tuple[Problem, ...] = ()

    def problem(self, stack: Stack, word: str, what: str, expected: str = "") -> Problem:
        """Return a problem of a stack's field."""
        node = descend(self.document.root, (*stack.at, word))
        return Problem(self.document.name, node.line, node.column, what, expected)
