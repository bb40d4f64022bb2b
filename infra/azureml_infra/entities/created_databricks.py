"""An Azure Databricks workspace that is made for a compute: `create` beside the attach. az ml has no words for it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from azureml_infra.entities.base import LOCAL, Arm, InputStr, Model, is_output, refusal
from azureml_infra.entities.fields import id_of
from azureml_infra.entities.tags import Tags
from azureml_infra.entities.words import ANY_CASE, PASCAL, Switch, name_rule

_PARAMETERS = "properties.parameters"


class DatabricksTokenArgs(Model):
    """A personal access token that is asked for with Entra ID, and that belongs to whoever runs the program."""

    lifetime_days: Annotated[int, Field(ge=1, le=730)] = 90
    """How long it lasts. A run in the last third of that makes another one."""


class DatabricksVirtualNetwork(Model):
    """A virtual network of one's own for the workspace's machines, in its region and subscription: two subnets, both
    delegated to Microsoft.Databricks/workspaces and with a network security group
    (https://learn.microsoft.com/azure/databricks/security/network/classic/vnet-inject).
    """

    id: Annotated[
        InputStr, id_of("Microsoft.Network/virtualNetworks"), Arm("customVirtualNetworkId.value", immutable=True)
    ]
    """ARM id of the virtual network. A workspace stays in its network: another one makes another workspace."""
    public_subnet: Annotated[InputStr, Arm("customPublicSubnetName.value")]
    """Name of the subnet of the hosts. It is called public without `public_ip`, too."""
    private_subnet: Annotated[InputStr, Arm("customPrivateSubnetName.value")]
    """Name of the subnet of the containers."""

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        hosts, containers = self.public_subnet, self.private_subnet
        if not is_output(hosts) and not is_output(containers) and str(hosts).lower() == str(containers).lower():
            what = "hosts and containers take a subnet each"
            raise refusal(what, "another subnet than that of the hosts", "private_subnet")
        return self


class DatabricksWorkspaceArgs(Model):
    """An Azure Databricks workspace that is made here, in the platform's resource group."""

    arm_constants: ClassVar[Mapping[str, Any]] = {"properties.computeMode": "Hybrid"}

    name: Annotated[str | None, LOCAL, name_rule("databricks")] = None
    """Its name; made of the ML workspace's and the compute's if left out."""
    sku: Annotated[Literal["premium", "trial"], ANY_CASE, Arm("sku.name")] = "premium"
    """The pricing tier. `trial` is premium without DBU charges for 14 days; the tier `standard` ended in 2026."""
    public_ip: Annotated[
        bool, Arm(f"{_PARAMETERS}.enableNoPublicIp.value", lambda given: not given, back=lambda said: not said)
    ] = False
    """Whether its machines have public addresses. Without (secure cluster connectivity) no port of theirs is open."""
    vnet: Annotated[DatabricksVirtualNetwork | None, Arm(_PARAMETERS)] = None
    """The network of its machines; one that Databricks makes and manages, with a NAT gateway, if left out."""
    public_network_access: Annotated[Switch, Arm("properties.publicNetworkAccess")] = "enabled"
    """Whether its web page and its API answer outside of private endpoints. `disabled` needs `vnet`."""
    required_nsg_rules: Annotated[
        Literal["all_rules", "no_azure_databricks_rules"] | None, PASCAL, Arm("properties.requiredNsgRules")
    ] = None
    """`no_azure_databricks_rules` where its machines reach Databricks by a private endpoint."""
    managed_resource_group: Annotated[str | None, LOCAL, name_rule("resource_group")] = None
    """The resource group that Databricks makes for its own storage and machines, and that goes with the workspace:
    one that isn't there yet. Named after the workspace if left out."""
    tags: Annotated[Tags | None, LOCAL] = None
    """Labels, beside the platform's."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """Refuse private access without a network
        (https://learn.microsoft.com/azure/databricks/security/network/classic/private-link-standard).
        """
        if self.public_network_access == "disabled" and self.vnet is None:
            what = "nobody could reach it: private endpoints need a network of your own"
            raise refusal(what, "vnet", "public_network_access")
        return self
