"""What every component shares: its type token, its children, its options."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi

from azureml_arm.types import BY_TOKEN
from azureml_infra.components.aliases import drop_builtin_aliases
from azureml_infra.components.debug import drop_debug_lines
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.base import Entity
from azureml_infra.entities.words import snake
from azureml_infra.yaml.problems import one_of


def type_token(kind: str) -> str:
    """Return the component's Pulumi type; it is part of every child's URN, so it never changes."""
    return f"{PACKAGE}:index:{kind}"


def keeps_aliases() -> bool:
    """Return the stack's setting ``azureml-infra:keepAliases`` (see `azureml_infra.components.aliases`)."""
    return pulumi.Config(PACKAGE).get_bool("keepAliases") or False


class Component(pulumi.ComponentResource):
    """A component resource whose children are azure-native resources.

    `kind` is the last word of its type token; `keep_aliases` leaves the SDK's type aliases on its children. Options
    given by the user (`parent`, `depends_on`, `providers`, `protect`, `aliases`, transformations) go to the component
    and, as Pulumi has it, to its children.
    """

    def __init__(
        self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None, *, keep_aliases: bool = False
    ) -> None:
        drop_debug_lines()
        inherits = opts is not None and isinstance(opts.parent, Component)
        lean = (
            None
            if inherits or keep_aliases or keeps_aliases()
            else pulumi.ResourceOptions(transformations=[drop_builtin_aliases])
        )
        super().__init__(type_token(kind), name, None, pulumi.ResourceOptions.merge(lean, opts))
        # Pulumi makes nobody but the component itself wait, which is nothing in Azure.
        self._after = pulumi.ResourceOptions(depends_on=opts.depends_on if opts else None)

    def child(
        self,
        token: str,
        name: str,
        path: Mapping[str, Any],
        body: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Any:
        """Return an azure-native resource below this component, from its path's names and ARM's request body.

        `token` is short (``machinelearningservices:Compute``). Returns the instance of azure-native's own class.
        """
        return resource(token, name, path, body, pulumi.ResourceOptions.merge(opts, self.below()))

    def below(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child, which waits for what the component waits for."""
        return pulumi.ResourceOptions.merge(self._after, pulumi.ResourceOptions(parent=self, **options))


def resource(
    token: str, name: str, path: Mapping[str, Any], body: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> Any:
    """Return an azure-native resource from its path's names and ARM's request body."""
    declared = BY_TOKEN[f"azure-native:{token}"]
    arguments = {**path, **declared.arguments(body)}
    return sdk_class(token)(name, opts=opts, **{keyword(key): value for key, value in arguments.items()})


def refuse_foreign(owner: str, argument: str, value: object, *kinds: type[Entity]) -> None:
    """Raise ArgumentError where a component is given something else than a model of one of these kinds."""
    named = one_of(public for kind in kinds for public in _public(kind))
    refuse_unless(value, kinds, owner, argument, named)


def _public(kind: type[Entity]) -> list[str]:
    """Return the names of the models of a kind that have no more special ones."""
    below = [name for more in kind.__subclasses__() for name in _public(more)]
    return below or [kind.__name__]


@cache
def sdk_class(token: str) -> Any:
    """Return azure-native's class; its module is imported only when a stack uses it."""
    module, _, class_name = token.partition(":")
    return getattr(importlib.import_module(f"pulumi_azure_native.{module}"), class_name)


@cache
def keyword(argument: str) -> str:
    """Return the SDK's keyword for an argument (`resourceName` is written `resource_name_` there)."""
    return "resource_name_" if argument == "resourceName" else snake(argument)
