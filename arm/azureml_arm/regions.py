"""Azure's regions as texts."""

from __future__ import annotations


def canonical_region(region: str) -> str:
    """Return a region's name as ARM returns it: ``West Europe`` -> ``westeurope``.

    (pulumi-azure-native compares locations so, too: provider/pkg/provider/diff.go, `normalizedLocation`.)
    """
    return region.replace(" ", "").lower()
