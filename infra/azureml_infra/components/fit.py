"""Whether Azure will take what a description would make there, asked before anything is made.

Only what isn't there yet is asked about: a run that makes nothing asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from azureml_arm import ids
from azureml_arm.rbac.model import Permission
from azureml_arm.rbac.patterns import permits
from azureml_arm.regions import canonical_region, nearest_regions
from azureml_arm.types import native_type
from azureml_infra.components import policies, providers, requests
from azureml_infra.components.azure import Destination
from azureml_infra.components.existing import KINDS
from azureml_infra.components.foundation import GET_WORKSPACE, PARTS, part_path
from azureml_infra.components.live import lookup, lookups
from azureml_infra.components.names import Names, factory_name
from azureml_infra.components.neighbours import collisions
from azureml_infra.components.questions import Question, ask_all
from azureml_infra.components.quota import (
    UNFIT,
    Demand,
    has_room,
    instances_of_others,
    machines_of,
    too_many_computes,
    too_many_endpoints,
    too_many_workspaces,
    unfit_machines,
    unfit_sizes,
)
from azureml_infra.components.registry import body as registry_body
from azureml_infra.components.registry import needs_image
from azureml_infra.components.scope import own_path, token_of
from azureml_infra.components.service_quota import VERSIONS, ServiceDemand, demands_of, unfit_demands
from azureml_infra.description.claims import of_entities, of_platform
from azureml_infra.description.located import Located
from azureml_infra.dynamic.purge import deleted_vault
from azureml_infra.entities.workspace_kinds import ProjectArgs
from azureml_infra.yaml.problems import Problem

if TYPE_CHECKING:
    from azureml_infra.description.load import Description

_T = TypeVar("_T")
ML = "Microsoft.MachineLearningServices"
_RESOURCES = "2021-04-01"
_NEAR = 4
"""The regions that are asked about where a region has no room."""
_PERMISSIONS = "2022-04-01"
_ENDPOINTS = ("onlineEndpoints", "batchEndpoints")
_INSIDE = ("computes", "online_endpoints", "online_deployments", "batch_endpoints")
_BESIDE = {"test_deployments": "containerinstance:ContainerGroup", "ingestion": "datafactory:Pipeline"}
"""The families whose new ones are asked about: in the workspace, and what becomes something beside it."""


@dataclass
class Fit:
    """What a description would make, and what Azure says of it."""

    description: Description
    platform: Located
    """The file platform.yml itself."""
    names: Names
    azure: Destination = field(default_factory=Destination)

    @cached_property
    def group(self) -> str:
        """Return the resource group's id."""
        return ids.resource_group_id(self.azure.subscription, self.names.resource_group)

    @cached_property
    def workspace(self) -> str:
        """Return the workspace's id."""
        return f"{self.group}/providers/{ML}/workspaces/{self.names.workspace}"

    @cached_property
    def has_workspace(self) -> bool:
        """Return whether the workspace is there."""
        return lookup(GET_WORKSPACE, self.names.path()) is not None

    @cached_property
    def new(self) -> list[Located]:
        """Return the entities that aren't in Azure, of those that are asked about."""
        wanted = [one for one in self.description.entities if one.entity.family in (*_INSIDE, *_BESIDE)]
        if not self.has_workspace:
            return wanted
        there = lookups([self._read(one.entity) for one in wanted])
        return [one for one, live in zip(wanted, there, strict=True) if live is None]

    @cached_property
    def parts(self) -> list[str]:
        """Return what the workspace stands on that is to be made, and has a name that is the world's."""
        workspace, registry = self.description.platform.workspace, self.description.platform.registry
        if self.has_workspace or workspace.existing or isinstance(workspace, ProjectArgs):
            return []
        given = {"storage": workspace.storage_account, "key_vault": workspace.key_vault}
        wanted = [word for word, one in given.items() if one is None]
        entities = [one.entity for one in self.description.entities]
        lazy = registry.mode == "lazy" and any(needs_image(entity, entities) for entity in entities)
        wanted += ["registry"] if registry.mode == "managed" or lazy else []
        group = self.names.resource_group
        there = lookups(
            [(PARTS[word].replace(":", ":get"), part_path(word, group, self.name(word))) for word in wanted]
        )
        return [word for word, live in zip(wanted, there, strict=True) if live is None]

    def name(self, word: str) -> str:
        """Return the Azure name of a part."""
        return str(getattr(self.names, word))

    def _read(self, entity: Any) -> tuple[str, dict[str, str]]:
        beside = entity.family in _BESIDE
        path = self._path_beside(entity) if beside else self.names.path(**own_path(entity))
        return _token(entity).replace(":", ":get"), path

    def _path_beside(self, entity: Any) -> dict[str, str]:
        """Return the path of what an entity becomes beside the workspace."""
        group = self.names.resource_group
        if entity.family == "test_deployments":
            return {"resourceGroupName": group, "containerGroupName": entity.group_name}
        salt = f"{self.azure.subscription}/{group}"
        factory = factory_name(self.description.platform.name, salt)
        return {"resourceGroupName": group, "factoryName": factory, "pipelineName": str(entity.name)}

    def region(self, entity: Any = None) -> str:
        """Return the region that an entity, or the platform, is in."""
        return canonical_region(str(getattr(entity, "location", None) or self.description.platform.location))

    @cached_property
    def machines(self) -> dict[str, list[Demand]]:
        """Return the machines of what is new, by region."""
        found = ((one, machines_of(one)) for one in self.new)
        return _group((self.region(one.entity), demand) for one, demand in found if demand is not None)

    @cached_property
    def namespaces(self) -> dict[str, Located | None]:
        """Return the resource providers of a new workspace, and of what is made beside it, with what that is."""
        registry = [providers.REGISTRY] if "registry" in self.parts else []
        of_workspace = [] if self.has_workspace else [*providers.providers_of_workspace(), *registry]
        found: dict[str, Located | None] = dict.fromkeys(of_workspace)
        for one in self.new:
            for namespace in providers.providers_of(one.entity):
                found.setdefault(namespace, one)
        return found

    @cached_property
    def demands(self) -> dict[str, list[ServiceDemand]]:
        """Return what is new of other services' machines, by region."""
        return _group((self.region(one.entity), demand) for one in self.new for demand in demands_of(one))

    @cached_property
    def endpoints(self) -> dict[str, list[Located]]:
        """Return the new endpoints, online and batch, by region."""
        found = (one for one in self.new if one.entity.family in ("online_endpoints", "batch_endpoints"))
        return _group((self.region(one.entity), one) for one in found)

    def questions(self) -> dict[str, Question]:
        """Return what to ask, by what the answer is about."""
        subscription = f"/subscriptions/{self.azure.subscription}"
        found = self._capacity(self.machines)
        for region, demands in self.demands.items():
            for service in dict.fromkeys(one.service for one in demands):
                path = f"{subscription}/providers/{service}/locations/{region}/usages"
                label = f"the quota of {service} in {region}"
                found[f"{service} {region}"] = Question(label, path, VERSIONS[service], is_list=True)
        for namespace in self.namespaces:
            label = f"whether {namespace} is registered"
            found[namespace] = Question(label, f"{subscription}/providers/{namespace}", _RESOURCES)
        for word in self.parts:
            arm = native_type(PARTS[word])
            path = f"{subscription}/providers/{arm.type.partition('/')[0]}/checkNameAvailability"
            body = {"name": self.name(word), "type": arm.type}
            found[word] = Question(f"the name of the {_label(word)}", path, arm.api_version, body)
        if "key_vault" in self.parts:
            path = deleted_vault(self._vault_id(), self.region())
            found["deleted"] = Question("what is kept of deleted vaults", path, _version("keyvault:Vault"))
        if not self.has_workspace and self._scope == self.group:
            query = {"$filter": f"resourceType eq '{ML}/workspaces'"}
            found["workspaces"] = Question(
                "how many workspaces there are", f"{self.group}/resources", _RESOURCES, query=query, is_list=True
            )
        if self.endpoints:
            for kind in _ENDPOINTS:
                query = {"$filter": f"resourceType eq '{ML}/workspaces/{kind}'"}
                found[kind] = Question(
                    f"the names of other {kind}", f"{subscription}/resources", _RESOURCES, query=query, is_list=True
                )
        if self.new or self.parts:
            path = f"{self._scope}/providers/Microsoft.Authorization/permissions"
            found["permissions"] = Question("what whoever runs this may do", path, _PERMISSIONS, is_list=True)
            found["policies"] = policies.assignments(self._scope)
        return found

    @property
    def _scope(self) -> str:
        """Return what is there of where everything will be: the resource group, or the subscription."""
        group = self.description.platform.resource_group
        known = self.has_workspace or (group is not None and group.existing)
        return self.group if known else f"/subscriptions/{self.azure.subscription}"

    def _denials(self, assigned: Any) -> Iterator[Problem]:
        """Yield what assigned policies would deny."""
        if assigned:
            wanted = list(self._planned_requests())
            said = ask_all(policies.restrictions(self._scope, wanted), self.azure)
            yield from policies.denials(wanted, said, self.platform)

    def _planned_requests(self) -> Iterator[policies.Wanted]:
        """Yield what would be made, as far as it is known before: what the workspace stands on, it, what is in it."""
        platform, region = self.description.platform, self.region()
        workspace, tags = native_type("machinelearningservices:Workspace"), dict(platform.tags or {})
        resolver = policies.Unmade(self.workspace)
        by_identity = platform.workspace.system_datastores_auth_mode == "identity"
        bodies = {
            "storage": requests.storage(region, tags, shared_keys=not by_identity),
            "key_vault": requests.key_vault(region, tags, self.azure.tenant, purge_protection=True),
            "registry": registry_body(platform.registry, region, tags),
        }
        for word in self.parts:
            arm = native_type(PARTS[word])
            yield policies.Wanted(arm, (self.name(word),), bodies[word], self.platform)
        if not self.has_workspace and not platform.workspace.existing:
            located = self.platform.part(platform.workspace, "workspace")
            body = {
                "identity": {"type": "SystemAssigned"},
                **policies.request(platform.workspace, resolver, region, tags),
            }
            yield policies.Wanted(workspace, (self.names.workspace,), body, located)
        for located in self.new:
            if located.entity.family in _BESIDE:
                continue  # their requests aren't theirs alone
            arm = native_type(_token(located.entity))
            names = (self.names.workspace, *own_path(located.entity).values())
            body = policies.request(located.entity, resolver, self.region(located.entity))
            yield policies.Wanted(arm, names, body, located)

    def _vault_id(self) -> str:
        return f"{self.group}/providers/Microsoft.KeyVault/vaults/{self.name('key_vault')}"

    def findings(self) -> Iterator[Problem]:
        """Yield what Azure won't take, each at its place."""
        answers = ask_all(self.questions(), self.azure)
        yield from self._registration(answers)
        yield from self._taken_names(answers)
        yield from self._endpoints(answers.get("onlineEndpoints") or ())
        yield from too_many_workspaces(self.platform, len(answers.get("workspaces") or ()))
        yield from self._rights(answers.get("permissions") or ())
        yield from self._denials(answers.get("policies"))
        for region, here in self.machines.items():
            usages = answers.get(f"usages {region}") or ()
            elsewhere = partial(self._elsewhere, region)
            yield from unfit_machines(here, usages, region, elsewhere)
            yield from too_many_computes(here, usages, region)
            yield from unfit_sizes(here, answers.get(f"sizes {region}") or (), region, elsewhere)
            yield from self._instances(here, usages, region)
        for region, demands in self.demands.items():
            said = {service: answers.get(f"{service} {region}") or () for service in VERSIONS}
            yield from unfit_demands(demands, said, region)
        others = [one for kind in _ENDPOINTS for one in answers.get(kind) or ()]
        for region, endpoints in self.endpoints.items():
            yield from too_many_endpoints(endpoints, others, region)

    def collisions(self) -> Iterator[Problem]:
        """Yield the names of what isn't there yet that another stack of the project would make, too."""
        subscription, stack = self.azure.subscription.lower(), pulumi.get_stack()
        platform = self.description.platform
        new = [] if self.has_workspace else list(of_platform(platform, stack, subscription))
        new += of_entities(self.new if self.has_workspace else self.description.entities, platform.location)
        yield from collisions(self.description, self.platform, stack, subscription, new)

    def _instances(self, here: Sequence[Demand], usages: Any, region: str) -> Iterator[Problem]:
        """Yield the compute instances whose name one of another workspace has: it is the region's."""
        named = instances_of_others(here, usages, self.workspace)
        version = _version("machinelearningservices:Compute")
        found = ask_all({id_: Question(f"what {id_} is", id_, version) for id_ in named}, self.azure)
        for id_, machines in named.items():
            if str(((found.get(id_) or {}).get("properties") or {}).get("computeType")).lower() == "computeinstance":
                for one in machines:
                    what = f"{UNFIT}{region} has a compute instance {one.located.entity.name} already: {id_}"
                    yield one.located.problem(
                        ("name",), what, "another name, which no other instance of the region has"
                    )

    def _elsewhere(self, region: str, machines: Demand) -> str:
        """Return the nearest region, of a few, that has the size and the quota of machines."""
        near = nearest_regions(region)[:_NEAR]
        said = ask_all(self._capacity(near), self.azure)
        fits = (
            one for one in near if has_room(machines, said.get(f"usages {one}") or (), said.get(f"sizes {one}") or ())
        )
        return next(fits, "")

    def _capacity(self, regions: Iterable[str]) -> dict[str, Question]:
        """Return what to ask of regions before there are machines in them: what is left of quota, and the sizes."""
        version = _version("machinelearningservices:Workspace")
        found: dict[str, Question] = {}
        for region in regions:
            place = f"/subscriptions/{self.azure.subscription}/providers/{ML}/locations/{region}"
            found[f"usages {region}"] = Question(f"the quota in {region}", f"{place}/usages", version, is_list=True)
            found[f"sizes {region}"] = Question(f"the sizes in {region}", f"{place}/vmSizes", version, is_list=True)
        return found

    def _registration(self, answers: Mapping[str, Any]) -> Iterator[Problem]:
        region, place = self.region(), ("location",)
        for namespace, located in self.namespaces.items():
            answer = answers.get(namespace) or {}
            if str(answer.get("registrationState")).lower() in ("notregistered", "unregistered"):
                what = f"{UNFIT}the subscription isn't registered for {namespace}"
                remedy = f"`az provider register --namespace {namespace} --wait`"
                if located is None:
                    yield self.platform.problem(place, what, remedy)
                else:
                    made = getattr(located.entity, "create", None) is not None
                    yield located.problem(("create",) if made else ("name",), what, remedy)
        types = (answers.get(ML) or {}).get("resourceTypes") or ()
        found: Mapping[str, Any] = next(
            (one for one in types if str(one.get("resourceType")).lower() == "workspaces"), {}
        )
        offered = {canonical_region(str(one)) for one in found.get("locations") or ()}
        if offered and region not in offered:
            yield self.platform.problem(
                place, f"{UNFIT}Azure ML isn't in {region}", f"one of its regions: {', '.join(sorted(offered))}"
            )

    def _taken_names(self, answers: Mapping[str, Any]) -> Iterator[Problem]:
        deleted = ((answers.get("deleted") or {}).get("properties")) or {}
        is_own = str(deleted.get("vaultId")).lower() == self._vault_id().lower()
        for word in self.parts:
            answer = answers.get(word) or {}
            if answer.get("nameAvailable") is not False or (word == "key_vault" and is_own):
                continue  # `deleted:` says what becomes of a vault of one's own
            label, name = _label(word), self.name(word)
            said = str(answer.get("message") or answer.get("reason") or "").rstrip(".")
            if word == "key_vault" and deleted:
                said = f"{deleted.get('vaultId')} was deleted, and keeps it until {deleted.get('scheduledPurgeDate')}"
            place = (
                ("registry", "name") if word == "registry" and self.description.platform.registry.name else ("name",)
            )
            what = f"{UNFIT}the name {name} of the {label} can't be had: {said}"
            own = "another name" if word == "registry" else f"another `name`, or a {label} of your own by its id"
            yield self.platform.problem(place, what, own)

    def _endpoints(self, others: Any) -> Iterator[Problem]:
        """Yield the endpoints whose name another workspace's has: it is the region's, as a part of the address."""
        taken = {
            (str(one.get("name")).rpartition("/")[2].lower(), canonical_region(str(one.get("location")))): one
            for one in others
        }
        for located in self.new:
            entity = located.entity
            if entity.family != "online_endpoints":
                continue
            region = self.region(entity)
            found = taken.get((str(entity.name).lower(), region))
            if found is not None:
                what = f"{UNFIT}{region} has an endpoint {entity.name} already: {found.get('id')}"
                yield located.problem(("name",), what, "another name, which no other endpoint of the region has")

    def _rights(self, blocks: Any) -> Iterator[Problem]:
        """Yield what whoever runs this may not make."""
        given = [Permission.of_actions(one) for one in blocks]
        if not given:
            return
        for located, place, action in self._actions():
            if not permits(given, action):
                what = f"{UNFIT}whoever runs this has no {action}"
                yield located.problem(place, what, "a role that has it, granted by whoever may grant roles")

    def _actions(self) -> Iterator[tuple[Located, tuple[str | int, ...], str]]:
        if not self.has_workspace:
            yield self.platform, ("name",), f"{ML}/workspaces/write"
        for word in self.parts:
            yield self.platform, ("name",), f"{native_type(PARTS[word]).type}/write"
        for index, _ in enumerate(self.description.platform.access if not self.has_workspace else ()):
            yield self.platform, ("access", index), "Microsoft.Authorization/roleAssignments/write"
        for located in self.new:
            yield located, ("name",), f"{native_type(_token(located.entity)).type}/write"


def _group(found: Iterable[tuple[str, _T]]) -> dict[str, list[_T]]:
    """Return what is found under each word, in the order of the words."""
    grouped: dict[str, list[_T]] = {}
    for word, one in found:
        grouped.setdefault(word, []).append(one)
    return grouped


def _token(entity: Any) -> str:
    return _BESIDE.get(entity.family) or token_of(entity.family)


def _version(token: str) -> str:
    return native_type(token).api_version


def _label(part: str) -> str:
    """Return what people call what a workspace stands on."""
    return KINDS[native_type(PARTS[part]).type.lower()]


def unfit(description: Description, names: Names) -> list[Problem]:
    """Return what Azure won't take, as errors where `preflight` is ``refuse`` and else as warnings."""
    how = description.platform.preflight
    if how == "none":
        return []
    fit = Fit(description, description.own, names)
    found = list(fit.findings())
    places = {one.place for one in found}
    found += [one for one in fit.collisions() if one.place not in places]
    return [replace(one, severity="error" if how == "refuse" else "warning") for one in found]
