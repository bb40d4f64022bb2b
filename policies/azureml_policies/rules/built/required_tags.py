"""required-tags: what bears tags has those that a config asks for."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm.actions import BATCH_DEPLOYMENT, COMPUTE, ML, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_policies.requests.unknown import require_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Covers, Found, Rule, Settings, Severity
from azureml_policies.text import join_words, show_value

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


def _check(write: Write, settings: Settings) -> Found:
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


RULE = Rule(
    id="required-tags",
    title="What bears tags has those that the config asks for, with the values that it allows.",
    severity=Severity.LOW,
    remedy="add them to `tags` in platform.yml, which go to everything",
    types=_TAGGED,
    check=_check,
    settings={
        "tags": {
            "type": "object",
            "default": {},
            "description": "A tag's name -> the values that it may have: a text or a list of texts, with `*` for any.",
        }
    },
    covers=Covers(
        azure_policy=(
            "Require a tag on resources (871b6d14-10aa-478d-b590-94f262ecfa99)",
            "Require a tag and its value on resources (1e30110a-5ceb-460c-a204-c1c3969c6d62)",
            "Require a tag on resource groups (96670d01-0a4d-4649-9c89-2d3abc0a5025)",
            "Require a tag and its value on resource groups (8ce3da23-7156-49e4-b145-24f95f9dcb46)",
            "Add a tag to resources (4f9dc7db-30c1-420c-b61a-e1d640128d26)",
            "Inherit a tag from the resource group if missing (ea3f2387-9b95-492a-a190-fcdc54f7b070)",
        ),
        psrule=("Azure.Resource.UseTags (AZR-000166)", "Azure.Resource.RequiredTags (AZR-000477)"),
    ),
    family="workspace",
)
