"""The workspace and its registry, in the words of ``az ml workspace create --file`` and a few of our own."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic.alias_generators import to_camel

from azureml_arm.addresses import key_fault
from azureml_infra.entities.base import LOCAL, Arm, Entity, InputStr, Model, NoEffect, is_output, refusal
from azureml_infra.entities.fields import (
    NOT_IN_GA,
    ApplicationInsightsId,
    ArmId,
    Identity,
    IdentityId,
    KeyVaultId,
    Region,
    RegistryId,
    StorageId,
    SubnetId,
    UserAssignedIdentity,
    only,
    same_id,
)
from azureml_infra.entities.network import ManagedNetwork
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import ANY_CASE, Switch, name_rule, pascal, short_for
from azureml_infra.yaml.problems import nearest, one_of, quote

_AUTH_MODES = {"accesskey": "access_key", "identity": "identity", "userdelegationsas": "user_delegation_sas"}
_ARM_AUTH_MODES = {"access_key": "AccessKey", "identity": "Identity", "user_delegation_sas": "UserDelegationSAS"}


def _auth_mode(given: Any) -> Any:
    """Return one spelling for az ml's ``accesskey``, ``access_key`` and ``AccessKey``."""
    return _AUTH_MODES.get(given.replace("_", "").lower(), given) if isinstance(given, str) else given


class CustomerManagedKey(Model):
    """A key of your own that the workspace's data is encrypted with. Its vault needs purge protection."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"status": "Enabled"}

    key_vault: Annotated[KeyVaultId, Arm("keyVaultProperties.keyVaultArmId")]
    """ARM id of the vault that holds the key."""
    key_uri: Annotated[InputStr, Arm("keyVaultProperties.keyIdentifier")]
    """The key's address with its version: ``https://VAULT-HOST/keys/NAME/VERSION``."""
    cosmosdb_id: Annotated[ArmId | None, Arm("cosmosDbResourceId")] = None
    """ARM id of an own Cosmos DB account for the service's data."""
    storage_id: Annotated[ArmId | None, Arm("storageAccountResourceId")] = None
    """ARM id of an own storage account for the service's data."""
    search_id: Annotated[ArmId | None, Arm("searchAccountResourceId")] = None
    """ARM id of an own search service for the service's data."""

    @field_validator("key_uri")
    @classmethod
    def _is_in_the_vault(cls, given: Any, info: Any) -> Any:
        vault = info.data.get("key_vault")
        if vault is None or is_output(vault) or is_output(given):
            return given
        fault = key_fault(given, vault)
        if fault is not None:
            raise refusal(f"{quote(given)} {fault[0]}", fault[1])
        return given


class ServerlessCompute(Model):
    """Where serverless jobs run."""

    custom_subnet: Annotated[SubnetId | None, Arm("serverlessComputeCustomSubnet")] = None
    """ARM id of a subnet for their nodes."""
    no_public_ip: Annotated[bool, Arm("serverlessComputeNoPublicIP")] = False
    """Whether their nodes are without public addresses; needs `custom_subnet`."""

    @field_validator("no_public_ip")
    @classmethod
    def _needs_a_subnet(cls, given: bool, info: Any) -> bool:
        if given and not info.data.get("custom_subnet"):
            raise refusal("nodes without public addresses need a network", "custom_subnet, too")
        return given


_OF_AN_EXISTING = frozenset({"name", "existing", "kind", "resource_group"})
"""The fields that a workspace has which is only used."""


KINDS = ("default", "hub", "project", "feature_store")
"""The kinds of workspaces; those after the first have models of their own."""


def spell_kind(word: str) -> str:
    """Return a kind as it is written here: ``FeatureStore`` and ``featurestore`` -> ``feature_store``."""
    plain = word.lower().replace("_", "")
    return next((kind for kind in KINDS if kind.replace("_", "") == plain), word)


SPELLED = BeforeValidator(lambda given: spell_kind(given) if isinstance(given, str) else given)
"""For a kind in any spelling of az ml's and Azure's."""


def _is_default(given: str) -> str:
    if given not in KINDS:
        raise refusal(f"{quote(given)} is no kind of workspace", one_of(KINDS), suggestion=nearest(given, KINDS))
    if given != KINDS[0]:
        what = f"this $schema is that of another kind of workspace than {quote(given)}"
        raise refusal(what, f"$schema: …/{to_camel(given)}.schema.json")
    return given


