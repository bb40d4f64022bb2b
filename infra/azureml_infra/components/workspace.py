"""The workspace component: the workspace, what it stands on, and the roles that its identity needs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import pulumi

from azureml_infra.components.adoption import is_adopted
from azureml_infra.components.azure import Destination
from azureml_infra.components.base import Component
from azureml_infra.components.deleted import Deleted
from azureml_infra.components.existing import refuse_missing
from azureml_infra.components.feature_store import connect_stores
from azureml_infra.components.foundation import GET_WORKSPACE, PROPERTIES, WORKSPACE, Foundation
from azureml_infra.components.grants import (
    SYSTEM_ROLES,
    USER_ROLE,
    USER_ROLES,
    Grant,
    Granted,
    GrantedRole,
    WantedRole,
    approver_of,
    give,
    grant,
)
from azureml_infra.components.identities import find_principal, system_principal
from azureml_infra.components.known import Known, wait_for
from azureml_infra.components.live import lookup, lookups, read_later, respellings
from azureml_infra.components.names import Names, named_as, names, parts_elsewhere, spelled_as
from azureml_infra.components.refusals import refuse_less_isolation
from azureml_infra.components.replacement import (
    Following,
    fixed_changes,
    is_protected,
    options,
    predecessor,
    refuse,
    refuse_move,
)
from azureml_infra.components.requests import merge_tags
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import Scope
from azureml_infra.components.shared import Shared
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.dynamic.purge import DISPOSABLE_TAG
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.body import body, marked_paths, put
from azureml_infra.entities.fields import same_id
from azureml_infra.entities.platform import ResourceGroup
from azureml_infra.entities.workspace import RegistryMode, WorkspaceArgs
from azureml_infra.entities.workspace_kinds import FeatureStoreArgs, HubArgs, ProjectArgs

if TYPE_CHECKING:
    from azureml_infra.entities.body import Resolver

DEFAULT_STORE = ("workspaceblobstore", "containerName")
"""The datastore that uploads go to, and ARM's word for its container."""
_NOTHING_TO_RESOLVE = cast("Resolver", None)  # a workspace's own fields refer to nothing inside it


