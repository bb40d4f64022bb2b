"""The managed network of a workspace: how isolated it is, and where it may connect to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from azureml_infra.entities.base import LOCAL, Arm, Model
from azureml_infra.entities.fields import ArmId
from azureml_infra.entities.words import ANY_CASE, pascal


class _OutboundRule(Model):
    arm_constants: ClassVar[Mapping[str, Any]] = {"category": "UserDefined"}

    name: Annotated[str, Arm("name")]
    """The rule's name, unique in the workspace."""
    category: Annotated[str | None, LOCAL] = None
    """Set by Azure; described rules are `user_defined`."""
    status: Annotated[str | None, LOCAL] = None
    """Set by Azure."""


class FqdnRule(_OutboundRule):
    """Lets the network reach a domain. It makes Azure keep a firewall, which is billed."""

    type: Annotated[Literal["fqdn"], Arm("type", lambda _: "FQDN")]
    """The kind of rule."""
    destination: str
    """The domain: ``*.anaconda.org``."""


class ServiceTagDestination(Model):
    """Addresses of an Azure service."""

    service_tag: str
    """The service's tag: ``DataFactory``."""
    protocol: str
    """``TCP``, ``UDP``, ``ICMP`` or ``*``."""
    port_ranges: str
    """Ports: ``80, 8080-8089``."""
    address_prefixes: list[str] | None = None
    """Address ranges in place of the tag's own."""


class ServiceTagRule(_OutboundRule):
    """Lets the network reach an Azure service."""

    type: Annotated[Literal["service_tag"], Arm("type", pascal)]
    """The kind of rule."""
    destination: ServiceTagDestination
    """The service."""


class PrivateEndpointDestination(Model):
    """A resource to connect to privately."""

    service_resource_id: ArmId
    """The resource's ARM id."""
    subresource_target: str
    """The part of it: ``blob``, ``file``, ``vault``, …"""
    spark_enabled: bool = False
    """Whether serverless Spark may use it."""


class PrivateEndpointRule(_OutboundRule):
    """A private endpoint in the network."""

    type: Annotated[Literal["private_endpoint"], Arm("type", pascal)]
    """The kind of rule."""
    destination: PrivateEndpointDestination
    """What it leads to."""
    fqdns: list[str] | None = None
    """Domain names that resolve to it, for application gateways."""


OutboundRule = Annotated[FqdnRule | ServiceTagRule | PrivateEndpointRule, Field(discriminator="type")]


def _by_name(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {rule["name"]: {key: value for key, value in rule.items() if key != "name"} for rule in rules}


class ManagedNetwork(Model):
    """The network that Azure keeps around the workspace's computes. Once it is on it can't be switched off."""

    isolation_mode: Annotated[
        Literal["disabled", "allow_internet_outbound", "allow_only_approved_outbound"],
        ANY_CASE,
        Arm("isolationMode", pascal),
    ]
    """Where computes may connect to: anywhere without a network, the internet, or approved places only."""
    outbound_rules: Annotated[list[OutboundRule] | None, Arm("outboundRules", _by_name)] = None
    """Further places to connect to, one after the other: Azure loses rules that are made at the same time."""
    firewall_sku: Annotated[Literal["standard", "basic"] | None, ANY_CASE, Arm("firewallSku", pascal)] = None
    """The firewall that `fqdn` rules need."""
    network_id: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
    status: Annotated[Any, LOCAL] = None
    """Set by Azure."""
