"""Where the model of Azure is put together: the pipeline, its types and gates, and the data of its services."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from azureml_arm.ids import ResourceId
from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from azureml_sandbox.data.blobs import Blobs, FileShares
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model.cloud import Observer, PutRequest, RequestPipeline
from azureml_sandbox.model.records import parse
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.model.store import Store
from azureml_sandbox.services import TYPES
from azureml_sandbox.services.authorization import locks
from azureml_sandbox.services.authorization.policy.enforcement import enforce
from azureml_sandbox.services.authorization.rights import Rights
from azureml_sandbox.services.datafactory.triggers import blob_created

__all__ = ["SUBSCRIPTION", "TENANT", "Azure", "Observer", "PutRequest", "parse"]


class Azure(RequestPipeline):
    """Azure on this machine: one subscription in one tenant, with every type that the sandbox models."""

    def __init__(self, store: Store | None = None, subscription: str = SUBSCRIPTION, tenant: str = TENANT) -> None:
        super().__init__(TYPES, (locks.refuse, _policies), store, subscription, tenant)
        self.blobs = self.part(Blobs)
        self.files = self.part(FileShares)
        self.vaults = self.part(Vaults)
        self.rights = self.part(Rights)
        self.blobs.watchers.append(partial(blob_created, self, self.blobs))


def _policies(azure: Cloud, target: ResourceId, body: Mapping[str, Any] | None) -> None:
    if body is not None:
        enforce(azure, target, body)
