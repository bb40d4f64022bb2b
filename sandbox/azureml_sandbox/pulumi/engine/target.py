"""What a run is about: a project's stack, and its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunTarget:
    """A stack, and whether its run is a preview."""

    project: str
    stack: str
    organization: str = "organization"
    preview: bool = False
    folder: str = ""
    """The project's root, where there is one."""


@dataclass(frozen=True)
class Configuration:
    """A stack's configuration: ``project:key`` -> text; `secrets` are the keys whose values are secret."""

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