class WorkspaceArgs(Entity):
    """An Azure Machine Learning workspace."""

    family: ClassVar[str] = "workspaces"
    kind: ClassVar[str] = "workspace"
    read_only: ClassVar[tuple[str, ...]] = ("discovery_url", "mlflow_tracking_uri")

    not_yet = ("connections", "diagnostic_settings", "diagnostics", "private_endpoints")
    arm_constants: ClassVar[Mapping[str, Any]] = {"kind": "Default"}

    kind_: Annotated[
        str,
        SPELLED,
        AfterValidator(_is_default),
        WithJsonSchema({"type": "string", "enum": ["default"]}),
        Arm("kind", pascal, immutable=True),
    ] = Field(default="default", alias="kind")
    """What kind of workspace it is: `default`, `hub`, `project` or `feature_store`. The last three have fields of their
    own."""
    name: Annotated[str | None, LOCAL, name_rule("workspace")] = None
    """Its name in Azure; made of the platform's and the stack's if left out."""
    location: Annotated[Region | None, Arm("location", immutable=True)] = None
    """Azure region; the platform's if left out."""
    resource_group: Annotated[str | None, LOCAL, NoEffect("`resource_group:` of platform.yml says it")] = None
    """Ignored: the platform has the resource group; accepted so that az ml's files can be used."""
    display_name: Annotated[str | None, Arm("properties.friendlyName")] = None
    """What the studio shows."""
    description: Annotated[str | None, Arm("properties.description")] = None
    """What it is for."""
    tags: Annotated[Tags | None, Arm("tags")] = None
    """Names and values for billing and search."""
    storage_account: Annotated[StorageId | None, Arm("properties.storageAccount", immutable=True)] = None
    """ARM id of an existing storage account; one is made if left out."""
    key_vault: Annotated[KeyVaultId | None, Arm("properties.keyVault", immutable=True)] = None
    """ARM id of an existing vault; one is made if left out."""
    application_insights: Annotated[ApplicationInsightsId | None, Arm("properties.applicationInsights")] = None
    """ARM id of an existing Application Insights resource; one is made if left out."""
    container_registry: Annotated[RegistryId | None, Arm("properties.containerRegistry")] = None
    """ARM id of an existing registry: the same as `registry: {mode: existing, id: …}`."""
    identity: Annotated[Identity, Arm("identity")] = Field(default_factory=lambda: Identity(type="system_assigned"))
    """The workspace's identity in Azure."""
    primary_user_assigned_identity: Annotated[IdentityId | None, Arm("properties.primaryUserAssignedIdentity")] = None
    """Of several user-assigned identities, the one for storage, vault and registry."""
    system_datastores_auth_mode: Annotated[
        Literal["access_key", "identity", "user_delegation_sas"],
        BeforeValidator(_auth_mode),
        Arm("properties.systemDatastoresAuthMode", _ARM_AUTH_MODES.__getitem__),
    ] = "identity"
    """How the system datastores reach their storage (az ml's default is `access_key`)."""
    public_network_access: Annotated[Switch, Arm("properties.publicNetworkAccess")] = "enabled"
    """Whether the workspace can be reached from the internet."""
    managed_network: Annotated[ManagedNetwork | None, Arm("properties.managedNetwork")] = None
    """The network that Azure keeps around the workspace's computes."""
    provision_network_now: Annotated[bool | None, Arm("properties.provisionNetworkNow")] = None
    """Makes the managed network with the workspace, not with its first compute; `true` if left out where the
    description has managed online deployments, which need it."""
    image_build_compute: Annotated[str | None, Arm("properties.imageBuildCompute")] = None
    """Name of the cluster that builds images where the registry is behind a network."""
    serverless_compute: Annotated[ServerlessCompute | None, Arm("properties.serverlessComputeSettings")] = None
    """Where serverless jobs run."""
    customer_managed_key: Annotated[CustomerManagedKey | None, Arm("properties.encryption", immutable=True)] = None
    """A key of your own for encryption."""
    hbi_workspace: Annotated[bool, Arm("properties.hbiWorkspace", immutable=True)] = False
    """High business impact: less telemetry and more encryption."""
    enable_data_isolation: Annotated[bool | None, Arm("properties.enableDataIsolation", immutable=True)] = None
    """Keeps the data of a hub's workspaces apart."""
    allow_roleassignment_on_rg: Annotated[bool | None, LOCAL, only(True, NOT_IN_GA)] = None  # noqa: FBT003
    """Can't be set: the GA API doesn't have it."""
    network_acls: Annotated[Any, LOCAL, only(None, NOT_IN_GA)] = None
    """Can't be set: the GA API doesn't have it."""
    protect: Annotated[bool, LOCAL] = True
    """Whether Pulumi refuses to delete or replace the workspace and what it stands on, and with them its runs, models
    and data assets."""
    existing: Annotated[bool, LOCAL] = False
    """Whether it is there already and only used: nothing of it is changed, what is in it can be."""
    replace: Annotated[str | None, LOCAL] = None
    """Lets a change that Azure can't make in place delete the workspace and make another: the workspace's name. With
    the same name, the old one is lost for good; with a new `name`, repeated here, Azure keeps the old one for 14
    days."""

    @model_validator(mode="after")
    def _replaces_itself(self) -> Self:
        if self.replace is not None and self.name is not None and self.replace != self.name:
            raise refusal(f'replace: "{self.replace}" is another workspace', f'"{self.name}"')
        return self

    @model_validator(mode="after")
    def _is_only_used(self) -> Self:
        if not self.existing:
            return self
        if self.name is None:
            raise refusal("an existing workspace is given by its name", "name")
        changed = [word for word in type(self).model_fields if word in self.model_fields_set - _OF_AN_EXISTING]
        if changed:
            what = f"{changed[0]} would change a workspace that is only used"
            raise refusal(what, "nothing but its name, or existing: false", changed[0])
        return self

    @property
    def user_identity(self) -> UserAssignedIdentity | None:
        """Return the user-assigned identity that the workspace works with; None if it has one of its own."""
        if self.identity.type != "user_assigned":
            return None
        given = self.identity.user_identities
        chosen: Any = self.primary_user_assigned_identity
        if is_output(chosen):
            return next((one for one in given if one.resource_id is chosen), UserAssignedIdentity(resource_id=chosen))
        primary = [one for one in given if same_id(one.resource_id, chosen)]
        return next(iter(primary or given), None)


