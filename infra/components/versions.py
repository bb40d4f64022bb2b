"""Registering a version of an asset: environments, data, models, components and code share one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from infra.components.base import Component
    from infra.components.scope import Scope

TOKENS = {
    "environments": "machinelearningservices:EnvironmentVersion",
    "data": "machinelearningservices:DataVersion",
    "models": "machinelearningservices:ModelVersion",
    "components": "machinelearningservices:ComponentVersion",
    "codes": "machinelearningservices:CodeVersion",
}


@dataclass(frozen=True)
class Version:
    """A version to register: `label` is its Pulumi name, `name` and `version` are Azure's, `request` is ARM's body."""

    family: str
    label: str
    name: str
    version: str
    request: Mapping[str, Any]


def register(
    owner: Component, scope: Scope, given: Version, depends_on: Sequence[pulumi.Resource]
) -> tuple[pulumi.Resource, pulumi.Input[str]]:
    """The resource of an asset's version, and its ARM id.

    A version that leaves the description stays in Azure: models, runs and deployments made with it refer to it. Its
    Pulumi name holds the version, so that a new version never replaces the one before.
    """
    options = pulumi.ResourceOptions(depends_on=list(depends_on), retain_on_delete=True)
    path = scope.path(name=given.name, version=given.version)
    made: pulumi.Resource = owner.child(TOKENS[given.family], given.label, path, given.request, options)
    return made, scope.asset_id(given.family, given.name, given.version)
