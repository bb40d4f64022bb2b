"""Azure Machine Learning platforms: az ml's words in, azure-native resources out.

What is listed here is the public surface: the components, the models that describe what they build, and the loader of
descriptions. Names are imported when they are used, so that checking a file doesn't wait for Pulumi.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azureml_infra.components.access import Access
    from azureml_infra.components.assets import Asset
    from azureml_infra.components.capability_host import CapabilityHost
    from azureml_infra.components.compute import Compute
    from azureml_infra.components.connection import Connection
    from azureml_infra.components.container_group import ContainerGroup
    from azureml_infra.components.datastore import Datastore
    from azureml_infra.components.endpoint import BatchEndpoint, OnlineEndpoint
    from azureml_infra.components.existing_workspace import ExistingWorkspace
    from azureml_infra.components.guardrails import Guardrails
    from azureml_infra.components.ingestion import Ingestion
    from azureml_infra.components.job import DataImport, Job
    from azureml_infra.components.ml_registry import Registry
    from azureml_infra.components.notebooks import Notebooks
    from azureml_infra.components.platform import Platform
    from azureml_infra.components.schedule import Schedule
    from azureml_infra.components.serverless import MarketplaceSubscription, ServerlessEndpoint
    from azureml_infra.components.sharing import Share
    from azureml_infra.components.workspace import Workspace
    from azureml_infra.description.load import Description, load
    from azureml_infra.dynamic.routing import DefaultDeployment, Traffic
    from azureml_infra.dynamic.schedules import ScheduleSwitch
    from azureml_infra.dynamic.upload import Upload
    from azureml_infra.entities.access import AccessEntry
    from azureml_infra.entities.arguments import ArgumentError
    from azureml_infra.entities.assets import Data, Environment, RegisteredModel
    from azureml_infra.entities.attached import (
        DatabricksCompute,
        KubernetesCompute,
        KubernetesExtension,
        SynapseSparkCompute,
        VirtualMachineCompute,
    )
    from azureml_infra.entities.automl_job import (
        ClassificationJob,
        ForecastingJob,
        ImageClassificationJob,
        ImageClassificationMultilabelJob,
        ImageInstanceSegmentationJob,
        ImageObjectDetectionJob,
        RegressionJob,
        TextClassificationJob,
        TextClassificationMultilabelJob,
        TextNerJob,
    )
    from azureml_infra.entities.capability_host import CapabilityHostArgs
    from azureml_infra.entities.compute import AmlCompute, ComputeInstance
    from azureml_infra.entities.connection import (
        APIKeyConnection,
        AzureAISearchConnection,
        AzureAIServicesConnection,
        AzureBlobConnection,
        AzureContentSafetyConnection,
        AzureOpenAIConnection,
        AzureSpeechConnection,
        DataLakeGen2Connection,
        OneLakeConnection,
        OpenAIConnection,
        SerpConnection,
        ServerlessConnection,
        ServiceConnection,
    )
    from azureml_infra.entities.container_group import ContainerGroupArgs
    from azureml_infra.entities.created_databricks import (
        DatabricksTokenArgs,
        DatabricksVirtualNetwork,
        DatabricksWorkspaceArgs,
    )
    from azureml_infra.entities.created_spark import CreatedSparkPool
    from azureml_infra.entities.data_import import ImportSchedule
    from azureml_infra.entities.datastore import (
        AzureBlobDatastore,
        AzureDataLakeGen2Datastore,
        AzureFileDatastore,
        OneLakeDatastore,
    )
    from azureml_infra.entities.endpoint import ManagedOnlineDeployment, ManagedOnlineEndpoint
    from azureml_infra.entities.features import FeatureSet, FeatureStoreEntity
    from azureml_infra.entities.guardrails import AllowedCompute, DataScientistRole, GuardrailsArgs
    from azureml_infra.entities.ingestion import (
        BlobCreatedTrigger,
        BlobSource,
        HttpSource,
        IngestedData,
        IngestionArgs,
        SecretHeader,
        SqlSource,
    )
    from azureml_infra.entities.job import CommandJob, PipelineJob
    from azureml_infra.entities.kubernetes import KubernetesCluster, NodePool
    from azureml_infra.entities.monitor import MonitorSchedule
    from azureml_infra.entities.notebooks import NotebooksArgs
    from azureml_infra.entities.platform import ResourceGroup
    from azureml_infra.entities.registries import RegistryArgs
    from azureml_infra.entities.schedule import JobSchedule
    from azureml_infra.entities.serverless import MarketplaceSubscriptionArgs, ServerlessEndpointArgs
    from azureml_infra.entities.sharing import ShareArgs
    from azureml_infra.entities.spark_job import SparkJob
    from azureml_infra.entities.sweep_job import SweepJob
    from azureml_infra.entities.workspace import RegistryMode, WorkspaceArgs
    from azureml_infra.entities.workspace_kinds import FeatureStoreArgs, HubArgs, ProjectArgs
    from azureml_infra.yaml.problems import DescriptionError, Problem

_HOMES = {
    "azureml_infra.components.access": ("Access",),
    "azureml_infra.components.assets": ("Asset",),
    "azureml_infra.components.capability_host": ("CapabilityHost",),
    "azureml_infra.components.compute": ("Compute",),
    "azureml_infra.components.connection": ("Connection",),
    "azureml_infra.components.container_group": ("ContainerGroup",),
    "azureml_infra.components.ingestion": ("Ingestion",),
    "azureml_infra.entities.container_group": ("ContainerGroupArgs",),
    "azureml_infra.entities.created_databricks": (
        "DatabricksTokenArgs",
        "DatabricksVirtualNetwork",
        "DatabricksWorkspaceArgs",
    ),
    "azureml_infra.entities.created_spark": ("CreatedSparkPool",),
    "azureml_infra.entities.kubernetes": ("KubernetesCluster", "NodePool"),
    "azureml_infra.entities.ingestion": (
        "BlobCreatedTrigger",
        "BlobSource",
        "HttpSource",
        "IngestedData",
        "IngestionArgs",
        "SecretHeader",
        "SqlSource",
    ),
    "azureml_infra.components.datastore": ("Datastore",),
    "azureml_infra.components.endpoint": ("BatchEndpoint", "OnlineEndpoint"),
    "azureml_infra.components.existing_workspace": ("ExistingWorkspace",),
    "azureml_infra.components.guardrails": ("Guardrails",),
    "azureml_infra.components.job": ("DataImport", "Job"),
    "azureml_infra.components.ml_registry": ("Registry",),
    "azureml_infra.components.notebooks": ("Notebooks",),
    "azureml_infra.components.platform": ("Platform",),
    "azureml_infra.components.sharing": ("Share",),
    "azureml_infra.components.schedule": ("Schedule",),
    "azureml_infra.components.serverless": ("MarketplaceSubscription", "ServerlessEndpoint"),
    "azureml_infra.components.workspace": ("Workspace",),
    "azureml_infra.description.load": ("Description", "load"),
    "azureml_infra.yaml.problems": ("DescriptionError", "Problem"),
    "azureml_infra.dynamic.routing": ("DefaultDeployment", "Traffic"),
    "azureml_infra.dynamic.schedules": ("ScheduleSwitch",),
    "azureml_infra.dynamic.upload": ("Upload",),
    "azureml_infra.entities.access": ("AccessEntry",),
    "azureml_infra.entities.arguments": ("ArgumentError",),
    "azureml_infra.entities.assets": ("Data", "Environment", "RegisteredModel"),
    "azureml_infra.entities.attached": (
        "DatabricksCompute",
        "KubernetesCompute",
        "KubernetesExtension",
        "SynapseSparkCompute",
        "VirtualMachineCompute",
    ),
    "azureml_infra.entities.automl_job": (
        "ClassificationJob",
        "ForecastingJob",
        "ImageClassificationJob",
        "ImageClassificationMultilabelJob",
        "ImageInstanceSegmentationJob",
        "ImageObjectDetectionJob",
        "RegressionJob",
        "TextClassificationJob",
        "TextClassificationMultilabelJob",
        "TextNerJob",
    ),
    "azureml_infra.entities.compute": ("AmlCompute", "ComputeInstance"),
    "azureml_infra.entities.connection": (
        "APIKeyConnection",
        "AzureAISearchConnection",
        "AzureAIServicesConnection",
        "AzureBlobConnection",
        "AzureContentSafetyConnection",
        "AzureOpenAIConnection",
        "AzureSpeechConnection",
        "DataLakeGen2Connection",
        "OneLakeConnection",
        "OpenAIConnection",
        "SerpConnection",
        "ServerlessConnection",
        "ServiceConnection",
    ),
    "azureml_infra.entities.datastore": (
        "AzureBlobDatastore",
        "AzureDataLakeGen2Datastore",
        "AzureFileDatastore",
        "OneLakeDatastore",
    ),
    "azureml_infra.entities.endpoint": ("ManagedOnlineDeployment", "ManagedOnlineEndpoint"),
    "azureml_infra.entities.guardrails": ("AllowedCompute", "DataScientistRole", "GuardrailsArgs"),
    "azureml_infra.entities.job": ("CommandJob", "PipelineJob"),
    "azureml_infra.entities.spark_job": ("SparkJob",),
    "azureml_infra.entities.sweep_job": ("SweepJob",),
    "azureml_infra.entities.notebooks": ("NotebooksArgs",),
    "azureml_infra.entities.platform": ("ResourceGroup",),
    "azureml_infra.entities.serverless": ("MarketplaceSubscriptionArgs", "ServerlessEndpointArgs"),
    "azureml_infra.entities.registries": ("RegistryArgs",),
    "azureml_infra.entities.sharing": ("ShareArgs",),
    "azureml_infra.entities.capability_host": ("CapabilityHostArgs",),
    "azureml_infra.entities.features": ("FeatureSet", "FeatureStoreEntity"),
    "azureml_infra.entities.data_import": ("ImportSchedule",),
    "azureml_infra.entities.monitor": ("MonitorSchedule",),
    "azureml_infra.entities.schedule": ("JobSchedule",),
    "azureml_infra.entities.workspace": ("RegistryMode", "WorkspaceArgs"),
    "azureml_infra.entities.workspace_kinds": ("FeatureStoreArgs", "HubArgs", "ProjectArgs"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "APIKeyConnection",
    "Access",
    "AccessEntry",
    "AllowedCompute",
    "AmlCompute",
    "ArgumentError",
    "Asset",
    "AzureAISearchConnection",
    "AzureAIServicesConnection",
    "AzureBlobConnection",
    "AzureBlobDatastore",
    "AzureContentSafetyConnection",
    "AzureDataLakeGen2Datastore",
    "AzureFileDatastore",
    "AzureOpenAIConnection",
    "AzureSpeechConnection",
    "BatchEndpoint",
    "BlobCreatedTrigger",
    "BlobSource",
    "CapabilityHost",
    "CapabilityHostArgs",
    "ClassificationJob",
    "CommandJob",
    "Compute",
    "ComputeInstance",
    "Connection",
    "ContainerGroup",
    "ContainerGroupArgs",
    "CreatedSparkPool",
    "Data",
    "DataImport",
    "DataLakeGen2Connection",
    "DataScientistRole",
    "DatabricksCompute",
    "DatabricksTokenArgs",
    "DatabricksVirtualNetwork",
    "DatabricksWorkspaceArgs",
    "Datastore",
    "DefaultDeployment",
    "Description",
    "DescriptionError",
    "Environment",
    "ExistingWorkspace",
    "FeatureSet",
    "FeatureStoreArgs",
    "FeatureStoreEntity",
    "ForecastingJob",
    "Guardrails",
    "GuardrailsArgs",
    "HttpSource",
    "HubArgs",
    "ImageClassificationJob",
    "ImageClassificationMultilabelJob",
    "ImageInstanceSegmentationJob",
    "ImageObjectDetectionJob",
    "ImportSchedule",
    "IngestedData",
    "Ingestion",
    "IngestionArgs",
    "Job",
    "JobSchedule",
    "KubernetesCluster",
    "KubernetesCompute",
    "KubernetesExtension",
    "ManagedOnlineDeployment",
    "ManagedOnlineEndpoint",
    "MarketplaceSubscription",
    "MarketplaceSubscriptionArgs",
    "MonitorSchedule",
    "NodePool",
    "Notebooks",
    "NotebooksArgs",
    "OneLakeConnection",
    "OneLakeDatastore",
    "OnlineEndpoint",
    "OpenAIConnection",
    "PipelineJob",
    "Platform",
    "Problem",
    "ProjectArgs",
    "RegisteredModel",
    "Registry",
    "RegistryArgs",
    "RegistryMode",
    "RegressionJob",
    "ResourceGroup",
    "Schedule",
    "ScheduleSwitch",
    "SecretHeader",
    "SerpConnection",
    "ServerlessConnection",
    "ServerlessEndpoint",
    "ServerlessEndpointArgs",
    "ServiceConnection",
    "Share",
    "ShareArgs",
    "SparkJob",
    "SqlSource",
    "SweepJob",
    "SynapseSparkCompute",
    "TextClassificationJob",
    "TextClassificationMultilabelJob",
    "TextNerJob",
    "Traffic",
    "Upload",
    "VirtualMachineCompute",
    "Workspace",
    "WorkspaceArgs",
    "load",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'azureml_infra' has no attribute {name!r}")
    module = importlib.import_module(_HOME_OF[name])
    _explain_mistakes()
    return getattr(module, name)


def _explain_mistakes() -> None:
    """Give the models of a Python program the words that files get."""
    from azureml_infra.entities import arguments

    if not arguments.explain:
        arguments.explain.append(_explain)


def _explain(*mistake: Any) -> list[str]:
    from azureml_infra.description.arguments import explain  # only once there is something to explain

    return explain(*mistake)