_SKUS = {"basic": "Basic", "standard": "Standard", "premium": "Premium"}


_Mode = Literal["lazy", "managed", "existing"]


class RegistryMode(Model):
    """The container registry for images that Azure ML builds.

    `lazy`: made in the run in which something first needs an image; one that Azure ML made by itself is adopted.
    `managed`: made with the workspace. `existing`: given by id.
    """

    mode: Annotated[_Mode, ANY_CASE, LOCAL] = "lazy"
    """When there is a registry."""
    id: Annotated[RegistryId | None, LOCAL] = None
    """With `existing`: the registry's ARM id."""
    name: Annotated[str | None, LOCAL, name_rule("registry")] = None
    """With `lazy` and `managed`: its name; made of the platform's and the stack's if left out."""
    sku: Annotated[
        Literal["Basic", "Standard", "Premium"] | None,
        BeforeValidator(lambda sku: _SKUS.get(sku.lower(), sku) if isinstance(sku, str) else sku),
        LOCAL,
    ] = None
    """With `lazy` and `managed`: Basic (if left out), Standard, or Premium, which private endpoints need."""
    tags: Annotated[Tags | None, LOCAL] = None
    """With `lazy` and `managed`: its tags, besides the platform's."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.mode == "existing" and self.id is None:
            raise refusal("an existing registry is given by its id", "id")
        extra = [word for word in ("id",) if self.mode != "existing" and self.id is not None]
        extra += [word for word in ("name", "sku", "tags") if self.mode == "existing" and getattr(self, word)]
        if extra:
            what = f"{extra[0]} has no meaning with mode: {self.mode}"
            raise refusal(what, "mode: existing" if extra == ["id"] else "nothing")
        return self


RegistryChoice = Annotated[RegistryMode, short_for("mode", _Mode | RegistryMode)]
"""A registry mode, or the mode's word alone."""
