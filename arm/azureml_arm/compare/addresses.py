"""Addresses of Azure ML: ARM ids, ``azureml:NAME:VERSION`` and ``azureml://…``, short or long.

Azure answers with the long form of a datastore's path that was given short (data), writes `resourcegroups` in another
case (models), and finds curated environments in the registry `azureml` (components):
https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/azure-ai-ml/tests/recordings
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

_GROUP = "subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
_PROVIDER = r"(?:/providers/microsoft\.machinelearningservices)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.DOTALL)
    for form in (
        rf"(?:azureml:)?/{{1,2}}{_GROUP}{_PROVIDER}?/(?P<kind>workspaces|registries)/(?P<owner>[^/]+)/(?P<rest>.+)",
        r"azureml://(?P<kind>registries)/(?P<owner>[^/]+)/(?P<rest>.+)",
        r"azureml://(?P<rest>(?:datastores|data|environments|models|components|codes|jobs|computes)/.+)",
        r"azureml:(?P<name>[^/:@\s]+)(?::(?P<version>[^/:@\s]+)|@(?P<label>[^/:@\s]+))?",
    )
)
_REST = re.compile(
    r"(?P<family>[^/]+)/(?P<name>[^/]+)"
    r"(?:/versions/(?P<version>[^/]+)|/labels/(?P<label>[^/]+)|/paths/(?P<path>.*))?/?",
    re.IGNORECASE | re.DOTALL,
)
_CURATED = "azureml"
"""The registry that environments named ``AzureML-…`` come from."""


@dataclass(frozen=True)
class Address:
    """What an address names. What it doesn't say is empty; all but `path` is in lower case."""

    name: str
    family: str = ""
    version: str = ""
    label: str = ""
    path: str | None = None
    kind: str = ""
    owner: str = ""
    group: str = ""
    subscription: str = ""


@lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """Return what an address names; None for a text that is none, or one of something else."""
    for form in _FORMS:
        match = form.fullmatch(unquote(text))
        if match is None:
            continue
        found = match.groupdict()
        if "rest" in found:
            rest = _REST.fullmatch(found.pop("rest"))
            if rest is None:
                return None
            found |= rest.groupdict()
        path = found.pop("path", None)
        return Address(**{key: (value or "").lower() for key, value in found.items()}, path=path)
    return None


def same_address(one: str, other: str) -> bool:
    """Return whether two texts are addresses of one thing, as far as each says which."""
    here, there = parse(one), parse(other)
    if here is None or there is None or (here.name, here.path) != (there.name, there.path):
        return False
    return _agree(here.family, there.family) and _same_owner(here, there) and _same_version(here, there)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _same_owner(here: Address, there: Address) -> bool:
    if here.kind and there.kind:
        parts = [(here.subscription, there.subscription), (here.group, there.group), (here.owner, there.owner)]
        return here.kind == there.kind and all(_agree(*pair) for pair in parts)
    registry = next((one for one in (here, there) if one.kind == "registries"), None)
    return registry is None or (registry.owner == _CURATED and registry.name.startswith("azureml-"))


def _same_version(here: Address, there: Address) -> bool:
    """Return whether the versions may be one: Azure puts the version in place of ``@latest``."""
    if here.label and there.label:
        return here.label == there.label
    return bool(here.label or there.label) or here.version == there.version
