"""Azure's regions: https://learn.microsoft.com/azure/reliability/regions-list."""

from __future__ import annotations

from azureml_arm import ids
from azureml_sandbox.model.errors import ArmError, bad_request

_DISPLAYED = (
    "Australia East",
    "Brazil South",
    "Canada Central",
    "Canada East",
    "Central India",
    "Central US",
    "East Asia",
    "East US",
    "East US 2",
    "France Central",
    "Germany West Central",
    "Italy North",
    "Japan East",
    "Korea Central",
    "North Central US",
    "North Europe",
    "Norway East",
    "Poland Central",
    "Qatar Central",
    "South Africa North",
    "South Central US",
    "Southeast Asia",
    "Spain Central",
    "Sweden Central",
    "Switzerland North",
    "UAE North",
    "UK South",
    "UK West",
    "West Central US",
    "West Europe",
    "West US",
    "West US 2",
    "West US 3",
)
REGIONS = {shown.replace(" ", "").lower(): shown for shown in _DISPLAYED}
"""Name -> what people call it, of the regions that Azure ML is in."""

_ELSEWHERE = (
    "Australia Central",
    "Australia Central 2",
    "Australia Southeast",
    "Austria East",
    "Belgium Central",
    "Brazil Southeast",
    "Chile Central",
    "France South",
    "Germany North",
    "Indonesia Central",
    "Israel Central",
    "Japan West",
    "Jio India Central",
    "Jio India West",
    "Korea South",
    "Malaysia West",
    "Mexico Central",
    "New Zealand North",
    "Norway West",
    "South Africa West",
    "South India",
    "Switzerland West",
    "UAE Central",
    "West India",
)
"""Azure's other public regions: what is refused there for a type's sake isn't known here."""
NAMES = frozenset(REGIONS) | {shown.replace(" ", "").lower() for shown in _ELSEWHERE}
"""The names of all public regions."""


def refusal(location: str, type_name: str) -> ArmError | None:
    """Return why a resource can't be in a region, or None: only a name that no region has is refused."""
    if location.replace(" ", "").lower() in NAMES:
        return None
    known = ",".join(sorted(NAMES))
    if type_name == ids.RESOURCE_GROUP:
        text = f"The provided location '{location}' is not available for resource group. List of available regions is"
        return bad_request(f"{text} '{known}'.", "LocationNotAvailableForResourceGroup")
    text = f"The provided location '{location}' is not available for resource type '{type_name}'."
    text += f" List of available regions for the resource type is '{known}'."
    return bad_request(text, "LocationNotAvailableForResourceType")
