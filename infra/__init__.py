"""Azure Machine Learning platforms: az ml's words in, azure-native resources out.

What is listed here is the public surface: the components, the models that describe what they build, and the loader of
descriptions. Names are imported when they are used, so that checking a file doesn't wait for Pulumi.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.components.access import Access
    from infra.components.assets import Asset
    from infra.components.compute import Compute
    from infra.components.datastore import Datastore
    from infra.components.endpoint import BatchEndpoint, OnlineEndpoint
    from infra.components.guardrails import Guardrails
    from infra.components.job import Job
    from infra.components.platform import Platform
    from infra.components.workspace import Workspace
    from infra.description.load import Description, load
    from infra.description.problems import DescriptionError, Problem
    from infra.dynamic.routing import DefaultDeployment, Traffic
    from infra.dynamic.upload import Upload
    from infra.entities.access import AccessEntry
    from infra.entities.assets import Data, Environment, RegisteredModel
    from infra.entities.attached import (
        DatabricksCompute,
        KubernetesCompute,
        SynapseSparkCompute,
        VirtualMachineCompute,
    )
    from infra.entities.compute import AmlCompute, ComputeInstance
    from infra.entities.datastore import (
        AzureBlobDatastore,
        AzureDataLakeGen2Datastore,
        AzureFileDatastore,
        OneLakeDatastore,
    )
    from infra.entities.endpoint import ManagedOnlineDeployment, ManagedOnlineEndpoint
    from infra.entities.guardrails import AllowedCompute, DataScientistRole, GuardrailsArgs
    from infra.entities.job import CommandJob, PipelineJob
    from infra.entities.platform import ResourceGroup
    from infra.entities.workspace import RegistryMode, WorkspaceArgs

_HOMES = {
    "infra.components.access": ("Access",),
    "infra.components.assets": ("Asset",),
    "infra.components.compute": ("Compute",),
    "infra.components.datastore": ("Datastore",),
    "infra.components.endpoint": ("BatchEndpoint", "OnlineEndpoint"),
    "infra.components.guardrails": ("Guardrails",),
    "infra.components.job": ("Job",),
    "infra.components.platform": ("Platform",),
    "infra.components.workspace": ("Workspace",),
    "infra.description.load": ("Description", "load"),
    "infra.description.problems": ("DescriptionError", "Problem"),
    "infra.dynamic.routing": ("DefaultDeployment", "Traffic"),
    "infra.dynamic.upload": ("Upload",),
    "infra.entities.access": ("AccessEntry",),
    "infra.entities.assets": ("Data", "Environment", "RegisteredModel"),
    "infra.entities.attached": (
        "DatabricksCompute",
        "KubernetesCompute",
        "SynapseSparkCompute",
        "VirtualMachineCompute",
    ),
    "infra.entities.compute": ("AmlCompute", "ComputeInstance"),
    "infra.entities.datastore": (
        "AzureBlobDatastore",
        "AzureDataLakeGen2Datastore",
        "AzureFileDatastore",
        "OneLakeDatastore",
    ),
    "infra.entities.endpoint": ("ManagedOnlineDeployment", "ManagedOnlineEndpoint"),
    "infra.entities.guardrails": ("AllowedCompute", "DataScientistRole", "GuardrailsArgs"),
    "infra.entities.job": ("CommandJob", "PipelineJob"),
    "infra.entities.platform": ("ResourceGroup",),
    "infra.entities.workspace": ("RegistryMode", "WorkspaceArgs"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Access",
    "AccessEntry",
    "AllowedCompute",
    "AmlCompute",
    "Asset",
    "AzureBlobDatastore",
    "AzureDataLakeGen2Datastore",
    "AzureFileDatastore",
    "BatchEndpoint",
    "CommandJob",
    "Compute",
    "ComputeInstance",
    "Data",
    "DataScientistRole",
    "DatabricksCompute",
    "Datastore",
    "DefaultDeployment",
    "Description",
    "DescriptionError",
    "Environment",
    "Guardrails",
    "GuardrailsArgs",
    "Job",
    "KubernetesCompute",
    "ManagedOnlineDeployment",
    "ManagedOnlineEndpoint",
    "OneLakeDatastore",
    "OnlineEndpoint",
    "PipelineJob",
    "Platform",
    "Problem",
    "RegisteredModel",
    "RegistryMode",
    "ResourceGroup",
    "SynapseSparkCompute",
    "Traffic",
    "Upload",
    "VirtualMachineCompute",
    "Workspace",
    "WorkspaceArgs",
    "load",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'infra' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
