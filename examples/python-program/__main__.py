"""A workspace in a virtual network of its own, with a cluster, a datastore and access for a team."""

import pulumi
from pulumi_azure_native import network, resources

from azureml_infra import (
    Access,
    AccessEntry,
    AmlCompute,
    AzureBlobDatastore,
    Compute,
    Datastore,
    Workspace,
    WorkspaceArgs,
)
from azureml_infra.entities.compute import NetworkSettings

LOCATION = "westeurope"
TEAM = "9f2d6c1e-0000-4000-8000-00000000da7a"

group = resources.ResourceGroup("group", resource_group_name="rg-research", location=LOCATION)
vnet = network.VirtualNetwork(
    "vnet",
    resource_group_name=group.name,
    virtual_network_name="vnet-research",
    location=LOCATION,
    address_space={"address_prefixes": ["10.0.0.0/16"]},
)
nodes = network.Subnet(
    "nodes",
    resource_group_name=group.name,
    virtual_network_name=vnet.name,
    subnet_name="nodes",
    address_prefix="10.0.0.0/24",
)

workspace = Workspace(
    "research",
    WorkspaceArgs(display_name="Research"),
    location=LOCATION,
    resource_group="rg-research",
    tags={"team": "research"},
    opts=pulumi.ResourceOptions(depends_on=[group]),
)
cluster = Compute(
    "cpu",
    AmlCompute(name="cpu", size="Standard_E4s_v3", max_instances=8, network_settings=NetworkSettings(subnet=nodes.id)),
    workspace=workspace,
)
store = Datastore("raw", AzureBlobDatastore(name="raw", container_name="raw", create=True), workspace=workspace)
Access(
    "team",
    [AccessEntry(role="AzureML Data Scientist", principal=TEAM, principal_type="group")],
    workspace=workspace,
)

pulumi.export("workspace", workspace.id)
pulumi.export("cluster", cluster.id)
