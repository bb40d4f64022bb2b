"""The nouns of the verbs: what each is in ARM, which words a table shows, and which verbs it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azureml_arm.types import by_type

ML = "Microsoft.MachineLearningServices/workspaces"
REGISTRIES = "Microsoft.MachineLearningServices/registries"
LIST, SHOW, CREATE = "list", "show", "create"
_ALL = (LIST, SHOW, CREATE)
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
_ASSET = ("name", "version", "type", "description")
_ENDPOINT = {"scoring_uri": "properties.scoringUri", **_STATE}

NOUNS = {
    noun.name: noun
    for noun in (
        Noun(
            "workspace",
            "workspaces",
            ML,
            ("name", "location", "resource_group", "display_name", "provisioning_state"),
            "workspace",
            {**_STATE, "workspace_id": "properties.workspaceId"},
        ),
        Noun(
            "compute",
            "computes",
            f"{ML}/computes",
            ("name", "type", "size", "state", "min_instances", "max_instances", "provisioning_state"),
            "compute",
            {
                **_STATE,
                "state": "properties.properties.state",
                "current_instances": "properties.properties.currentNodeCount",
            },
            (*_ALL, "attach", "list-sizes", "list-usage", "list-nodes"),
        ),
        Noun(
            "datastore",
            "datastores",
            f"{ML}/datastores",
            ("name", "type", "account_name", "container_name", "file_share_name", "filesystem"),
            "datastore",
        ),
        Noun(
            "data",
            "data",
            f"{ML}/data",
            (*_ASSET, "path"),
            "data asset",
            verbs=(*_ALL, "import", "share"),
            versioned=True,
        ),
        Noun("model", "models", f"{ML}/models", _ASSET, "model", verbs=_SHARED, versioned=True),
        Noun(
            "environment",
            "environments",
            f"{ML}/environments",
            (*_ASSET, "image"),
            "environment",
            verbs=_SHARED,
            versioned=True,
        ),
        Noun("component", "components", f"{ML}/components", (*_ASSET, "display_name"), "component", versioned=True),
        Noun(
            "job",
            "jobs",
            f"{ML}/jobs",
            ("name", "type", "status", "experiment_name", "display_name", "created_at"),
            "job",
            {"status": "properties.status", "studio": "properties.services.Studio.endpoint"},
            (*_ALL, "validate", "stream", "cancel"),
        ),
        Noun(
            "online-endpoint",
            "online_endpoints",
            f"{ML}/onlineEndpoints",
            ("name", "auth_mode", "traffic", "provisioning_state", "scoring_uri"),
            "online endpoint",
            _ENDPOINT,
        ),
        Noun(
            "online-deployment",
            "online_deployments",
            f"{ML}/onlineEndpoints/deployments",
            ("endpoint_name", "name", "type", "instance_type", "instance_count", "model", "provisioning_state"),
            "online deployment",
            _STATE,
        ),
        Noun(
            "batch-endpoint",
            "batch_endpoints",
            f"{ML}/batchEndpoints",
            ("name", "auth_mode", "defaults", "provisioning_state", "scoring_uri"),
            "batch endpoint",
            _ENDPOINT,
        ),
        Noun(
            "batch-deployment",
            "batch_deployments",
            f"{ML}/batchEndpoints/deployments",
            ("endpoint_name", "name", "type", "compute", "model", "provisioning_state"),
            "batch deployment",
            _STATE,
        ),
        Noun(
            "serverless-endpoint",
            "serverless_endpoints",
            f"{ML}/serverlessEndpoints",
            ("name", "model_id", "auth_mode", "provisioning_state", "scoring_uri"),
            "serverless endpoint",
            {"scoring_uri": "properties.inferenceEndpoint.uri", **_STATE},
        ),
        Noun(
            "marketplace-subscription",
            "marketplace_subscriptions",
            f"{ML}/marketplaceSubscriptions",
            ("name", "model_id", "status", "provisioning_state"),
            "marketplace subscription",
            {"status": "properties.marketplaceSubscriptionStatus", **_STATE},
        ),
        Noun(
            "connection",
            "connections",
            f"{ML}/connections",
            ("name", "type", "target", "is_shared"),
            "connection",
        ),
        Noun(
            "schedule",
            "schedules",
            f"{ML}/schedules",
            ("name", "display_name", "is_enabled", "trigger", "provisioning_state"),
            "schedule",
            {"is_enabled": "properties.isEnabled", **_STATE},
        ),
        Noun(
            "registry",
            "registries",
            REGISTRIES,
            ("name", "location", "resource_group", "replication_locations", "discovery_url"),
            "registry",
            {"discovery_url": "properties.discoveryUrl"},
        ),
        Noun(
            "feature-store",
            "workspaces",
            ML,
            ("name", "location", "resource_group", "display_name", "provisioning_state"),
            "feature store",
            {**_STATE, "workspace_id": "properties.workspaceId"},
            kind="feature_store",
        ),
        Noun("feature-set", "feature_sets", f"{ML}/featuresets", (*_ASSET, "stage"), "feature set", versioned=True),
        Noun(
            "feature-store-entity",
            "feature_store_entities",
            f"{ML}/featurestoreEntities",
            (*_ASSET, "stage"),
            "feature store entity",
            versioned=True,
        ),
        Noun(
            "capability-host",
            "capability_hosts",
            f"{ML}/capabilityHosts",
            ("name", "capability_host_kind", "provisioning_state"),
            "capability host",
            _STATE,
        ),
    )
}
"""By az ml's name."""
