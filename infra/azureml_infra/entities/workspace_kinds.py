"""The kinds of workspaces: hubs, their projects and feature stores, in the words of `az ml workspace create --file` and
`az ml feature-store create --file`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from azureml_infra.entities.base import LOCAL, TEXT, Arm, InputStr, Model, refusal
from azureml_infra.entities.body import Resolver, body, put
from azureml_infra.entities.fields import ArmId, Identity, UserAssignedIdentity, id_of, only
from azureml_infra.entities.unions import ToldBy
from azureml_infra.entities.words import ANY_CASE, pascal
from azureml_infra.entities.workspace import KINDS, SPELLED, WorkspaceArgs, spell_kind

HubId = Annotated[InputStr, id_of("Microsoft.MachineLearningServices/workspaces")]
ContainerId = Annotated[InputStr, id_of("Microsoft.Storage/storageAccounts/blobServices/containers")]
SPARK = "3.4.0"
"""The runtime that az ml asks for where nothing is said."""
_OF_THE_HUB = "a project has its hub's"


class HubArgs(WorkspaceArgs):
    """A workspace whose storage, vault, registry, network and connections its projects share."""

    kind: ClassVar[str] = "hub"
    read_only: ClassVar[tuple[str, ...]] = ("associated_workspaces",)
    arm_constants: ClassVar[Mapping[str, Any]] = {"kind": "Hub"}

    kind_: Annotated[Literal["hub"], SPELLED, Arm("kind", pascal, immutable=True)] = Field(default="hub", alias="kind")
    """What kind of workspace it is."""
    enable_data_isolation: Annotated[bool | None, Arm("properties.enableDataIsolation", immutable=True)] = True
    """Keeps the data of the hub's projects apart, as Azure does unless it is told otherwise."""
    default_resource_group: Annotated[
        ArmId | None, Arm("properties.workspaceHubConfig.defaultWorkspaceResourceGroup")
    ] = None
    """ARM id of the resource group that the studio makes projects in; the hub's own if left out."""


class ProjectArgs(WorkspaceArgs):
    """A workspace that stands on what its hub has, in the hub's region."""

    kind: ClassVar[str] = "project"
    arm_constants: ClassVar[Mapping[str, Any]] = {"kind": "Project"}

    kind_: Annotated[Literal["project"], SPELLED, Arm("kind", pascal, immutable=True)] = Field(
        default="project", alias="kind"
    )
    """What kind of workspace it is."""
    hub_id: Annotated[HubId, Arm("properties.hubResourceId", immutable=True)]
    """ARM id of its hub; `workspace_hub` is az ml's older word for it."""
    enable_data_isolation: Annotated[bool | None, Arm("properties.enableDataIsolation", immutable=True)] = True
    """Keeps the data of the hub's projects apart, as Azure does unless it is told otherwise."""
    storage_account: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    key_vault: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    application_insights: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    container_registry: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    customer_managed_key: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    managed_network: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    provision_network_now: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""
    system_datastores_auth_mode: Annotated[Any, LOCAL, only(None, _OF_THE_HUB)] = None
    """Can't be set: a project has its hub's."""

    @model_validator(mode="before")
    @classmethod
    def _take_the_older_word(cls, given: Any) -> Any:
        """Take `workspace_hub` for `hub_id`, unless both are there."""
        if not isinstance(given, Mapping) or "workspace_hub" not in given or "hub_id" in given:
            return given
        return {("hub_id" if word == "workspace_hub" else word): value for word, value in given.items()}


class ComputeRuntime(Model):
    """What materialization runs on."""

    spark_runtime_version: Annotated[str, TEXT] = SPARK
    """Version of Spark."""


class OfflineStore(Model):
    """Where materialized features are kept for training: a container of a data lake."""

    type: Annotated[Literal["azure_data_lake_gen2"], ANY_CASE, LOCAL] = "azure_data_lake_gen2"
    """Its kind."""
    target: Annotated[ContainerId, LOCAL]
    """ARM id of the container: `/subscriptions/…/storageAccounts/NAME/blobServices/default/containers/NAME`."""


class OnlineStore(Model):
    """Where materialized features are kept for inference: a cache of Azure Cache for Redis."""

    type: Annotated[Literal["redis"], ANY_CASE, LOCAL] = "redis"
    """Its kind."""
    target: Annotated[Annotated[InputStr, id_of("Microsoft.Cache/redis")], LOCAL]
    """ARM id of the cache."""


