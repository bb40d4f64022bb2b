"""What a workspace stands on, in one resource group: Storage, Key Vault, Application Insights, container registry."""

from dataclasses import dataclass, field, replace
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components import deleted, registry, requests
from azureml_infra.components.adoption import is_adopted
from azureml_infra.components.azure import Destination
from azureml_infra.components.base import Component
from azureml_infra.components.known import Known, part_of, plain, wait_for
from azureml_infra.components.live import lookup, read_later
from azureml_infra.components.names import Names, path_of
from azureml_infra.dynamic.purge import Purge, WorkspacePurge
from azureml_infra.entities.fields import same_id
from azureml_infra.entities.workspace import RegistryMode, WorkspaceArgs

WORKSPACE = "machinelearningservices:Workspace"
PARTS = {
    "log_analytics": "operationalinsights:Workspace",
    "application_insights": "applicationinsights:Component",
    "registry": "containerregistry:Registry",
    "storage": "storage:StorageAccount",
    "key_vault": "keyvault:Vault",
}
"""What a workspace stands on: the type of each part."""
PROPERTIES = {
    "storage": "storageAccount",
    "key_vault": "keyVault",
    "application_insights": "applicationInsights",
    "registry": "containerRegistry",
}
"""What the workspace's request calls each part."""
GET_WORKSPACE = "machinelearningservices:getWorkspace"


