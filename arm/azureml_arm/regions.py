"""Azure's regions: https://learn.microsoft.com/azure/reliability/regions-list, and those of its other clouds:
https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure,
https://learn.microsoft.com/azure/china/concepts-service-availability.
"""

from __future__ import annotations

import difflib

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
