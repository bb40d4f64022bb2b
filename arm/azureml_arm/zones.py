"""Time zones by the names that Azure takes, which are those of Windows, read from `time_zones.csv`.

Source: CLDR's windowsZones, each name's zone for territory 001
(https://github.com/unicode-org/cldr/blob/main/common/supplemental/windowsZones.xml).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TABLE = Path(__file__).with_name("time_zones.csv")


@cache
def _iana() -> dict[str, str]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        return {row["windows"].lower(): row["iana"] for row in csv.DictReader(table)}


def find(name: str) -> ZoneInfo | None:
    """Return the zone of a Windows name in any case, or of an IANA name; None for a name that is neither."""
    try:
        return ZoneInfo(_iana().get(name.strip().lower(), name.strip()))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
