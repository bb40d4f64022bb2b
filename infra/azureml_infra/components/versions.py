"""Registering a version of an asset: environments, data, models, components and code share one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from azureml_arm.names import ANONYMOUS_COMPONENT
from azureml_arm.types import native_type
from azureml_infra.components.adoption import stable_arguments
from azureml_infra.components.homes import RegistryHome
from azureml_infra.components.known import Chosen
from azureml_infra.components.latest import has_pinned, keep_pinned
from azureml_infra.components.live import changes
from azureml_infra.components.refusals import refuse_other_content, refuse_other_type
from azureml_infra.components.scope import Built, Scope, token_of
from azureml_infra.entities.base import Entity


def take_back(
    scope: Scope, token: str, path: Mapping[str, pulumi.Input[str]], request: Mapping[str, Any] | None
) -> pulumi.ResourceOptions:
    """Return the options that import what stayed in Azure when it left the description, and is back in it.

    Pulumi would make it again, which azure-native refuses where it exists. So where the live one is as `request` says
    (None: whatever it is), it is taken into the state as it is; where the state has it already, that does nothing. The
    id is Azure's: the engine compares it letter by letter with the state's, and imports again where they differ
    (pulumi, pkg/resource/deploy/step_generator.go).
    """
    live = scope.live(token, path)
    if live is None:
        return pulumi.ResourceOptions()
    found = changes(token, request, live) if request is not None else ()
    if found:
        # What was imported has more inputs than are described: without them the engine would see them removed.
        return pulumi.ResourceOptions(ignore_changes=stable_arguments(token, request or {}, live, found))
    wanted = native_type(token).arguments(request) if request else ()
    kept = list(dict.fromkeys([*wanted, *stable_arguments(token, request or {}, live)]))
    return pulumi.ResourceOptions(import_=live.get("id") or scope.child_id(token, path), ignore_changes=kept)


def _as_registered(scope: Scope, given: NewVersion, path: Mapping[str, pulumi.Input[str]]) -> NewVersion:
    """Return a version that is there already with the versions that its references meant when it was registered."""
    live = scope.live(given.token, path) if has_pinned(given.request) else None
    if live is None:
        return given
    there = native_type(given.token).body(live)
    return replace(given, request=keep_pinned(given.request, there))


def _refuse_changes(scope: Scope, given: NewVersion, path: Mapping[str, pulumi.Input[str]]) -> None:
    """Raise RefusedChangeError where Azure has something under this name that can't become what is given."""
    if given.hashed or given.entity is None:
        return
    live = scope.live(given.token, path)
    if live is not None:
        refuse_other_content(given.entity, given.token, given.request, live)
    elif given.family == "data" and given.registry is None:
        refuse_other_type(given.entity, given.request, scope.live(_CONTAINER, scope.path(name=given.name)))


_CONTAINER = "machinelearningservices:DataContainer"
_REWRITTEN = {"feature_sets": ("properties.properties",)}
"""What Azure writes otherwise than it was given, and follows from what never changes in a version, by family."""


@dataclass(frozen=True)
class NewVersion:
    """A version to register: `label` is its Pulumi name, `name` and `version` are Azure's, `request` is ARM's body."""

    family: str
    label: str
    name: str
    version: str
    request: Mapping[str, Any]
    hashed: bool = False
    """Whether the name or version follows from the content, so that what has it needs no comparison."""
    entity: Entity | None = None
    """What it was made of, which a refusal names."""
    registry: RegistryHome | None = None
    """The registry that it is made in; None: the workspace."""

    @property
    def token(self) -> str:
        """Return azure-native's type, short."""
        return self.registry.token(self.family) if self.registry else token_of(self.family)

    def path(self, scope: Scope) -> dict[str, pulumi.Input[str]]:
        """Return the arguments that make its path."""
        if self.registry is not None:
            return self.registry.path(self.family, self.name, self.version)
        return scope.path(name=self.name, version=self.version)

    @property
    def is_chosen(self) -> bool:
        """Return whether Azure answers with a version of its own, the same for the same content.

        Recorded of components without a name alone (Azure/azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings/
        component, test_helloworld_nested_pipeline_component.json); their environments are where they were put.
        """
        return self.name == ANONYMOUS_COMPONENT and self.registry is None


def register(make: Callable[..., Any], scope: Scope, given: NewVersion, depends_on: Sequence[pulumi.Resource]) -> Built:
    """Register an asset's version: `make` is how a component makes a resource.

    A version that leaves the description stays in Azure: models, runs and deployments made with it refer to it. Its
    Pulumi name holds the version, so that a new version never replaces the one before.
    """
    path = given.path(scope)
    given = _as_registered(scope, given, path)
    _refuse_changes(scope, given, path)
    wanted = list(native_type(given.token).arguments(given.request)) if given.hashed else []
    chosen = ["version"] if given.is_chosen else []  # the state of what was taken back has Azure's
    options = pulumi.ResourceOptions.merge(
        # What can't be changed isn't sent again when what has the same content is described in another way by a later
        # release of this package.
        pulumi.ResourceOptions(
            depends_on=list(depends_on),
            retain_on_delete=True,
            ignore_changes=[*wanted, *chosen, *_REWRITTEN.get(given.family, ())],
        ),
        take_back(scope, given.token, path, None if given.hashed else given.request),
    )
    made = make(given.token, given.label, path, given.request, options)
    if given.registry is not None:
        return Built(given.registry.uri(given.family, given.name, given.version), made)
    asked_for = scope.asset_id(given.family, given.name, given.version)
    return Built(Chosen(made.id, asked_for) if given.is_chosen else asked_for, made)