class Workspace(Component):
    """An Azure ML workspace with its Storage, Key Vault, Application Insights and container registry.

    `name` is the platform's name; Azure names derive from it, the stack, the subscription and the resource group.
    `resource_group` is an existing group's name, or a `ResourceGroup` that says whether it exists; without it one is
    made. As names derive from the group's, it is text, or another Workspace's `resource_group_name`. What `args` gives
    as an existing id isn't made. `needs_image` says that something in it needs an image built, which makes a `lazy`
    registry appear; a `Platform` works that out by itself. `deleted` says what becomes of a vault that Azure keeps
    deleted under its name, and whether the stack's own names are freed as it is destroyed (``purge``). Entities of the
    workspace take the component as `workspace`.
    """

    id: pulumi.Output[str]
    workspace_name: pulumi.Output[str]
    resource_group_name: pulumi.Output[str]
    storage_account_id: pulumi.Output[str]
    key_vault_id: pulumi.Output[str]
    application_insights_id: pulumi.Output[str]
    container_registry_id: pulumi.Output[str | None]
    """None while a `lazy` registry isn't needed."""

    def __init__(
        self,
        name: str,
        args: WorkspaceArgs | None = None,
        *,
        location: pulumi.Input[str],
        resource_group: ResourceGroup | pulumi.Input[str] | None = None,
        registry: RegistryMode | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        needs_image: bool = False,
        deleted: Deleted = "recover",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if isinstance(resource_group, Known):
            waits = pulumi.ResourceOptions(depends_on=list(resource_group.after))
            resource_group, opts = resource_group.plain, pulumi.ResourceOptions.merge(waits, opts)
        _refuse_foreign(args, resource_group, registry)
        azure = Destination()
        if opts is None or not (isinstance(opts.parent, Component) or opts.depends_on):
            refuse_missing(azure, args, registry)
        super().__init__("Workspace", name, opts)
        self.args = args or WorkspaceArgs()
        self._user = self.args.user_identity
        self._hub = self.args.hub_id if isinstance(self.args, ProjectArgs) else None
        self.granted = Granted(azure)
        group = (
            ResourceGroup(name=resource_group, existing=True)
            if isinstance(resource_group, str)
            else cast("ResourceGroup | None", resource_group)
        )
        azure_names = names(name, azure.subscription, group.name if group else None, self.args.name)
        comes_and_goes = disposable()
        vault = {"resourceGroupName": azure_names.resource_group, "vaultName": azure_names.key_vault}
        asked = [(GET_WORKSPACE, azure_names.path())]
        if self.args.key_vault is None and not comes_and_goes and self._hub is None:
            asked.append(("keyvault:getVault", vault))
        live, *_ = lookups(asked)
        azure_names = self._adopt_names(live, spelled_as(live, azure_names))
        protect = is_protected(self.args, azure_names.workspace, disposable=comes_and_goes)
        self.foundation = Foundation(
            self,
            name,
            comes_and_goes,
            deleted,
            azure,
            azure_names,
            location,
            {} if tags is None else tags,
            protect,
            live,
        )
        old = predecessor(name, self.foundation.workspace_id) if live is None else None
        if old is not None and self.args.replace is None:
            refuse_move(old, self.foundation.workspace_id, self.args, group)
        fixed = self._fixed_changes()
        if group is None or not group.existing:
            self.foundation.make_group()
        elif old is not None and old.made_group:
            self.foundation.release_group(old.id)
        self._make_foundation(registry, needs_image=needs_image)
        if self.foundation.live is None:
            self.granted.there.skip([self.foundation.workspace_id, *self.foundation.made_ids()])
        self.resource = self._make(fixed)
        if self.foundation.purges:
            self.foundation.make_workspace_purge(self.resource)
        self.scope = Scope(
            azure.subscription, azure_names.resource_group, azure_names.workspace, location, self.resource
        )
        self.scope.exists = self.foundation.live is not None
        self.granted.there.holders.add(self.principal_seed)
        self.shared = Shared(
            self, self.scope, self.foundation.storage_endpoint("blob"), self.container_of(*DEFAULT_STORE)
        )
        self._grant_made()
        if isinstance(self.args, FeatureStoreArgs):
            connect_stores(
                self,
                name,
                self.args,
                scope=self.scope,
                granted=self.granted,
                storage=self.foundation.ids["storage"] or "",
            )
        self._publish()

    def _adopt_names(self, live: Mapping[str, Any] | None, given: Names) -> Names:
        """Return the names of what the workspace stands on, as it has them where this run adopts it."""
        if live is None or not is_adopted(str(live["id"])):
            return given
        self.args = self.args.model_copy(update=parts_elsewhere(live, self.args, given.resource_group))
        return named_as(live, given)

    def inside(self, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
        """Return the options of something in this workspace: its child, unless another parent is given."""
        return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), opts)

    def resolution(self) -> Resolution:
        """Return a resolver for one request body; it collects what that body has to wait for."""
        return Resolution(self.scope, self.shared)

    def target(self, word: str) -> pulumi.Input[str] | None:
        """Return the ARM id of the workspace, its resource group, or one of its parts, by az ml's word for it."""
        if word == "workspace":
            return self.scope.id()
        return self.foundation.group_id if word == "resource_group" else self.foundation.ids.get(word)

    def _make_foundation(self, registry: RegistryMode | None, *, needs_image: bool) -> None:
        """Make what the workspace stands on; a project stands on what its hub has."""
        if self._hub is not None:
            self.foundation.inherit(self._hub)
            return
        if self.foundation.purges:
            self.foundation.make_purge()
        self.foundation.make(self.args, _registry_mode(self.args, registry), needs_image=needs_image)

    def _fixed_changes(self) -> list[str]:
        """Return the ARM paths of what takes another workspace; RunError, before anything is made, where it may not."""
        base = self.foundation
        request = self._request()
        own = (("storage", self.args.storage_account), ("key_vault", self.args.key_vault))
        for part, given in own if self._hub is None else ():
            put(request, f"properties.{PROPERTIES[part]}", given or base.part_id(part))
        refuse_less_isolation(self.args, request, base.live)
        found = fixed_changes(self.args, request, base.live)
        if found:
            refuse(base.names.workspace, found, self.args)
        return found

    def _request(self) -> dict[str, Any]:
        """Return what the arguments say themselves: the parts and tags come to it."""
        request = body(self.args, _NOTHING_TO_RESOLVE)
        request.setdefault("location", self.foundation.location)
        return request

    def _make(self, fixed: list[str]) -> Any:
        base = self.foundation
        request = self._request()
        request["tags"] = merge_tags(base.tags, request.get("tags", {}))
        if base.purges:
            request["tags"] = merge_tags(request["tags"], {DISPOSABLE_TAG: "true"})
        for part, property_name in PROPERTIES.items() if self._hub is None else ():
            if base.ids[part] is not None:
                put(request, f"properties.{property_name}", base.ids[part])
        if self._user is not None:
            put(request, "properties.primaryUserAssignedIdentity", self._user.resource_id)
        if fixed:
            base.make_room()
        settings = pulumi.ResourceOptions(
            depends_on=[*base.resources, *self._grant_user_identity()],
            protect=base.protect,
            ignore_changes=self._arguments_to_keep(request),
        )
        settings = pulumi.ResourceOptions.merge(settings, options(fixed) if fixed else None)
        made = self.child(WORKSPACE, base.name, base.names.path(), request, settings)
        if fixed:
            self._transformations.append(Following(made, base.workspace_id))
        return made

    def _arguments_to_keep(self, request: dict[str, Any]) -> list[str]:
        """Return the arguments that stay as the state has them: ids that Azure has in a spelling of its own, which a
        refresh takes over, and a registry that it attached.
        """
        if self._hub is not None:
            return [*PROPERTIES.values(), "systemDatastoresAuthMode"]
        ids = [*marked_paths(type(self.args), "immutable"), *(f"properties.{name}" for name in PROPERTIES.values())]
        kept = respellings(WORKSPACE, request, self.foundation.live, dict.fromkeys(ids))
        kept += ["associatedWorkspaces"] if isinstance(self.args, HubArgs) else []  # its projects, which say so
        return [*kept, "containerRegistry"] if self.foundation.plan.keep else kept

    def container_of(self, datastore: str, word: str) -> pulumi.Input[str]:
        """Return the container or share behind one of the system's datastores, by ARM's word for it.

        Azure ML chooses its name: it is read, not made up.
        """
        path = self.foundation.names.path(name=datastore)
        if self.foundation.live is not None:
            found = lookup("machinelearningservices:getDatastore", path)
            if found is not None:
                return wait_for(str(found["properties"][word]), self.resource)
        made = read_later("machinelearningservices:getDatastore", lambda _: path, after=self.resource.id)
        container: pulumi.Output[str] = made.apply(lambda found: str(found["properties"][word]))
        return container

    @property
    def principal(self) -> pulumi.Input[str]:
        """Return the object id of the identity that the workspace works with."""
        if self._user is not None:
            return self._user_principal
        # An update of the workspace makes its outputs unknown to a preview: what depends on them would be replaced.
        return wait_for(system_principal(self.resource, self.foundation.live), self.resource)

    @property
    def has_user_identity(self) -> bool:
        """Return whether it works with an identity that it was given, which Azure ML gives no roles by itself."""
        return self._user is not None

    @property
    def principal_seed(self) -> Any:
        """Return what the names of this identity's role assignments derive from: known before the identity is."""
        return self._user.resource_id if self._user is not None else self.scope.id()

    def _find_user_principal(self) -> pulumi.Input[str]:
        """Return the object id of the given identity, as described or as Azure has it."""
        given = cast("Any", self._user)
        found = find_principal(given)
        if found is None:
            raise pulumi.RunError(
                f"workspace.identity: {given.resource_id} can't be found, so it can't be given the roles that it "
                "needs; fix the id, or say its principal_id"
            )
        return found

    def _grant_user_identity(self) -> list[pulumi.Resource]:
        if self._user is None:
            return []
        self._user_principal = self._find_user_principal()
        self.granted.there.fetch(self.foundation.ids.values())
        roles = [role for role in USER_ROLES if self._hub is None or self.foundation.ids[role.part] is not None]
        return [*(made for role in roles for made in self._grant(role)), *self._grant_approvals()]

    def _grant_approvals(self) -> list[pulumi.Resource]:
        """Let the identity approve the managed network's private endpoints: their rules come with the workspace."""
        network = self.args.managed_network
        rules = [rule for rule in (network.outbound_rules or () if network else ()) if rule.type == "private_endpoint"]
        targets = [(rule.name, rule.destination.service_resource_id) for rule in rules]
        wanted = [WantedRole(f"approve-{name}", approver_of(target), target) for name, target in targets]
        return give(self, self.foundation.name, self.granted, wanted, (self.principal, self.principal_seed))

    def _grant_made(self) -> None:
        """Grant what can only be granted once the workspace, or its own identity, is there."""
        if self._user is not None:
            self._give(USER_ROLE, self.scope.id(), [self.resource])
            return
        for role in SYSTEM_ROLES:
            if role.part in self.foundation.made:
                self._grant(role)

    def may_grant_on(self, part: str, *, asked: bool | None) -> bool:
        """Return whether others get roles on the storage account or registry: on one that is made here, or that the
        workspace's identity gets roles on, too, unless it is `asked` for or refused.
        """
        if asked is not None:
            return asked and self.foundation.ids[part] is not None
        return part in self.foundation.made or (self._user is not None and self.foundation.ids[part] is not None)

    def _grant(self, role: GrantedRole) -> list[pulumi.Resource]:
        target = self.foundation.ids[role.part] or self.foundation.group_id
        self.granted.add(target, role.name, self.principal, self.principal_seed)
        return self._give(role, target, self.foundation.made_for(role.part))

    def _give(
        self, role: GrantedRole, target: pulumi.Input[str], after: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        given = Grant(f"can-{role.slug}", role.name, target, self.principal, seed=self.principal_seed)
        return grant(self, self.foundation.name, self.granted, given, after)

    def _publish(self) -> None:
        part = self.foundation.ids
        names = self.foundation.names
        self.id = wait_for(self.scope.id(), self.resource)
        self.workspace_name = wait_for(names.workspace, self.resource)
        self.resource_group_name = wait_for(names.resource_group, *self.foundation.made_for("resource_group"))
        self.storage_account_id = wait_for(part["storage"], *self.foundation.made_for("storage"))
        self.key_vault_id = wait_for(part["key_vault"], *self.foundation.made_for("key_vault"))
        self.application_insights_id = wait_for(
            part["application_insights"], *self.foundation.made_for("application_insights")
        )
        self.container_registry_id = wait_for(part["registry"], *self.foundation.made_for("registry"))
        self.register_outputs(
            {
                "id": self.id,
                "workspaceName": self.workspace_name,
                "resourceGroupName": self.resource_group_name,
                "containerRegistryId": self.container_registry_id,
            }
        )


def _refuse_foreign(args: object, resource_group: object, registry: object) -> None:
    refuse_unless(args, (WorkspaceArgs, type(None)), "Workspace", "args", "WorkspaceArgs")
    refuse_unless(registry, (RegistryMode, type(None)), "Workspace", "registry", "RegistryMode")
    group = (
        "the name of an existing group as text, as the names of what is made derive from it, or a ResourceGroup; where "
        "this program makes the group, `opts=pulumi.ResourceOptions(depends_on=[group])` waits for it"
    )
    refuse_unless(resource_group, (str, ResourceGroup, type(None)), "Workspace", "resource_group", group)


def disposable() -> bool:
    """Return whether the stack comes and goes (a trial, a pull request), which its setting `disposable` says.

    Nothing in such a stack is protected, and destroying it frees the names that Azure would keep for weeks.
    """
    return pulumi.Config(PACKAGE).get_bool("disposable") or False


def _registry_mode(args: WorkspaceArgs, given: RegistryMode | None) -> RegistryMode:
    """Return the registry's mode; az ml's `container_registry` says the same as `registry: {mode: existing, id: …}`."""
    if args.container_registry is None:
        return given or RegistryMode()
    if given is not None and not same_id(given.id, args.container_registry):
        raise pulumi.RunError(
            "workspace.container_registry and registry say different things; keep one of the two: "
            f"`registry: {{mode: existing, id: {args.container_registry}}}`"
        )
    return RegistryMode(mode="existing", id=args.container_registry)
