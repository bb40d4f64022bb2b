"""Azure Machine Learning platforms: az ml's words in, azure-native resources out.

What is listed here is the public surface: the components, the models that describe what they build, and the loader of
descriptions. Names are imported when they are used, so that checking a file doesn't wait for Pulumi.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azureml_infra.components.access import Access as Access
    from azureml_infra.components.assets import Asset as Asset
    from azureml_infra.components.compute import Compute as Compute
    from azureml_infra.components.container_group import ContainerGroup as ContainerGroup
    from azureml_infra.components.datastore import Datastore as Datastore
    from azureml_infra.components.endpoint import BatchEndpoint as BatchEndpoint
    from azureml_infra.components.endpoint import OnlineEndpoint as OnlineEndpoint
    from azureml_infra.components.existing_workspace import ExistingWorkspace as ExistingWorkspace
    from azureml_infra.components.guardrails import Guardrails as Guardrails
    from azureml_infra.components.ingestion import Ingestion as Ingestion
    from azureml_infra.components.inside import CapabilityHost as CapabilityHost
    from azureml_infra.components.inside import Connection as Connection
    from azureml_infra.components.inside import MarketplaceSubscription as MarketplaceSubscription
    from azureml_infra.components.inside import Schedule as Schedule
    from azureml_infra.components.inside import ServerlessEndpoint as ServerlessEndpoint
    from azureml_infra.components.job import DataImport as DataImport
    from azureml_infra.components.job import Job as Job
    from azureml_infra.components.ml_registry import Registry as Registry
    from azureml_infra.components.notebooks import Notebooks as Notebooks
    from azureml_infra.components.platform import Platform as Platform
    from azureml_infra.components.sharing import Share as Share
    from azureml_infra.components.workspace import Workspace as Workspace
    from azureml_infra.description.load import Description as Description
    from azureml_infra.description.load import load as load
    from azureml_infra.dynamic.routing import DefaultDeployment as DefaultDeployment
    from azureml_infra.dynamic.routing import Traffic as Traffic
    from azureml_infra.dynamic.schedules import ScheduleSwitch as ScheduleSwitch
    from azureml_infra.dynamic.upload import Upload as Upload
    from azureml_infra.entities.access import AccessEntry as AccessEntry
    from azureml_infra.entities.arguments import ArgumentError as ArgumentError
    from azureml_infra.entities.assets import Data as Data
    from azureml_infra.entities.assets import Environment as Environment
    from azureml_infra.entities.assets import RegisteredModel as RegisteredModel
    from azureml_infra.entities.attached import DatabricksCompute as DatabricksCompute
    from azureml_infra.entities.attached import KubernetesCompute as KubernetesCompute
    from azureml_infra.entities.attached import KubernetesExtension as KubernetesExtension
    from azureml_infra.entities.attached import SynapseSparkCompute as SynapseSparkCompute
    from azureml_infra.entities.attached import VirtualMachineCompute as VirtualMachineCompute
    from azureml_infra.entities.automl_job import ClassificationJob as ClassificationJob
    from azureml_infra.entities.automl_job import ForecastingJob as ForecastingJob
    from azureml_infra.entities.automl_job import ImageClassificationJob as ImageClassificationJob
    from azureml_infra.entities.automl_job import ImageClassificationMultilabelJob as ImageClassificationMultilabelJob
    from azureml_infra.entities.automl_job import ImageInstanceSegmentationJob as ImageInstanceSegmentationJob
    from azureml_infra.entities.automl_job import ImageObjectDetectionJob as ImageObjectDetectionJob
    from azureml_infra.entities.automl_job import RegressionJob as RegressionJob
    from azureml_infra.entities.automl_job import TextClassificationJob as TextClassificationJob
    from azureml_infra.entities.automl_job import TextClassificationMultilabelJob as TextClassificationMultilabelJob
    from azureml_infra.entities.automl_job import TextNerJob as TextNerJob
    from azureml_infra.entities.capability_host import CapabilityHostArgs as CapabilityHostArgs
    from azureml_infra.entities.compute import AmlCompute as AmlCompute
    from azureml_infra.entities.compute import ComputeInstance as ComputeInstance
    from azureml_infra.entities.connection import APIKeyConnection as APIKeyConnection
    from azureml_infra.entities.connection import AzureAISearchConnection as AzureAISearchConnection
    from azureml_infra.entities.connection import AzureAIServicesConnection as AzureAIServicesConnection
    from azureml_infra.entities.connection import AzureBlobConnection as AzureBlobConnection
    from azureml_infra.entities.connection import AzureContentSafetyConnection as AzureContentSafetyConnection
    from azureml_infra.entities.connection import AzureOpenAIConnection as AzureOpenAIConnection
    from azureml_infra.entities.connection import AzureSpeechConnection as AzureSpeechConnection
    from azureml_infra.entities.connection import DataLakeGen2Connection as DataLakeGen2Connection
    from azureml_infra.entities.connection import OneLakeConnection as OneLakeConnection
    from azureml_infra.entities.connection import OpenAIConnection as OpenAIConnection
    from azureml_infra.entities.connection import SerpConnection as SerpConnection
    from azureml_infra.entities.connection import ServerlessConnection as ServerlessConnection
    from azureml_infra.entities.connection import ServiceConnection as ServiceConnection
    from azureml_infra.entities.container_group import ContainerGroupArgs as ContainerGroupArgs
    from azureml_infra.entities.created_databricks import DatabricksTokenArgs as DatabricksTokenArgs
    from azureml_infra.entities.created_databricks import DatabricksVirtualNetwork as DatabricksVirtualNetwork
    from azureml_infra.entities.created_databricks import DatabricksWorkspaceArgs as DatabricksWorkspaceArgs
    from azureml_infra.entities.created_spark import CreatedSparkPool as CreatedSparkPool
    from azureml_infra.entities.data_import import ImportSchedule as ImportSchedule
    from azureml_infra.entities.datastore import AzureBlobDatastore as AzureBlobDatastore
    from azureml_infra.entities.datastore import AzureDataLakeGen2Datastore as AzureDataLakeGen2Datastore
    from azureml_infra.entities.datastore import AzureFileDatastore as AzureFileDatastore
    from azureml_infra.entities.datastore import OneLakeDatastore as OneLakeDatastore
    from azureml_infra.entities.endpoint import ManagedOnlineDeployment as ManagedOnlineDeployment
    from azureml_infra.entities.endpoint import ManagedOnlineEndpoint as ManagedOnlineEndpoint
    from azureml_infra.entities.features import FeatureSet as FeatureSet
    from azureml_infra.entities.features import FeatureStoreEntity as FeatureStoreEntity
    from azureml_infra.entities.guardrails import AllowedCompute as AllowedCompute
    from azureml_infra.entities.guardrails import DataScientistRole as DataScientistRole
    from azureml_infra.entities.guardrails import GuardrailsArgs as GuardrailsArgs
    from azureml_infra.entities.ingestion import BlobCreatedTrigger as BlobCreatedTrigger
    from azureml_infra.entities.ingestion import BlobSource as BlobSource
    from azureml_infra.entities.ingestion import HttpSource as HttpSource
    from azureml_infra.entities.ingestion import IngestedData as IngestedData
    from azureml_infra.entities.ingestion import IngestionArgs as IngestionArgs
    from azureml_infra.entities.ingestion import SecretHeader as SecretHeader
    from azureml_infra.entities.ingestion import SqlSource as SqlSource
    from azureml_infra.entities.job import CommandJob as CommandJob
    from azureml_infra.entities.job import PipelineJob as PipelineJob
    from azureml_infra.entities.kubernetes import KubernetesCluster as KubernetesCluster
    from azureml_infra.entities.kubernetes import NodePool as NodePool
    from azureml_infra.entities.monitor import MonitorSchedule as MonitorSchedule
    from azureml_infra.entities.notebooks import NotebooksArgs as NotebooksArgs
    from azureml_infra.entities.platform import ResourceGroup as ResourceGroup
    from azureml_infra.entities.registries import RegistryArgs as RegistryArgs
    from azureml_infra.entities.schedule import JobSchedule as JobSchedule
    from azureml_infra.entities.serverless import MarketplaceSubscriptionArgs as MarketplaceSubscriptionArgs
    from azureml_infra.entities.serverless import ServerlessEndpointArgs as ServerlessEndpointArgs
    from azureml_infra.entities.sharing import ShareArgs as ShareArgs
    from azureml_infra.entities.spark_job import SparkJob as SparkJob
    from azureml_infra.entities.sweep_job import SweepJob as SweepJob
    from azureml_infra.entities.workspace import RegistryMode as RegistryMode
    from azureml_infra.entities.workspace import WorkspaceArgs as WorkspaceArgs
    from azureml_infra.entities.workspace_kinds import FeatureStoreArgs as FeatureStoreArgs
    from azureml_infra.entities.workspace_kinds import HubArgs as HubArgs
    from azureml_infra.entities.workspace_kinds import ProjectArgs as ProjectArgs
    from azureml_infra.yaml.problems import DescriptionError as DescriptionError
    from azureml_infra.yaml.problems import Problem as Problem

_HOMES = {
    "azureml_infra.components.access": ("Access",),
    "azureml_infra.components.assets": ("Asset",),
    "azureml_infra.components.compute": ("Compute",),
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
    "azureml_infra.components.inside": (
        "CapabilityHost",
        "Connection",
        "MarketplaceSubscription",
        "Schedule",
        "ServerlessEndpoint",
    ),
    "azureml_infra.components.job": ("DataImport", "Job"),
    "azureml_infra.components.ml_registry": ("Registry",),
    "azureml_infra.components.notebooks": ("Notebooks",),
    "azureml_infra.components.platform": ("Platform",),
    "azureml_infra.components.sharing": ("Share",),
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

__all__ = list(_HOME_OF)


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
