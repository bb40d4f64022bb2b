"""What readers have in common: the planned resource as they see it, and the request to ARM behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from azureml_policies.requests.values import member, plain, text


@dataclass(frozen=True)
class Defaults:
    """What applies where a program doesn't say it: the settings of the stack and of the environment."""

    subscription: str = ""
    location: str = ""
    """What a template's ``resourceGroup().location`` is; empty where that isn't known."""


class Token(NamedTuple):
    """A Pulumi type token in lower case: ``package:module:name``."""

    package: str
    module: str
    name: str

    @classmethod
    def parse(cls, token: str) -> Token:
        """Read a token; what it doesn't have is empty."""
        parts = [*token.lower().split(":", 2), "", ""]
        return cls(*parts[:3])

    @property
    def area(self) -> str:
        """Return the module without a version or a file name: ``compute/v20240101`` -> ``compute``."""
        return self.module.partition("/")[0]


@dataclass(frozen=True)
class ArmRequest:
    """A resource that ARM would be asked to create or change.

    `type` is the ARM type and `id` the ARM id, whose segments may be `UNKNOWN`; `body` is the request's body. Where
    anything could be behind a planned resource (a shell command, a linked template), `opaque` says what, `type` and
    `body` are empty, and `id` is the scope that it may reach as far as that is known.
    """

    type: str
    id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    via: str = ""
    """How it came, unless by the type's own azure-native resource: "ARM template `deploy`", "azapi"."""
    action: str = ""
    """The full ARM action, where it isn't ``{type}/write``: "…/computes/start/action"."""
    opaque: str = ""
    raw: bool = False
    """The body is the resource's own arguments, which aren't ARM's words: only rules about rights look at it."""


def opaque(reason: str, scope: str = "", via: str = "") -> ArmRequest:
    """Return a request that could be any: `scope` is the id that it may reach, as far as that is known."""
    return ArmRequest("", scope, {}, via, opaque=reason)


@dataclass(frozen=True)
class PlannedView:
    """A planned resource as a reader sees it."""

    planned: Planned
    defaults: Defaults = field(default_factory=Defaults)

    @cached_property
    def token(self) -> Token:
        """Return the resource's type."""
        return Token.parse(self.planned.type)

    @cached_property
    def inputs(self) -> Mapping[str, Any]:
        """Return the resource's inputs, with every wrapper taken off."""
        found: Mapping[str, Any] = plain(dict(self.planned.inputs))
        return found

    @cached_property
    def subscription(self) -> str:
        """Return the subscription: the provider's, else the default; UNKNOWN where neither is known."""
        given = plain(dict(self.planned.provider.inputs)) if self.planned.provider else {}
        return text(member(given, "subscriptionId") or self.defaults.subscription or UNKNOWN)

    @property
    def scope(self) -> str:
        """Return the subscription's id."""
        return f"/subscriptions/{self.subscription}"

    def get(self, *names: str) -> Any:
        """Return the first input of these names that is there, in any letter case, with underscores or without."""
        return member(self.inputs, *names)


Reader = Callable[[PlannedView], Iterable[ArmRequest] | None]
"""The requests behind a planned resource, or None for a resource that isn't the reader's own."""
