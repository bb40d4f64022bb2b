"""A whole platform from a description: the workspace first, then every entity after what it refers to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from azureml_infra.components import preflight
from azureml_infra.components.access import Access
from azureml_infra.components.adoption import Adoption, AdoptionError, adopted_words
from azureml_infra.components.assignments import holders
from azureml_infra.components.azure import Destination
from azureml_infra.components.base import Component
from azureml_infra.components.builders import BUILDERS, maker
from azureml_infra.components.existing_workspace import ExistingWorkspace
from azureml_infra.components.foresight import foresee
from azureml_infra.components.guardrails import Guardrails
from azureml_infra.components.latest import NoVersionError, refuse_missing_version
from azureml_infra.components.notebooks import Notebooks
from azureml_infra.components.outputs import outputs
from azureml_infra.components.refusals import RefusedChangeError, raise_refusals, refuse_adoption
from azureml_infra.components.registry import needs_image
from azureml_infra.components.spelling import in_the_letters_of_azure
from azureml_infra.components.unowned import adopted_before, foreign_entities, refuse_unowned_workspace
from azureml_infra.components.workspace import Workspace
from azureml_infra.description.load import load
from azureml_infra.description.located import ENDPOINTS, key
from azureml_infra.description.overrides import of_setting
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.entities.body import reference_in, references
from azureml_infra.entities.references import KnownNames, positions, registry_name
from azureml_infra.yaml.problems import DescriptionError

if TYPE_CHECKING:
    from azureml_infra.description.load import Description
    from azureml_infra.entities.platform import PlatformDescription
    from azureml_infra.entities.workspace import WorkspaceArgs
    from azureml_infra.yaml.problems import Problem

DEPLOYMENTS = {above: below for below, above in ENDPOINTS.items()}
"""Deployments are built by their endpoint's component, one after another."""


class Platform(Component):
    """Everything that a description says: a workspace and what is in it.

    `built` has the components by family and entity name; `outputs` is what the stack exports, in the shape that
    docs/outputs.md documents.
    """

    built: dict[str, dict[str, Any]]
    outputs: dict[str, Any]

    def __init__(self, description: Description, opts: pulumi.ResourceOptions | None = None) -> None:
        platform = description.platform
        if platform.retain is True:
            opts = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(transformations=[keep_in_azure]), opts)
        super().__init__("Platform", platform.name, opts, keep_aliases=platform.keep_aliases)
        entities = [located.entity for located in description.entities]
        adopted = self._adopt(platform)
        args = _with_its_network(platform.workspace, entities)
        self.workspace = self._workspace(description, args, entities)
        made = platform.guardrails
        self.guardrails = Guardrails(platform.name, made, workspace=self.workspace) if made is not None else None
        scope = self.workspace.scope
        self.workspace.granted.there.holders |= {one for entity in entities for one in holders(entity, scope)}
        if platform.access:
            Access(
                f"{platform.name}-access",
                platform.access,
                workspace=self.workspace,
                guardrails=self.guardrails,
            )
        name = f"{platform.name}-notebooks"
        notebooks = Notebooks(name, platform.notebooks, workspace=self.workspace) if platform.notebooks else None
        foresee(self.workspace, entities)
        self.built, self._retained = {}, retained_words(platform)
        entities = in_the_letters_of_azure(self.workspace.scope, entities)
        refusals = list(foreign_entities(self.workspace.scope, entities, label_of, BUILDERS))
        for entity in in_order(entities):
            try:
                self._build(entity, entities)
            except RefusedChangeError as error:
                refusals.append(error)
            except AdoptionError as error:
                refusals.append(refuse_adoption(error, [entity, *_deployments(entity, entities)]))
            except NoVersionError as error:
                refusals.append(refuse_missing_version(error, [entity, *_deployments(entity, entities)]))
        raise_refusals(refusals, description.entities)
        self.outputs = outputs(self.workspace, self.built, self.guardrails, adopted, notebooks)
        self.register_outputs({})  # the stack's outputs have them

    @classmethod
    def from_config(cls) -> Platform:
        """Return the platform whose folder the stack's setting `description` names, relative to the project's folder.

        The setting `overrides` is what this stack says otherwise: a platform.yml in part. A description with mistakes
        ends the program with all of them, before anything is planned.
        """
        setting = pulumi.Config(PACKAGE).get("description")
        folder = setting or "."
        try:
            preflight.check_stack()
            said = pulumi.Config(PACKAGE).get_object("overrides")
            description = load(Path(folder), of_setting(said, preflight.stack_file()), pulumi.get_stack())
            _warn([*description.warnings, *preflight.check_needs(description)])
            preflight.check_past(description)
            _warn(preflight.check_fit(description))
        except DescriptionError as error:
            count = len(error.problems)
            mistakes = "1 mistake" if count == 1 else f"{count} mistakes"
            raise pulumi.RunError(f"{mistakes} in {folder}, so nothing was changed\n{error}") from error
        return cls(description)

    def export(self, sink: Callable[[str, Any], None]) -> None:
        """Give every output to `pulumi.export` or what stands for it."""
        for name, value in self.outputs.items():
            sink(name, value)

    def _adopt(self, platform: PlatformDescription) -> bool | Sequence[str]:
        """Adopt what the description says, or go on with what earlier runs adopted; return the words for both."""
        azure = Destination()
        adopted = adopted_words(platform.adopt, adopted_before(platform, azure))
        if adopted:
            Adoption(azure.subscription, platform.adopt or adopted, is_over=not platform.adopt).begin()
        return adopted

    def _workspace(self, description: Description, args: WorkspaceArgs | None, entities: Sequence[Any]) -> Workspace:
        """Return the workspace, made or used. Raises RunError with the place of what Azure would refuse."""
        platform = description.platform
        if platform.workspace.existing:
            return self._existing(platform)
        try:
            refuse_unowned_workspace(platform, Destination())
            return Workspace(
                platform.name,
                args,
                location=platform.location,
                resource_group=platform.resource_group,
                registry=platform.registry if "registry" in platform.model_fields_set else None,
                tags=platform.tags,
                deleted=platform.deleted,
                needs_image=any(needs_image(entity, entities) for entity in entities),
                opts=pulumi.ResourceOptions(parent=self),
            )
        except (RefusedChangeError, AdoptionError) as error:
            found = refuse_adoption(error, [args]) if isinstance(error, AdoptionError) else error
            raise_refusals([found], preflight.places(description, args))
            raise

    def _existing(self, platform: PlatformDescription) -> Workspace:
        subscription, group = Destination().subscription, platform.resource_group
        path = {"resourceGroupName": group.name if group else "", "workspaceName": str(platform.workspace.name)}
        workspace_id = preflight.WORKSPACE_TYPE.id(path, subscription)
        return ExistingWorkspace(
            platform.name, workspace_id, tags=platform.tags, opts=pulumi.ResourceOptions(parent=self)
        )

    def _build(self, entity: Any, entities: Sequence[Any]) -> None:
        if entity.family not in BUILDERS:
            return
        parts = (_deployments(entity, entities),) if entity.family in DEPLOYMENTS else ()
        section = self.built.setdefault(entity.family, {})
        label = label_of(entity, section)
        opts = None
        if f"{entity.family}/{key(entity)}".lower() in self._retained:
            opts = pulumi.ResourceOptions(transformations=[keep_in_azure])
        section[label] = maker(BUILDERS[entity.family])(label, entity, *parts, workspace=self.workspace, opts=opts)