@dataclass
class Foundation:
    """The parts, made or given. `ids` has each one's ARM id, in plain text so that a preview can show it."""

    owner: Component
    name: str
    disposable: bool
    deleted: deleted.Deleted
    azure: Destination
    names: Names
    location: pulumi.Input[str]
    tags: requests.Tags
    protect: bool
    """Whether the engine refuses to delete or replace a part: losing the group, say, loses all that is in it."""
    live: dict[str, Any] | None
    """The workspace as it is in Azure now, None where it isn't."""
    ids: dict[str, pulumi.Input[str] | None] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    """The resources of the parts that this program makes, by the same words."""
    plan: registry.RegistryPlan = field(init=False)
    _keep: dict[str, list[str]] = field(default_factory=dict)
    """The arguments of a part that stay as the state has them."""

    @property
    def purges(self) -> bool:
        """Return whether the stack frees its names as it is destroyed."""
        return self.disposable or self.deleted == "purge"

    @property
    def resources(self) -> list[pulumi.Resource]:
        """Return what the workspace waits for."""
        return list(self.made.values())

    def made_for(self, part: str) -> list[pulumi.Resource]:
        """Return the resource of a part, for what has to wait for it; nothing where the part exists already."""
        return [self.made[part]] if part in self.made else []

    def made_ids(self) -> list[pulumi.Input[str] | None]:
        """Return the ids of what this program makes that has any: the group and the parts."""
        every = {"resource_group": self.group_id, **self.ids}
        return [every[part] for part in self.made if part in every]

    @property
    def group_id(self) -> str:
        """Return the resource group's ARM id."""
        return ids.resource_group_id(self.azure.subscription, self.names.resource_group)

    @property
    def workspace_id(self) -> str:
        """Return the workspace's ARM id."""
        return native_type(WORKSPACE).id(self.names.path(), self.azure.subscription)

    def make_group(self) -> None:
        """Make the resource group."""
        self.made["resource_group"] = self.owner.child(
            "resources:ResourceGroup",
            f"{self.name}-group",
            {"resourceGroupName": self.names.resource_group},
            {"location": self.location, "tags": self.tags},
            pulumi.ResourceOptions(protect=self.protect),
        )

    def release_group(self, workspace_id: str) -> None:
        """Keep the group of the workspace before for one more run, which ends its protection: the next deletes it."""
        name = ids.parse(workspace_id).resource_group
        tags = {"location": self.location, "tags": self.tags}
        self.owner.child("resources:ResourceGroup", f"{self.name}-group", {"resourceGroupName": name}, tags)

    def make_purge(self) -> None:
        """Make the resource that frees the names when the stack is destroyed; made first, so that it goes last."""
        self.made["purge"] = Purge(
            f"{self.name}-purge",
            workspace_id=self.workspace_id,
            vault_id=self.part_id("key_vault"),
            location=self.location,
            opts=self.owner.below(depends_on=self.resources),
        )

    def part_id(self, part: str) -> str:
        """Return the ARM id of a part that this program makes, which follows from its name."""
        return native_type(PARTS[part]).id(self._path(part), self.azure.subscription)

    def make_room(self) -> None:
        """Delete the live workspace for good, ahead of another one of its name; none is there from now on."""
        self.made["room"] = WorkspacePurge(
            f"{self.name}-purge-now", self.workspace_id, at_once=True, opts=self.owner.below(depends_on=self.resources)
        )
        self.live = None

    def make_workspace_purge(self, workspace: pulumi.Resource) -> None:
        """Free the workspace's name when the stack is destroyed: what depends on the workspace goes before it."""
        WorkspacePurge(f"{self.name}-workspace-purge", self.workspace_id, opts=self.owner.below(depends_on=[workspace]))

    def make(self, args: WorkspaceArgs, mode: RegistryMode, *, needs_image: bool) -> None:
        """Make every part that `args` doesn't give as an existing one."""
        keys = args.system_datastores_auth_mode == "access_key"
        where, tags = self.location, self.tags
        storage = requests.storage(where, tags, shared_keys=keys)
        vault = requests.key_vault(where, tags, self.azure.tenant, purge_protection=not self.disposable)
        if args.key_vault is None and not self.disposable:
            there = lookup("keyvault:getVault", self._path("key_vault"))
            if there is None:
                purged = self.purges and self.live is None
                deleted.take_back(self.azure, self.part_id("key_vault"), where, vault, self.deleted, purged=purged)
            self._keep["key_vault"] = deleted.arguments_to_keep(vault, there)
        self.ids["storage"] = self._existing_part("storage", args.storage_account, storage)
        self.ids["key_vault"] = self._existing_part("key_vault", args.key_vault, vault)
        without = args.application_insights is None and self._goes_without_insights()
        self.ids["application_insights"] = None if without else args.application_insights or self._insights()
        self._registry(mode, needs_image=needs_image)

    def inherit(self, hub: pulumi.Input[str]) -> None:
        """Take over the parts of a project's hub, as Azure has them, and make none."""
        self.plan = registry.RegistryPlan(make=False, attach=None, keep=True)
        known = plain(hub)
        found = self.live or (lookup(GET_WORKSPACE, path_of(known)) if isinstance(known, str) else None)
        if found is not None:
            self.ids = {part: found.get(word) or None for part, word in PROPERTIES.items()}
            return
        made = hub.after[0] if isinstance(hub, Known) and hub.after else None
        after = made.id if isinstance(made, pulumi.CustomResource) else pulumi.Output.from_input(hub)
        later = read_later(GET_WORKSPACE, path_of, after=after)
        self.ids = dict.fromkeys(PROPERTIES)
        self.ids["storage"] = later.apply(lambda hub: str(hub["storageAccount"]))
        self.ids["key_vault"] = later.apply(lambda hub: str(hub["keyVault"]))

    def storage_endpoint(self, service: str) -> pulumi.Input[str]:
        """Return the address of the account's ``blob`` or ``file``, from the account where it is made in this run."""
        made = self.made.get("storage")
        if made is not None and self.live is not None:
            account = lookup("storage:getStorageAccount", self._path("storage"))
            if account is not None:
                return wait_for(str(account["primaryEndpoints"][service]), made)
        if made is None:
            return part_of(
                self.ids["storage"] or "", lambda found: self.azure.cloud.storage_address(service, found.name)
            )
        endpoint: pulumi.Output[str] = made.primary_endpoints.apply(lambda found: found[service])
        return endpoint

    def _goes_without_insights(self) -> bool:
        """Return whether a workspace is adopted that has no Application Insights, as hubs may be."""
        return self.live is not None and not self.live.get("applicationInsights") and is_adopted(self.workspace_id)

    def _insights(self) -> pulumi.Input[str]:
        logs = self._adopted_logs() or self._part("log_analytics", requests.log_analytics(self.location, self.tags))
        return self._part("application_insights", requests.application_insights(self.location, self.tags, logs))

    def _adopted_logs(self) -> str | None:
        """Return the Log Analytics workspace of an Application Insights resource that is adopted, unless it is the one
        that the stack makes, or adopts by its name.
        """
        if not is_adopted(self.part_id("application_insights")):
            return None
        there = lookup("applicationinsights:getComponent", self._path("application_insights"))
        found = (there or {}).get("workspaceResourceId") or None
        return None if same_id(found, self.part_id("log_analytics")) else found

    def _registry(self, mode: RegistryMode, *, needs_image: bool) -> None:
        self.names = replace(self.names, registry=mode.name or self.names.registry)
        attached = (self.live or {}).get("containerRegistry") or None
        self.plan = registry.plan(mode, self.part_id("registry"), attached, needs_image=needs_image)
        if self.plan.make:
            self._child("registry", registry.body(mode, self.location, self.tags))
        self.ids["registry"] = self.plan.attach

    def _existing_part(self, kind: str, given: pulumi.Input[str] | None, request: dict[str, Any]) -> pulumi.Input[str]:
        """Return the id of a part that is given, or made.

        One that was made and another takes the place of, in a workspace that is replaced, leaves the stack in the next
        run and stays in Azure with its data: the engine deletes nothing that was protected up to this one.
        """
        if given is None:
            return self._part(kind, request)
        own, live = self.part_id(kind), (self.live or {}).get(PROPERTIES[kind])
        if not self.disposable and isinstance(given, str) and same_id(live, own) and not same_id(given, own):
            self._child(kind, request, retain_on_delete=True)
            del self.made[kind]
        return given

    def _part(self, kind: str, request: dict[str, Any]) -> str:
        self._child(kind, request)
        return self.part_id(kind)

    def _child(self, kind: str, request: dict[str, Any], *, retain_on_delete: bool = False) -> None:
        after = [self.made[first] for first in ("resource_group", "purge") if first in self.made]
        if kind == "application_insights":
            after += self.made_for("log_analytics")
        name = f"{self.name}-{kind.replace('_', '-')}"
        options = pulumi.ResourceOptions(
            depends_on=after,
            protect=self.protect,
            retain_on_delete=retain_on_delete or None,
            ignore_changes=self._keep.get(kind),
        )
        self.made[kind] = self.owner.child(PARTS[kind], name, self._path(kind), request, options)

    def _path(self, part: str) -> dict[str, str]:
        return part_path(part, self.names.resource_group, getattr(self.names, part))


def part_path(part: str, group: str, name: str) -> dict[str, str]:
    """Return the names in the path of a part."""
    return {"resourceGroupName": group, native_type(PARTS[part]).name_argument: name}
