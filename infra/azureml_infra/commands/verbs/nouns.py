"""The nouns of the verbs: what each is in ARM, which words a table shows, and which verbs it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azureml_arm.types import by_type
from azureml_infra.entities.references import FAMILIES, SEGMENTS, VERSIONED

ML = "Microsoft.MachineLearningServices/workspaces"
REGISTRIES = "Microsoft.MachineLearningServices/registries"
LIST, SHOW, CREATE = "list", "show", "create"
_ALL = (LIST, SHOW, CREATE, "update")
_SHARED = (*_ALL, "share")


@dataclass(frozen=True)
class Noun:
    """One noun of ``az ml``."""

    name: str
    section: str
    """The section of its kinds: that of platform.yml, but for workspaces."""
    type: str
    """Its ARM type; of one with versions, that of a name."""
    columns: tuple[str, ...]
    """What a table of several shows, in az ml's words."""
    noun: str
    """What one is called in messages."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What Azure says of one beside its description: the word and the path in ARM's body."""
    verbs: tuple[str, ...] = _ALL
    versioned: bool = False
    kind: str = ""
    """The kind of workspace that it is."""

    @property
    def plural(self) -> str:
        """Return what several are called in messages."""
        return f"{self.noun[:-1]}ies" if self.noun.endswith("y") else f"{self.noun}s"

    @property
    def is_workspace(self) -> bool:
        """Return whether it is a workspace, of any kind or one."""
        return self.type == ML

    @property
    def is_top(self) -> bool:
        """Return whether it is in a resource group, and not in a workspace."""
        return self.type in (ML, REGISTRIES)

    @property
    def has_reference(self) -> bool:
        """Return whether az prints its id as the reference that a file has: of assets and jobs."""
        return self.versioned or self.section == "jobs"

    @property
    def in_registries(self) -> bool:
        """Return whether a registry has it, too."""
        return self.section in ("components", "data", "environments", "models")

    @property
    def in_feature_store(self) -> bool:
        """Return whether it is in a feature store, which is a workspace."""
        return self.section in ("feature_sets", "feature_store_entities")

    @property
    def below(self) -> str:
        """Return its path below a workspace, with a place for the endpoint's name where it belongs to one."""
        return self.type.removeprefix(ML).replace("Endpoints/", "Endpoints/{endpoint}/")

    @property
    def of_endpoint(self) -> bool:
        """Return whether it belongs to an endpoint."""
        return "{endpoint}" in self.below

    @property
    def api_version(self) -> str:
        """Return the API version that it is read with."""
        declared = by_type(self.type)
        assert declared is not None  # noqa: S101  (a test reads each)
        return declared.api_version


_STATE = {"provisioning_state": "properties.provisioningState"}
_ASSET = ("name", "version", "latest_version", "type", "description")
_ENDPOINT = {"scoring_uri": "properties.scoringUri", "openapi_uri": "properties.swaggerUri", **_STATE}

_TOP = ("name", "location", "resource_group", "display_name", "provisioning_state")
_TOP_FACTS = {
    **_STATE,
    "workspace_id": "properties.workspaceId",
    "discovery_url": "properties.discoveryUrl",
    "mlflow_tracking_uri": "properties.mlFlowTrackingUri",
}


def _inside(
    section: str,
    columns: tuple[str, ...],
    facts: Mapping[str, str] | None = None,
    *,
    verbs: tuple[str, ...] = _ALL,
) -> Noun:
    """Return the noun of what a section describes in a workspace, called as messages call one."""
    noun, versioned = FAMILIES[section], section in VERSIONED
    type_name = f"{ML}/{SEGMENTS.get(section, section)}"
    name = noun.removesuffix(" asset").replace(" ", "-")
    return Noun(name, section, type_name, columns, noun, facts or {}, verbs, versioned)


_COMPUTE_FACTS = {
    **_STATE,
    "state": "properties.properties.state",
    "current_instances": "properties.properties.currentNodeCount",
    "created_on": "properties.createdOn",
}
_REGISTRY_FACTS = {
    "discovery_url": "properties.discoveryUrl",
    "mlflow_registry_uri": "properties.mlFlowRegistryUri",
}
_REGISTRY = ("name", "location", "resource_group", "replication_locations", "discovery_url")
NOUNS = {
    noun.name: noun
    for noun in (
        Noun("workspace", "workspaces", ML, _TOP, "workspace", _TOP_FACTS),
        _inside(
            "computes",
            ("name", "type", "size", "state", "min_instances", "max_instances", "provisioning_state"),
            _COMPUTE_FACTS,
            verbs=(*_ALL, "attach", "list-sizes", "list-usage", "list-nodes"),
        ),
        _inside("datastores", ("name", "type", "account_name", "container_name", "file_share_name", "filesystem")),
        _inside("data", (*_ASSET, "path"), verbs=(*_ALL, "import", "share")),
        _inside("models", _ASSET, verbs=_SHARED),
        _inside("environments", (*_ASSET, "image"), verbs=_SHARED),
        _inside("components", (*_ASSET, "display_name")),
        _inside(
            "jobs",
            ("name", "type", "status", "experiment_name", "display_name", "creation_context.created_at"),
            {"status": "properties.status"},
            verbs=(LIST, SHOW, CREATE, "validate", "stream", "cancel"),
        ),
        _inside("online_endpoints", ("name", "auth_mode", "traffic", "provisioning_state", "scoring_uri"), _ENDPOINT),
        _inside(
            "online_deployments",
            ("endpoint_name", "name", "type", "instance_type", "instance_count", "model", "provisioning_state"),
            _STATE,
        ),
        _inside("batch_endpoints", ("name", "auth_mode", "defaults", "provisioning_state", "scoring_uri"), _ENDPOINT),
        _inside(
            "batch_deployments",
            ("endpoint_name", "name", "type", "compute", "model", "provisioning_state"),
            _STATE,
        ),
        _inside(
            "serverless_endpoints",
            ("name", "model_id", "auth_mode", "provisioning_state", "scoring_uri"),
            {"scoring_uri": "properties.inferenceEndpoint.uri", **_STATE},
        ),
        _inside(
            "marketplace_subscriptions",
            ("name", "model_id", "status", "provisioning_state"),
            {"status": "properties.marketplaceSubscriptionStatus", **_STATE},
        ),
        _inside("connections", ("name", "type", "target", "is_shared")),
        _inside(
            "schedules",
            ("name", "display_name", "is_enabled", "trigger", "provisioning_state"),
            {"is_enabled": "properties.isEnabled", **_STATE},
        ),
        Noun("registry", "registries", REGISTRIES, _REGISTRY, "registry", _REGISTRY_FACTS),
        Noun("feature-store", "workspaces", ML, _TOP, "feature store", _TOP_FACTS, kind="feature_store"),
        _inside("feature_sets", (*_ASSET, "stage")),
        _inside("feature_store_entities", (*_ASSET, "stage")),
        _inside("capability_hosts", ("name", "capability_host_kind", "provisioning_state"), _STATE),
    )
}
"""By az ml's name."""
