"""Ingestion: one factory for a workspace, and in it a pipeline with its source, sink and trigger for each entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pulumi

from azureml_arm.types import native_type
from azureml_infra.components import factory_bodies as bodies
from azureml_infra.components.base import Component, refuse_foreign
from azureml_infra.components.existing_workspace import AnyWorkspace, use
from azureml_infra.components.grants import Grant, grant
from azureml_infra.components.identities import system_principal
from azureml_infra.components.known import part_of, wait_for
from azureml_infra.components.live import lookup
from azureml_infra.components.names import factory_name
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import arm_id, text
from azureml_infra.components.stores import ACCOUNT, LakeStore, store_of
from azureml_infra.components.workspace import Workspace
from azureml_infra.dynamic.triggers import TriggerSwitch
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body, references
from azureml_infra.entities.ingestion import BlobSource, HttpSource, IngestionArgs
from azureml_infra.entities.references import parse

FACTORY, LINKED, DATASET = "datafactory:Factory", "datafactory:LinkedService", "datafactory:Dataset"
PIPELINE, TRIGGER = "datafactory:Pipeline", "datafactory:Trigger"
READER, WRITER = "Storage Blob Data Reader", "Storage Blob Data Contributor"
SECRETS, VAULT = "Key Vault Secrets User", "key_vault"
SCIENTIST = "AzureML Data Scientist"
"""The narrowest built-in role that registers data and submits jobs
(https://learn.microsoft.com/azure/machine-learning/how-to-assign-roles)."""
_VERSIONS, _JOBS = native_type("machinelearningservices:DataVersion"), "machinelearningservices:Job"
_RUN_VERSION = "ingested-version-of-this-run"
"""What stands for the version in a job's body until nothing in it can be taken for an expression any more."""


class WorkspaceFactory(Component):
    """The factory of a workspace, with an identity of its own, which opens what pipelines read and write."""

    def __init__(self, name: str, workspace: Workspace) -> None:
        super().__init__("Factory", name, workspace.inside(None))
        scope, foundation = workspace.scope, workspace.foundation
        self._name, self.workspace = name, workspace
        self._linked, self._granted = dict[str, Any](), dict[str, list[Any]]()
        group = scope.resource_group
        salt = f"{scope.subscription}/{group}" if isinstance(group, str) else scope.subscription
        self.factory_name = factory_name(foundation.name, salt)
        self.path = {"resourceGroupName": group, "factoryName": self.factory_name}
        self.own_id = arm_id(FACTORY, self.path, scope.subscription)
        request = {
            "location": scope.location,
            "tags": merge_tags(foundation.tags, {}),
            "identity": {"type": "SystemAssigned"},
            "properties": {"publicNetworkAccess": "Enabled"},
        }
        waits = pulumi.ResourceOptions(depends_on=[scope.ready])
        self.resource = self.child(FACTORY, name, self.path, request, waits)
        self.principal = self._principal()
        workspace.granted.there.holders.add(self.own_id)
        self.register_outputs({})

    def _principal(self) -> pulumi.Input[str]:
        """Return the identity's object id: as Azure has it where the factory is there, so that a preview knows it."""
        known = all(isinstance(one, str) for one in self.path.values())
        live = lookup("datafactory:getFactory", {name: str(one) for name, one in self.path.items()}) if known else None
        return wait_for(system_principal(self.resource, live), self.resource)

    def allow(self, label: str, role: str, target: Any, after: Iterable[pulumi.Resource] = ()) -> list[Any]:
        """Give the identity a role, once for all pipelines, and return the assignment."""
        key = f"{label}-{role}".lower().replace(" ", "-")
        if key not in self._granted:
            is_new = self.workspace.granted.add(target, role, self.principal, self.own_id)
            seed = self.own_id if isinstance(self.own_id, str) else None
            given = Grant(key, role, target, self.principal, seed=seed)
            waits = [self.resource, *after]
            self._granted[key] = grant(self, self._name, self.workspace.granted, given, waits) if is_new else []
        return self._granted[key]

    def linked_service(self, store: LakeStore) -> tuple[str, Any]:
        """Return the linked service of a storage account, made once."""
        known = store.account if isinstance(store.account, str) else store.label.replace("-", "_")
        name = f"{known}{'_lake' if store.lake else ''}"
        if name not in self._linked:
            request = bodies.storage_service(store, self.workspace.foundation.azure.cloud.storage)
            self._linked[name] = self.add(LINKED, name, request, self, [])
        return name, self._linked[name]

    def vault(self) -> Any:
        """Return the linked service of the workspace's key vault, made once, which the identity may read secrets of."""
        if VAULT not in self._linked:
            foundation = self.workspace.foundation
            vault_id = foundation.ids["key_vault"] or ""
            name = part_of(vault_id, lambda one: one.name)
            host = text("https://{n}.{d}/", n=name, d=foundation.azure.cloud.key_vault)
            given = self.allow("vault", SECRETS, vault_id, foundation.made_for("key_vault"))
            self._linked[VAULT] = self.add(LINKED, VAULT, bodies.linked_vault(host), self, given)
        return self._linked[VAULT]

    def add(self, token: str, name: str, request: Any, owner: Component, after: Iterable[Any]) -> Any:
        """Return something in the factory, below a component."""
        declared = native_type(token)
        path = {**self.path, declared.name_argument: name}
        options = pulumi.ResourceOptions(depends_on=[self.resource, *after])
        return owner.child(token, f"{declared.type.rpartition('/')[2]}-{name}", path, request, options)


class Ingestion(Component):
    """A pipeline that copies, registers a version of a data asset and starts a job; and its trigger.

    What was copied and registered stays when it leaves the program: data is not the description's to delete.
    """

    id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        ingestion: IngestionArgs,
        *,
        workspace: AnyWorkspace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        refuse_foreign("Ingestion", "ingestion", ingestion, IngestionArgs)
        workspace = use(workspace)
        super().__init__("Ingestion", name, workspace.inside(opts))
        self._given, self._workspace, self._name = ingestion, workspace, name
        self.factory = _factory_of(workspace)
        resolution = _OfRun(workspace.scope, workspace.shared, ingestion=ingestion)
        self._source, self._sink = self._source_store(), self._sink_store(resolution)
        self.pipeline = self._pipeline(resolution)
        own_id = text("{f}/pipelines/{n}", f=self.factory.own_id, n=ingestion.name)
        self.trigger = self._trigger() if ingestion.trigger is not None else None
        self.id = wait_for(own_id, self.pipeline)
        self.register_outputs({"id": self.id})

    def _source_store(self) -> LakeStore | None:
        """Return where it comes from, where that is storage."""
        source, scope = self._given.source, self._workspace.scope
        if not isinstance(source, BlobSource):
            return None
        group = source.resource_group or scope.resource_group
        path = {"resourceGroupName": group, "accountName": source.account_name}
        account_id = arm_id(ACCOUNT, path, source.subscription_id or scope.subscription)
        known = source.account_name if isinstance(source.account_name, str) else self._given.name
        return LakeStore(f"{known}-{source.container_name}", account_id, source.account_name, source.container_name)

    def _sink_store(self, resolution: Resolution) -> LakeStore:
        """Return where it goes: what a datastore of this program, of the workspace or of Azure is."""
        resolution.reference(("datastores",), self._given.store)
        name = parse(self._given.store).name
        found = store_of(self._workspace, name)
        if found is None:
            what = f"there is no datastore {name} of blobs or of Data Lake Storage Gen2, which Data Factory writes"
            raise RefusedChangeError(self._given, "into", what, "one of this description, or one that is there")
        return found

    def _pipeline(self, resolution: _OfRun) -> Any:
        given, factory, scope = self._given, self.factory, self._workspace.scope
        plain = given.plain
        read_by, read_service = self._linked_source(f"{plain}_source")
        write_by, write_service = factory.linked_service(self._sink)
        read = bodies.read_data(given.source, self._source, read_by)
        source = factory.add(DATASET, f"{plain}_source", read, self, [read_service])
        written = bodies.written_data(given, self._sink, write_by)
        sink = factory.add(DATASET, f"{plain}_sink", written, self, [write_service])
        address = scope.datastore_uri(given.folder, parse(given.store).name)
        steps = [
            bodies.copy_activity(given, f"{plain}_source", f"{plain}_sink", self._sink),
            bodies.where_copied([self._register(address), *self._start(resolution)]),
        ]
        request = {"properties": {"activities": steps, "concurrency": 1}}
        if given.description:
            request["properties"]["description"] = given.description
        after = [source, sink, *resolution.dependencies, *self._sink.after, *self._allow()]
        return factory.add(PIPELINE, given.name, request, self, after)

    def _linked_source(self, name: str) -> tuple[str, Any]:
        """Return the linked service of the source, by its name, and itself."""
        source, factory = self._given.source, self.factory
        if isinstance(source, BlobSource):
            assert self._source is not None  # noqa: S101
            return factory.linked_service(self._source)
        secret = isinstance(source, HttpSource) and source.header is not None
        vault = [factory.vault()] if secret else []
        return name, factory.add(LINKED, name, bodies.linked_source(source, VAULT), self, vault)

    def _register(self, address: pulumi.Input[str]) -> Any:
        where = text(
            "{w}/data/{n}/versions/{v}",
            w=self._workspace.scope.id(),
            n=self._given.data.name,
            v=f"@{{{bodies.VERSION}}}",
        )
        what = bodies.data_version(self._given, address)
        return bodies.put_activity("register", "", where, what, self._cloud, _VERSIONS.api_version)

    def _start(self, resolution: _OfRun) -> Iterable[Any]:
        """Yield the step that starts the job, on the version of the run."""
        job = self._given.job
        if job is None:
            return
        made = bodies.literal(body(job, resolution))
        where = text("{w}/jobs/{n}-{r}", w=self._workspace.scope.id(), n=self._given.name, r="@{pipeline().RunId}")
        api_version = native_type(_JOBS).api_version
        yield bodies.put_activity("start", "register", where, _of_run(made), self._cloud, api_version)

    def _allow(self) -> Iterable[Any]:
        """Yield the roles that the factory's identity needs."""
        if not self._given.grants:
            return
        allow, workspace = self.factory.allow, self._workspace
        if self._source is not None:
            yield from allow(self._source.label, READER, self._source.container_id)
        yield from allow(self._sink.label, WRITER, self._sink.container_id, self._sink.after)
        yield from allow("workspace", SCIENTIST, workspace.scope.id(), [workspace.resource])

    def _trigger(self) -> Any:
        given, factory = self._given, self.factory
        request = bodies.trigger(given, self._source, self._workspace.resolution())
        content = pulumi.Output.json_dumps(request).apply(lambda said: hashlib.sha256(said.encode()).hexdigest()[:12])
        own_id = text("{f}/triggers/{n}", f=factory.own_id, n=given.name)
        stop = TriggerSwitch(
            f"{self._name}-stop", own_id, state="Stopped", content=content, opts=self.below(depends_on=[self.pipeline])
        )
        made = factory.add(TRIGGER, given.name, request, self, [self.pipeline, stop])
        state = "Started" if given.is_enabled else "Stopped"
        TriggerSwitch(f"{self._name}-start", own_id, state=state, content=content, opts=self.below(depends_on=[made]))
        return made

    @property
    def _cloud(self) -> Any:
        return self._workspace.foundation.azure.cloud


@dataclass
class _OfRun(Resolution):
    """The resolver of a job that a run starts: the data asset is the version of the run."""

    ingestion: IngestionArgs = field(kw_only=True)

    def reference(self, families: tuple[str, ...], given: str) -> Any:
        """Return what a reference stands for."""
        if self._is_of_run(families, given):
            return self.scope.asset_id("data", self.ingestion.data.name, _RUN_VERSION)
        return super().reference(families, given)

    def anonymous(self, entity: Entity) -> Any:
        """Return the id of what is written in place. It is registered once, before any run: none of it is of a run."""
        for leaf in references(entity):
            if leaf.spec.refers is not None and self._is_of_run(leaf.spec.refers.families, leaf.value):
                what = f"a {entity.kind} is registered once, before any run, and names {leaf.value}"
                raise RefusedChangeError(self.ingestion, "then", what, "an input, which the job gives that version")
        return super().anonymous(entity)

    def _is_of_run(self, families: tuple[str, ...], given: str) -> bool:
        """Return whether a reference names the newest version of the data."""
        if "data" not in families:
            return False
        found = parse(given)
        newest = found.version is None and found.label in (None, "latest") and found.path is None
        return newest and found.form == "workspace" and found.name.lower() == self.ingestion.data.name.lower()


def _of_run(value: Any) -> Any:
    """Return a job's body with the version that a run makes in place of what stands for it."""
    return bodies.map_texts(value, lambda said: said.replace(_RUN_VERSION, f"@{{{bodies.VERSION}}}"))


def _factory_of(workspace: Workspace) -> WorkspaceFactory:
    """Return the factory of a workspace, made with the first that needs it."""
    scope = workspace.scope
    if scope.factory is None:
        scope.factory = WorkspaceFactory(f"{workspace.foundation.name}-factory", workspace)
    found: WorkspaceFactory = scope.factory
    return found
