"""The managed network of a workspace: how isolated it is, and where it may connect to."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from azureml_arm import addresses
from azureml_infra.entities.base import LOCAL, Arm, Model, refusal
from azureml_infra.entities.fields import ArmId
from azureml_infra.entities.words import PASCAL, name_rule, pascal
from azureml_infra.yaml.problems import one_of, quote

_LAST_PORT = 65535


def _domains(text: str) -> str:
    if any(part.strip() == "*" for part in text.split(",")):
        what = '"*" is every domain, which leaves nothing of the isolation'
        raise refusal(what, f"{addresses.DOMAIN}; for all of them `isolation_mode: allow_internet_outbound`")
    if not addresses.are_domains(text):
        bare = re.sub(r"^[a-z]+://|[:/].*$", "", re.sub("^[a-z]+://", "", text.strip()))
        near = quote(bare) if addresses.are_domains(bare) else ""
        raise refusal(f"{quote(text)} is not a domain", addresses.DOMAIN, suggestion=near)
    return text


def _upper(given: Any) -> Any:
    return given.upper() if isinstance(given, str) else given


def _ports(text: str) -> str:
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,5})(?:-(\d{1,5}))?\s*|\s*\*\s*", part)
        first, last = (int(found[1] or 1), int(found[2] or found[1] or 1)) if found else (0, 0)
        if not 0 < first <= last <= _LAST_PORT:
            what = f"{quote(part.strip())} is not a port or a range of them"
            raise refusal(what, f"ports from 1 to {_LAST_PORT}: 80, 8080-8089")
    return text


def _prefix(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refusal(f"{quote(text)} is not a range of addresses", "addresses such as 10.0.0.0/16") from None
    return text


class _OutboundRule(Model):
    arm_constants: ClassVar[Mapping[str, Any]] = {"category": "UserDefined"}

    name: Annotated[str, Arm("name"), name_rule("outbound_rule")]
    """The rule's name, unique in the workspace."""
    category: Annotated[str | None, LOCAL] = None
    """Set by Azure; described rules are `user_defined`."""
    status: Annotated[str | None, LOCAL] = None
    """Set by Azure."""


class FqdnRule(_OutboundRule):
    """Lets the network reach a domain. It makes Azure keep a firewall, which is billed."""

    type: Annotated[Literal["fqdn"], Arm("type", lambda _: "FQDN")]
    """The kind of rule."""
    destination: Annotated[str, AfterValidator(_domains)]
    """The domain: ``*.anaconda.org``; several with commas between them."""


class ServiceTagDestination(Model):
    """Addresses of an Azure service."""

    service_tag: str
    """The service's tag: ``DataFactory``."""
    protocol: Annotated[Literal["TCP", "UDP", "ICMP", "*"], BeforeValidator(_upper)]
    """``TCP``, ``UDP``, ``ICMP`` or ``*``."""
    port_ranges: Annotated[str, AfterValidator(_ports)]
    """Ports: ``80, 8080-8089``."""
    address_prefixes: list[Annotated[str, AfterValidator(_prefix)]] | None = None
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


def _rule_list(rules: Any) -> Any:
    """Return the rules that are described; Azure adds those that it needs."""
    named = rules.items() if isinstance(rules, Mapping) else ()
    return [{"name": name, **rule} for name, rule in named if rule.get("category", "UserDefined") == "UserDefined"]


MODES = {
    "fqdn": ("allow_only_approved_outbound",),
    "service_tag": ("allow_only_approved_outbound",),
    "private_endpoint": ("allow_internet_outbound", "allow_only_approved_outbound"),
}
"""Type of a rule -> the isolation modes that have a use for it."""


class ManagedNetwork(Model):
    """The network that Azure keeps around the workspace's computes. Once it is on it can't be switched off."""

    isolation_mode: Annotated[Literal["disabled", "allow_internet_outbound", "allow_only_approved_outbound"], PASCAL]
    """Where computes may connect to: anywhere without a network, the internet, or approved places only."""
    outbound_rules: Annotated[list[OutboundRule] | None, Arm("outboundRules", _by_name, back=_rule_list)] = None
    """Further places to connect to, one after the other: Azure loses rules that are made at the same time."""
    firewall_sku: Annotated[Literal["standard", "basic"] | None, PASCAL] = None
    """The firewall that `fqdn` rules need."""

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        """Refuse rules that the isolation mode has no use for, and two of one name
        (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network).
        """
        names: set[str] = set()
        for index, rule in enumerate(self.outbound_rules or ()):
            modes = MODES[rule.type]
            if self.isolation_mode not in modes:
                what = f"isolation_mode: {self.isolation_mode} takes no rule of type {rule.type}"
                raise refusal(what, f"isolation_mode: {one_of(modes)}", "outbound_rules", index)
            if rule.name.lower() in names:
                what = f"a second rule is called {quote(rule.name)}"
                raise refusal(what, "another name", "outbound_rules", index)
            names.add(rule.name.lower())
        return self

    def finish(self, made: dict[str, Any], _resolver: Any) -> None:
        """Say that there are no rules where none are described: a PUT without the word leaves those that were."""
        if self.isolation_mode != "disabled":
            made.setdefault("outboundRules", {})

    network_id: Annotated[str | None, LOCAL] = None
    """Set by Azure."""
    status: Annotated[Any, LOCAL] = None
    """Set by Azure."""
