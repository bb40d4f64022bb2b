"""allowed-regions: everything is in a region that a config allows.

What says no region takes that of its workspace or resource group, which is looked at itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.regions import canonical_region
from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import UnknownError, has_unknown
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.text import join_words, show_value

_MORE = ("properties.computeLocation", "properties.replication.location")
_LISTS = ("properties.regionDetails",)
_ONLY_RECORDED = frozenset({"microsoft.resources/deployments", "microsoft.resources/deploymentstacks"})
"""Their location is where Azure keeps the record of the deployment."""


def _check(write: Write, settings: Settings) -> Found:
    allowed = [canonical_region(region) for region in settings["regions"]]
    if not allowed or write.type.lower() in _ONLY_RECORDED:
        return
    for path, value in _locations(write):
        if has_unknown(value):
            raise UnknownError(path)
        if canonical_region(str(value)) not in (*allowed, "global", ""):
            expected = join_words(settings["regions"], "or")
            found = f"{path.removeprefix('properties.')} is {show_value(path, value)}"
            yield f"{write.name}: {found}, it must be {expected}"


def _locations(write: Write) -> Iterator[tuple[str, Any]]:
    for path in ("location", *_MORE):
        value = write.read(path)
        if isinstance(value, str):
            yield path, value
    for path in _LISTS:
        found = write.read(path)
        for item in found if isinstance(found, list | tuple) else ():
            if isinstance(item, Mapping):
                yield f"{path}.location", item.get("location") or ""


RULE = Rule(
    id="allowed-regions",
    title="Everything is in a region that the config allows.",
    severity=Severity.MEDIUM,
    remedy="choose one of them as `location`",
    fix=(
        Line("", "location", setting="regions"),
        *(
            Line(section, "location", setting="regions", default="")
            for section in ("workspace", "computes", "registries")
        ),
    ),
    check=_check,
    settings={"regions": texts("The regions, as `az account list-locations` names them; none: all.")},
    family="workspace",
)