@dataclass(frozen=True)
class Store:
    """A store as the feature store's connection to it: which one it is, ARM's category, and the id of its place."""

    word: str
    category: str
    target: Any

    @property
    def connection(self) -> str:
        """Return the connection's name, another one for another place, as in azure-ai-ml; ARM allows 33 characters."""
        known = self.target.lower() if isinstance(self.target, str) else self.word
        return f"{self.word.title()}StoreConnectionName-{sha256(known.encode()).hexdigest()[:6]}"


class FeatureStoreArgs(WorkspaceArgs):
    """A workspace that has features: entities, feature sets, and where these are materialized."""

    kind: ClassVar[str] = "feature store"
    arm_constants: ClassVar[Mapping[str, Any]] = {"kind": "FeatureStore"}

    kind_: Annotated[Literal["feature_store"], SPELLED, Arm("kind", pascal, immutable=True)] = Field(
        default="feature_store", alias="kind"
    )
    """What kind of workspace it is; az ml's files of feature stores don't say it."""
    compute_runtime: Annotated[ComputeRuntime, Arm("properties.featureStoreSettings.computeRuntime")] = Field(
        default_factory=ComputeRuntime
    )
    """What materialization runs on."""
    offline_store: Annotated[OfflineStore | None, LOCAL] = None
    """Where features are materialized for training. Without one, feature sets are computed when they are asked for:
    unlike az ml, none is made."""
    online_store: Annotated[OnlineStore | None, LOCAL] = None
    """Where features are materialized for inference."""
    materialization_identity: Annotated[UserAssignedIdentity | None, LOCAL] = None
    """The identity that materializes; it gets the roles that this takes on the feature store and its stores."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse stores without an identity, as az ml does, and an identity of another kind beside it."""
        stores = [word for word in ("offline_store", "online_store") if getattr(self, word) is not None]
        if stores and self.materialization_identity is None:
            raise refusal(f"nothing may write to the {stores[0]}", "materialization_identity, too", stores[0])
        if self.materialization_identity is not None and self.identity.type != "system_assigned":
            what = "a feature store with a materialization_identity has one of its own beside it"
            raise refusal(what, "type: system_assigned, or no identity", "identity")
        return self

    @property
    def stores(self) -> list[Store]:
        """Return what features are materialized into."""
        given = (("offline", "ADLSGen2", self.offline_store), ("online", "Redis", self.online_store))
        return [Store(word, category, store.target) for word, category, store in given if store is not None]

    def finish(self, made: dict[str, Any], resolver: Resolver) -> None:
        """Add the materialization identity to the feature store's own."""
        if self.materialization_identity is not None:
            both = Identity(
                type="system_assigned,user_assigned", user_assigned_identities=[self.materialization_identity]
            )
            made["identity"] = body(both, resolver)
        for store in self.stores:
            put(made, f"properties.featureStoreSettings.{store.word}StoreConnectionName", store.connection)


_OWN_WORDS = {
    "hub_id": "project",
    "default_resource_group": "hub",
    "offline_store": "feature_store",
    "online_store": "feature_store",
    "materialization_identity": "feature_store",
    "compute_runtime": "feature_store",
}
"""What only one kind has -> the kind."""
_ALL: tuple[type[WorkspaceArgs], ...] = (WorkspaceArgs, HubArgs, ProjectArgs, FeatureStoreArgs)
_MODELS: Mapping[str, type[WorkspaceArgs]] = dict(zip(KINDS, _ALL, strict=True))


def _kind_of(given: Any) -> str:
    """Return the name of the model that a workspace is of: by `kind`, or by a word that only one kind has."""
    if not isinstance(given, Mapping):
        return type(given).__name__
    said = given.get("kind")
    word = said if isinstance(said, str) else next((kind for key, kind in _OWN_WORDS.items() if key in given), "")
    return _MODELS.get(spell_kind(word), WorkspaceArgs).__name__


AnyWorkspace = Annotated[WorkspaceArgs | HubArgs | ProjectArgs | FeatureStoreArgs, ToldBy(_kind_of)]
"""A workspace of any kind."""
