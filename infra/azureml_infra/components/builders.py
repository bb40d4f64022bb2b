"""Which component an entity becomes, and what is made for it. A module, and the models that it knows, are imported only
for what is described.
"""

from functools import cache
from importlib import import_module
from typing import Any

BUILDERS: dict[str, str] = {
    "registries": "ml_registry.Registry",
    "computes": "compute.Compute",
    "datastores": "datastore.Datastore",
    "environments": "assets.Asset",
    "data": "assets.Asset",
    "models": "assets.Asset",
    "components": "assets.Asset",
    "online_endpoints": "endpoint.OnlineEndpoint",
    "test_deployments": "container_group.ContainerGroup",
    "batch_endpoints": "endpoint.BatchEndpoint",
    "share": "sharing.Share",
    "marketplace_subscriptions": "inside.MarketplaceSubscription",
    "serverless_endpoints": "inside.ServerlessEndpoint",
    "feature_store_entities": "assets.Asset",
    "feature_sets": "assets.Asset",
    "capability_hosts": "inside.CapabilityHost",
    "jobs": "job.Job",
    "connections": "inside.Connection",
    "schedules": "inside.Schedule",
    "data_imports": "job.DataImport",
    "ingestion": "ingestion.Ingestion",
}
"""Family -> the place of its component. A component takes a name, the entity and the workspace."""
CREATED: dict[str, str] = {
    "kubernetes": "kubernetes.KubernetesParts",
    "databricks": "created_databricks.CreatedDatabricks",
    "synapsespark": "created_spark.CreatedSpark",
}
"""Type of a compute -> the place of what makes what it is attached to."""


@cache
def maker(place: str) -> Any:
    """Return what is at a place of this package: a component, or what makes a part of one."""
    module, _, name = place.partition(".")
    return getattr(import_module(f"azureml_infra.components.{module}"), name)