def retained_words(platform: PlatformDescription) -> frozenset[str]:
    """Return the sections and names, in lower case, of what alone stays in Azure when it leaves the stack."""
    return frozenset(word.lower() for word in platform.retain) if isinstance(platform.retain, list) else frozenset()


def keep_in_azure(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """Return a resource that leaves the stack's state without being deleted, so that nothing has to protect it."""
    kept = pulumi.ResourceOptions(retain_on_delete=True, protect=False)
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))


def _warn(warnings: Sequence[Problem]) -> None:
    for warning in warnings:
        pulumi.log.warn(f"{warning.place}{warning.text}")  # the engine says that it is a warning


def _with_its_network(args: WorkspaceArgs | None, entities: Sequence[Any]) -> WorkspaceArgs | None:
    """Return a workspace's arguments, with its managed network made at once where managed online deployments need it
    (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network, "Manually provision a managed VNet").
    """
    network = args.managed_network if args else None
    served = any(entity.family == "online_deployments" and entity.type == "managed" for entity in entities)
    if args is None or network is None or args.provision_network_now is not None or not served:
        return args
    isolated = network.isolation_mode != "disabled"
    return args.model_copy(update={"provision_network_now": True}) if isolated else args


def in_order(entities: Sequence[Any]) -> list[Any]:
    """Return every entity after those that it refers to, else as described. (Loading refuses a cycle.)"""
    known = positions(entities)
    graph: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(entities)), ()))
    for at, entity in enumerate(entities):
        owners = [entity, *_deployments(entity, entities)]
        needed = [*_subscriptions(entity, entities), *(found for owner in owners for found in _needs(owner, known))]
        graph.add(at, *(found for found in needed if found != at))
    return [entities[at] for at in graph.static_order()]


def _needs(entity: Any, known: KnownNames[int]) -> list[int]:
    found = (
        known.find(leaf.spec.refers.families, reference_in(entity, leaf))
        for leaf in references(entity)
        if leaf.spec.refers
    )
    return [at for at in found if at is not None]


def _subscriptions(entity: Any, entities: Sequence[Any]) -> list[int]:
    """Return the positions of the subscriptions to a serverless endpoint's model, without which Azure refuses it."""
    if entity.family != "serverless_endpoints":
        return []
    subscriptions = ((at, one) for at, one in enumerate(entities) if one.family == "marketplace_subscriptions")
    return [at for at, one in subscriptions if one.model_id == entity.model_id]


def _deployments(entity: Any, entities: Sequence[Any]) -> list[Any]:
    family = DEPLOYMENTS.get(entity.family)
    below = [one for one in entities if one.family == family] if family else []
    return [one for one in below if one.endpoint_name.lower() == entity.name.lower()]


def label_of(entity: Any, taken: Collection[str]) -> str:
    """Return what an entity is called in Pulumi and in the outputs: its name, with its version where it has versions.

    Jobs may have no name; then it is their title, their experiment, or just "job", counted where there are several.
    """
    words = (getattr(entity, field, None) for field in ("name", "display_name", "experiment_name"))
    label = next((word for word in words if word), entity.kind.replace(" ", "-"))
    if registry := getattr(entity, "registry", None):
        label = f"{registry_name(registry)}-{label}"
    if getattr(entity, "version", None):
        label = f"{label}-{entity.version}"
    free = (f"{label}-{count}" for count in itertools.count(2))
    return label if label not in taken else next(other for other in free if other not in taken)
