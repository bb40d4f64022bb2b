"""Azure's regions: https://learn.microsoft.com/azure/reliability/regions-list, and those of its other clouds:
https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
https://learn.microsoft.com/azure/china/concepts-service-availability.
"""

import difflib
from functools import cache
from math import acos, cos, radians, sin

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

_PLACES = """
australiaeast -33.86 151.21, brazilsouth -23.55 -46.63, canadacentral 43.65 -79.38, canadaeast 46.82 -71.22,
centralindia 18.58 73.92, centralus 41.59 -93.62, eastasia 22.27 114.19, eastus 37.37 -79.82, eastus2 36.67 -78.39,
francecentral 46.38 2.37, germanywestcentral 50.11 8.68, italynorth 45.47 9.18, japaneast 35.68 139.77,
koreacentral 37.57 126.98, northcentralus 41.88 -87.63, northeurope 53.35 -6.26, norwayeast 59.91 10.75,
polandcentral 52.23 21.02, qatarcentral 25.55 51.44, southafricanorth -25.73 28.22, southcentralus 29.42 -98.5,
southeastasia 1.28 103.83, spaincentral 40.43 3.42, swedencentral 60.67 17.14, switzerlandnorth 47.45 8.56,
uaenorth 25.27 55.32, uksouth 50.94 -0.8, ukwest 53.43 -3.08, westcentralus 40.89 -110.23, westeurope 52.37 4.9,
westus 37.78 -122.42, westus2 47.23 -119.85, westus3 33.45 -112.07
"""
"""Latitude and longitude of Azure ML's regions, as `az account list-locations` has them, rounded."""

_OTHERS = (
    "australiacentral australiacentral2 australiasoutheast austriaeast belgiumcentral brazilsoutheast chilecentral "
    "denmarkeast francesouth germanynorth indonesiacentral israelcentral japanwest jioindiacentral jioindiawest "
    "koreasouth malaysiawest mexicocentral newzealandnorth norwaywest southafricawest southindia swedensouth "
    "switzerlandwest uaecentral westindia "
    "centraluseuap eastus2euap eastusstg southcentralusstg "
    "usdodcentral usdodeast usgovarizona usgovtexas usgovvirginia "
    "chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3"
)
KNOWN = frozenset((*REGIONS, *_OTHERS.split()))
"""The names of all regions: of Azure ML and of other services, for early updates, and of the other clouds."""


def canonical_region(region: str) -> str:
    """Return a region's name as ARM returns it: ``West Europe`` -> ``westeurope``.

    (pulumi-azure-native compares locations so, too: provider/pkg/provider/diff.go, `normalizedLocation`.)
    """
    return region.replace(" ", "").lower()


def nearest(location: str) -> str:
    """Return the region that was probably meant; empty if none is near."""
    close = difflib.get_close_matches(canonical_region(location), sorted(KNOWN), 1)
    return close[0] if close else ""


def nearest_regions(region: str) -> list[str]:
    """Return the other regions that Azure ML is in, the nearest first; none where nobody knows where a region is."""
    here = _places().get(canonical_region(region))
    if here is None:
        return []
    return sorted(
        (one for one in _places() if one != canonical_region(region)), key=lambda one: _far(here, _places()[one])
    )


@cache
def _places() -> dict[str, tuple[float, float]]:
    rows = (row.split() for row in _PLACES.split(","))
    return {name: (radians(float(north)), radians(float(east))) for name, north, east in rows}


def _far(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places on a sphere of radius 1."""
    return acos(sin(one[0]) * sin(other[0]) + cos(one[0]) * cos(other[0]) * cos(one[1] - other[1]))
