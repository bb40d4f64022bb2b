"""A Spark pool, with the Synapse workspace and the data lake that it stands on where they aren't given.

The compute that attaches it waits for all of it, so that it is detached before anything goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, cast

import pulumi

from azureml_arm.names import azure_name
from azureml_infra.components import requests
from azureml_infra.components.base import Component
from azureml_infra.components.compute_roles import own_principal
from azureml_infra.components.grants import DATA_ROLES, Grant, WantedRole, assignment_name, give, grant
from azureml_infra.components.identities import find_principal, system_principal
from azureml_infra.components.known import part_of, plain
from azureml_infra.components.live import is_replaced
from azureml_infra.components.scope import arm_id, text
from azureml_infra.components.workspace import Workspace
from azureml_infra.dynamic.synapse_role import ADMINISTRATOR, SynapseRole, assignment_command
from azureml_infra.entities.attached import SynapseSparkCompute
from azureml_infra.entities.body import body
from azureml_infra.entities.created_spark import CreatedSparkPool
from azureml_infra.entities.reverse import at as value_at

POOL, SYNAPSE, RULE = "synapse:BigDataPool", "synapse:Workspace", "synapse:IpFirewallRule"
_STORAGE, _CONTAINER = "storage:StorageAccount", "storage:BlobContainer"
_ADMINISTRATOR = "sqladminuser"
"""A name that Azure wants; nobody can sign in with it, as only Entra's accounts can."""
_FIXED = ["defaultDataLakeStorage", "managedVirtualNetwork", "managedVirtualNetworkSettings"]
"""What a Synapse workspace keeps for good
(https://learn.microsoft.com/azure/synapse-analytics/security/synapse-workspace-managed-vnet,
https://learn.microsoft.com/azure/synapse-analytics/quickstart-create-workspace)."""
_FIXED_PATHS = [f"properties.{path}" for path in _FIXED]
BLOBS = DATA_ROLES[0]
_WRITE_DATA = "Contributor"
"""With `BLOBS`, what the identity of a Spark job needs on the account that its data is in
(https://learn.microsoft.com/azure/machine-learning/apache-spark-azure-ml-concepts#ensuring-resource-access-for-spark-jobs)."""


