"""Rules on whatever is planned: its region and its tags."""

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, ML, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_arm.regions import canonical_region
from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import UnknownError, has_unknown, require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.text import join_words, show_value

_MORE = ("properties.computeLocation", "properties.replication.location")
_LISTS = ("properties.regionDetails",)
_ONLY_RECORDED = frozenset({"microsoft.resources/deployments", "microsoft.resources/deploymentstacks"})
"""Their location is where Azure keeps the record of the deployment."""


def _check_regions(write: Write, settings: Settings) -> Found:
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


ALLOWED_REGIONS = Rule(
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
    check=_check_regions,
    settings={"regions": texts("The regions, as `az account list-locations` names them; none: all.")},
    family="workspace",
)
"""What says no region takes that of its workspace or resource group, which is looked at itself."""


_TAGGED = (
    WORKSPACE,
    COMPUTE,
    f"{WORKSPACE}/onlineEndpoints",
    ONLINE_DEPLOYMENT,
    f"{WORKSPACE}/batchEndpoints",
    BATCH_DEPLOYMENT,
    SERVERLESS_ENDPOINT,
    f"{ML}/registries",
    "Microsoft.Resources/resourceGroups",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.Insights/components",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Databricks/workspaces",
)
"""What has `tags` beside `properties` and shows on a bill; assets and jobs have tags of another kind."""


def _check_tags(write: Write, settings: Settings) -> Found:
    if not settings["tags"]:
        return
    tags = write.read("tags")
    given = {key.lower(): value for key, value in tags.items()} if isinstance(tags, Mapping) else {}
    missing = [name for name in settings["tags"] if not given.get(name.lower())]
    if missing:
        yield f"{write.name}: tags must hold {join_words(missing)}"
    for name, wanted in settings["tags"].items():
        if name not in missing:
            yield from _wrong_value(write, name, require_known(given[name.lower()], f"tags.{name}"), wanted)


def _wrong_value(write: Write, name: str, value: Any, wanted: Any) -> Iterator[str]:
    patterns = [str(item) for item in (wanted if isinstance(wanted, list | tuple) else [wanted])]
    if not any(fnmatch.fnmatchcase(str(value), pattern) for pattern in patterns):
        yield f"{write.name}: the tag {name} is {show_value('tags', value)}, it must be {join_words(patterns, 'or')}"


REQUIRED_TAGS = Rule(
    id="required-tags",
    title="What bears tags has those that the config asks for, with the values that it allows.",
    severity=Severity.LOW,
    remedy="add them to `tags` in platform.yml, which go to everything",
    fix=(Line("", "tags", setting="tags"),),
    types=_TAGGED,
    check=_check_tags,
    settings={
        "tags": {
            "type": "object",
            "default": {},
            "description": "A tag's name -> the values that it may have: a text or a list of texts, with `*` for any.",
        }
    },
    family="workspace",
)
