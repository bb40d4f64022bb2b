"""Time zones by the names that Azure takes, which are those of Windows, read from `time_zones.csv`.

Source: CLDR's windowsZones, each name's zone for territory 001
(https://github.com/unicode-org/cldr/blob/main/common/supplemental/windowsZones.xml). Azure ML's own list is in the
appendix of https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule#timezone.
"""

import datetime
import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from azureml_arm.tables import read_table

_TABLE = Path(__file__).with_name("time_zones.csv")
_SUFFIX = " standard time"
_LOOKED_AT = [datetime.datetime(2025, month, 15, 12, tzinfo=datetime.UTC) for month in range(1, 13)]


@cache
def _iana() -> Mapping[str, str]:
    return {row["windows"]: row["iana"] for row in read_table(_TABLE)}


@cache
def _names() -> Mapping[str, str]:
    return {name.lower(): name for name in _iana()}


def windows_name(name: str) -> str | None:
    """Return a Windows name, given in any letter case, as Windows spells it; None for any other name."""
    return _names().get(name.strip().lower())


def find(name: str) -> ZoneInfo | None:
    """Return the zone of a Windows name in any letter case; None for any other name."""
    known = windows_name(name)
    return _zone(_iana()[known]) if known else None


def nearest(name: str) -> str:
    """Return the Windows name that was probably meant: by the clock for an IANA name, else by its letters."""
    given = _zone(name.strip())
    if given is not None:
        zones = {windows: _zone(iana) for windows, iana in _iana().items()}
        alike = [windows for windows, zone in zones.items() if zone and _clock(zone) == _clock(given)]
        return min(alike, key=lambda windows: _iana()[windows] != given.key, default="")
    short = {windows.removesuffix(_SUFFIX): spelling for windows, spelling in _names().items()}
    close = difflib.get_close_matches(name.strip().lower().removesuffix(_SUFFIX), short, 1)
    return short[close[0]] if close else ""


def _clock(zone: ZoneInfo) -> list[datetime.timedelta | None]:
    """Return how far a zone is from UTC in the course of a year."""
    return [moment.astimezone(zone).utcoffset() for moment in _LOOKED_AT]


def _zone(iana: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(iana)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
