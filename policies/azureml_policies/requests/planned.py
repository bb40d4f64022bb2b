"""What a program plans: one Pulumi resource as the rules see it, whichever way it came to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PlannedProvider:
    """The provider that would make a resource: the default one of its package, or an explicit one."""

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """The resource options that Pulumi shows to policies."""

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True)
class Planned:
    """One planned resource: a custom one, a component, or a provider.

    `inputs` are plain JSON: secrets are unwrapped (never show a value without `text.shown`), and what isn't
    known yet is `unknown.UNKNOWN`.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    provider: PlannedProvider | None = None
    options: Options = field(default_factory=Options)
    custom: bool = True
    """Whether a provider makes it: a component only holds others, which are planned by themselves."""

    @property
    def subscription(self) -> str:
        """Return the subscription that the provider is set to; empty where neither provider nor inputs say."""
        return str((self.provider.inputs if self.provider else {}).get("subscriptionId") or "")
