"""Names that a description makes of those that there can be only one of: two stacks can't both have one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from azureml_arm.names import RULES, azure_name
from azureml_infra.description.located import Located
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.nodes import Location
from azureml_infra.yaml.problems import quote

EXPECTED = "a name with ${stack} in it, or another one for one of the two, by `overrides`"
_IN_A_REGION = {
    "online_endpoints": "online_endpoint",
    "batch_endpoints": "batch_endpoint",
    "serverless_endpoints": "online_endpoint",
    "computes": "compute_instance",
}
"""The families whose names may be a region's, and the rule that says so."""


@dataclass(frozen=True)
class Claim:
    """A name: of what, within what there is only one (empty: the world, or the tenant), and who says it."""

    what: str
    name: str
    within: str
    located: Located | None = None
    """The entity; None: the platform itself."""
    place: Location = ("name",)
    """Where it is said."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what another one has, too, where the two are in each other's way."""
        return self.what, self.name.lower(), self.within.lower()

    def sentence(self, other: str) -> str:
        """Return in words that another stack would make it, too."""
        where = f" in {self.within}" if self.within else ""
        return f"the {self.what} {quote(self.name)}{where}, as {other} does"


def of_platform(platform: PlatformDescription, stack: str, subscription: str) -> Iterator[Claim]:
    """Yield what a platform itself would make for a stack; `subscription` is empty where whoever runs it decides."""
    given = platform.resource_group
    group = given.name if given else azure_name("resource_group", platform.name, stack, "")
    home = f"the subscription {subscription or '(of whoever runs it)'}"
    if given is None or not given.existing:
        yield Claim("resource group", group, home, place=("resource_group",) if given else ("name",))
    if not platform.workspace.existing:
        own = platform.workspace.name
        name = own or azure_name("workspace", platform.name, stack, f"{subscription}/{group}")
        place: Location = ("workspace", "name") if own else ("name",)
        yield Claim("workspace", name, f"the resource group {group} of {home}", place=place)
    if platform.registry.mode != "existing" and platform.registry.name:
        yield Claim("container registry", platform.registry.name, "", place=("registry", "name"))
    role = platform.guardrails.data_scientist_role if platform.guardrails else None
    if role is not None and role.name:
        yield Claim("role", role.name, "", place=("guardrails", "data_scientist_role", "name"))


def of_entities(entities: Iterable[Located], location: str) -> Iterator[Claim]:
    """Yield what is in a platform in a region and has a name that is the region's."""
    for located in entities:
        entity: Any = located.entity
        rule = _IN_A_REGION.get(entity.family)
        is_instance = entity.family != "computes" or entity.type == "computeinstance"
        if rule and is_instance and RULES[rule].scope == "region" and isinstance(entity.name, str):
            noun = FAMILIES[entity.family] if entity.family != "computes" else entity.kind
            yield Claim(noun, entity.name, str(getattr(entity, "location", None) or location), located)