class CreatedSpark:
    """What is made for one compute. `owner` is the compute's component; `id` is the pool's."""

    def __init__(self, owner: Component, name: str, compute: SynapseSparkCompute, workspace: Workspace) -> None:
        self._owner, self._name, self._compute, self._workspace = owner, name, compute, workspace
        self._block = cast("CreatedSparkPool", compute.create)
        base = workspace.foundation
        self._location = compute.location or workspace.scope.location
        self._tags = requests.merge_tags(base.tags, compute.tags or {})
        self._public = _is_public(workspace)
        self.resources: list[pulumi.Resource] = []
        self._synapse: Any = None
        """The Synapse workspace that is made here."""
        self.lake: pulumi.Input[str] | None = None
        """The id of the storage account that is made here."""
        group: pulumi.Input[str] = workspace.scope.resource_group
        if self._block.workspace is None:
            synapse: pulumi.Input[str] = self._name_for("synapse_workspace")
            self._make_synapse({"resourceGroupName": group, "workspaceName": synapse})
        else:
            group, synapse = (
                part_of(plain(self._block.workspace), attrgetter(part)) for part in ("resource_group", "name")
            )
        self._synapse_name = synapse
        where = {"resourceGroupName": group, "workspaceName": cast("Any", synapse)}
        self._synapse_id = self._block.workspace or self._id(SYNAPSE, where)
        self.id = self._make_pool(where)

    def grant_to(
        self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
    ) -> list[pulumi.Resource]:
        """Give the identities of the compute what jobs on it need: data on the storage that this program makes."""
        made: list[pulumi.Resource] = []
        administers, wanted = self._administers(), [*self._roles(resource)]
        for name, principal, seed in self._identities(resource, request, live):
            if administers:
                made.append(self._make_administrator(f"{name}-can-administer", principal, seed, resource))
            made += give(self._owner, name, self._workspace.granted, wanted, (principal, seed))
        return made

    def _administers(self) -> bool:
        """Return whether this run gives the role that jobs take; say what is left to do where it doesn't."""
        asked = self._block.administrator
        if asked or (asked is None and (self._public or self._block.workspace is not None)):
            return True
        known = plain(self._synapse_name)
        synapse = known if isinstance(known, str) else "SYNAPSE_WORKSPACE"
        command = assignment_command(synapse, '"Synapse Administrator"', "OBJECT_ID", self._item)
        pulumi.log.info(
            f"the identity of {self._compute.name} isn't made Synapse Administrator of its pool here, and jobs on it "
            f"fail until somebody whom the Synapse workspace lets in does that: `{command}`"
        )
        return False

    @property
    def _item(self) -> str:
        """Return the pool, as Synapse's roles name it."""
        return f"bigDataPools/{self._compute.pool_name}"

    def _make_administrator(
        self, name: str, principal: pulumi.Input[str], seed: Any, resource: pulumi.Resource
    ) -> SynapseRole:
        return SynapseRole(
            name,
            workspace_id=self._synapse_id,
            item=self._item,
            principal_id=principal,
            assignment=assignment_name(self.id, seed, ADMINISTRATOR),
            # What it is in takes it along.
            opts=self._owner.below(
                depends_on=[resource, *self.resources], deleted_with=self._synapse, **self._following()
            ),
        )

    def _identities(
        self, resource: Any, request: Mapping[str, Any], live: Mapping[str, Any] | None
    ) -> Iterator[tuple[str, pulumi.Input[str], Any]]:
        """Yield the identities that jobs may have: a Pulumi name for each, its object id, what names derive from."""
        identity = self._compute.identity
        if identity is None or "system_assigned" in identity.type.split(","):
            principal = own_principal(type(self._compute), resource, request, live)
            yield self._name, principal, self._workspace.scope.id(f"/computes/{self._compute.name}")
        for at, given in enumerate(identity.user_identities if identity else ()):
            found = find_principal(given)
            if found is None:
                pulumi.log.warn(
                    f"the identity {given.resource_id} of {self._compute.name} can't be found in Azure, so it gets no "
                    "roles here; say its principal_id"
                )
            else:
                yield f"{self._name}-given-{at}", found, given.resource_id

    def _roles(self, resource: pulumi.Resource) -> Iterator[WantedRole]:
        if self._compute.grants is False:
            return
        if self.lake is not None:
            yield WantedRole("lake-blobs", BLOBS.name, self.lake, [*self.resources, resource])
            yield WantedRole("lake", _WRITE_DATA, self.lake, [*self.resources, resource])
        base = self._workspace.foundation
        if self._workspace.may_grant_on("storage", asked=self._compute.grants):
            after = [*base.made_for("storage"), resource]
            yield WantedRole("blobs", BLOBS.name, base.ids["storage"] or "", after)

    def _make_synapse(self, path: Mapping[str, pulumi.Input[str]]) -> None:
        """Make the Synapse workspace, in a network of its own: without a SQL password, and let into its lake."""
        lake = self._block.lake or self._make_lake(path["resourceGroupName"])
        account = part_of(plain(lake), attrgetter("name"))
        cloud = self._workspace.foundation.azure.cloud
        network = {"preventDataExfiltration": True} if self._block.prevent_data_exfiltration else None
        request = {
            "location": self._location,
            "tags": self._tags,
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "azureADOnlyAuthentication": True,
                "sqlAdministratorLogin": _ADMINISTRATOR,
                "defaultDataLakeStorage": {
                    "accountUrl": text(f"https://{{account}}.dfs.{cloud.storage}", account=account),
                    "filesystem": self._block.filesystem,
                    "resourceId": lake,
                    "createManagedPrivateEndpoint": True,
                },
                "managedVirtualNetwork": "default",
                **({"managedVirtualNetworkSettings": network} if network else {}),
                "publicNetworkAccess": "Enabled" if self._public else "Disabled",
            },
        }
        live = self._workspace.scope.live(SYNAPSE, path)
        options = pulumi.ResourceOptions(
            depends_on=[*self._ground(), *self.resources], replace_on_changes=_FIXED, delete_before_replace=True
        )
        self._synapse = made = self._child(SYNAPSE, "synapse", path, request, options)
        if self._compute.grants is not False and self.lake is not None:
            # A workspace that is made anew has another identity.
            stays = not is_replaced(SYNAPSE, _FIXED_PATHS, request, live)
            principal = system_principal(made, live if stays else None)
            seed = self._id(SYNAPSE, path)
            given = Grant("synapse-can-lake-blobs", BLOBS.name, self.lake, principal, seed=cast("Any", seed))
            self.resources += grant(self._owner, self._name, self._workspace.granted, given, [made])
        for rule, (start, end) in self._block.rules(public=self._public).items():
            addresses = {"properties": {"startIpAddress": start, "endIpAddress": end}}
            after = pulumi.ResourceOptions(depends_on=[made], **self._following())
            self._child(RULE, f"firewall-{rule.lower()}", {**path, "ruleName": rule}, addresses, after)

    def _make_lake(self, group: pulumi.Input[str]) -> pulumi.Input[str]:
        """Make the storage account that the Synapse workspace keeps its own files in, and the container for them."""
        path = {"resourceGroupName": group, "accountName": self._name_for("storage")}
        account = self._child(
            _STORAGE,
            "lake",
            path,
            requests.lake(self._location, self._tags, public=self._public),
            pulumi.ResourceOptions(depends_on=self._ground(), protect=self._workspace.foundation.protect),
        )
        container = {**path, "containerName": self._block.filesystem}
        after = pulumi.ResourceOptions(depends_on=[account], protect=self._workspace.foundation.protect)
        self._child(_CONTAINER, "filesystem", container, {"properties": {"publicAccess": "None"}}, after)
        self.lake = self._id(_STORAGE, path)
        return self.lake

    def _make_pool(self, path: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
        request = body(self._block, self._workspace.resolution())
        request |= {"location": self._location, "tags": self._tags}
        path = {**path, "bigDataPoolName": self._compute.pool_name}
        following = {"delete_before_replace": True, **self._following()}
        options = pulumi.ResourceOptions(depends_on=[*self._ground(), *self.resources], **following)
        self._child(POOL, "pool", path, request, options)
        return text("{synapse}/bigDataPools/{pool}", synapse=self._synapse_id, pool=path["bigDataPoolName"])

    def _child(
        self,
        token: str,
        word: str,
        path: Mapping[str, pulumi.Input[str]],
        request: Mapping[str, Any],
        options: pulumi.ResourceOptions,
    ) -> Any:
        made = self._owner.child(token, f"{self._name}-{word}", path, request, options)
        self.resources.append(made)
        return made

    def _following(self) -> dict[str, Any]:
        """Return the options of what a Synapse workspace takes along when it goes, so that it is made anew with it."""
        return {"replace_with": [self._synapse], "delete_before_replace": True} if self._synapse is not None else {}

    def _ground(self) -> list[pulumi.Resource]:
        """Return the resource group, where this program makes it."""
        return self._workspace.foundation.made_for("resource_group")

    def _name_for(self, kind: str) -> str:
        base, group = self._workspace.foundation, self._workspace.scope.resource_group
        salt = f"{base.azure.subscription}/{group if isinstance(group, str) else base.name}/{self._compute.name}"
        return azure_name(kind, base.name, pulumi.get_stack(), salt, word="" if kind != "storage" else "lake")

    def _id(self, token: str, path: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
        return arm_id(token, path, self._workspace.foundation.azure.subscription)


def _is_public(workspace: Workspace) -> bool:
    live = str(value_at(workspace.foundation.live, "publicNetworkAccess") or "").lower()
    said = workspace.args.public_network_access if "public_network_access" in workspace.args.model_fields_set else live
    return said != "disabled"
