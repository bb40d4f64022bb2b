"""Refusals of regions that Azure doesn't have."""

from azureml_arm import ids
from azureml_arm.regions import KNOWN, canonical_region
from azureml_sandbox.model.errors import ArmError, bad_request


def refusal(location: str, type_name: str) -> ArmError | None:
    """Return why a resource can't be in a region, or None: only a name that no region has is refused."""
    if canonical_region(location) in (*KNOWN, "global"):
        return None
    known = ",".join(sorted(KNOWN))
    if type_name == ids.RESOURCE_GROUP:
        text = f"The provided location '{location}' is not available for resource group. List of available regions is"
        return bad_request(f"{text} '{known}'.", "LocationNotAvailableForResourceGroup")
    text = f"The provided location '{location}' is not available for resource type '{type_name}'."
    text += f" List of available regions for the resource type is '{known}'."
    return bad_request(text, "LocationNotAvailableForResourceType")
