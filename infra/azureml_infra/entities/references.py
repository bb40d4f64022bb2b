"""How az ml names one thing in another: ``azureml:NAME:VERSION`` and its relatives, parsed and looked up.

The forms are those of https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax: short names in the
workspace (``azureml:`` may be left out where az ml takes a bare name), registry and datastore URIs, and ARM ids.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from azureml_arm import ids

Form = Literal["workspace", "registry", "resource", "uri", "expression"]

FAMILIES: dict[str, str] = {
    "registries": "Azure ML registry",
    "computes": "compute",
    "datastores": "datastore",
    "environments": "environment",
    "data": "data asset",
    "models": "model",
    "components": "component",
    "online_endpoints": "online endpoint",
    "online_deployments": "online deployment",
    "test_deployments": "test deployment",
    "batch_endpoints": "batch endpoint",
    "batch_deployments": "batch deployment",
    "marketplace_subscriptions": "marketplace subscription",
    "serverless_endpoints": "serverless endpoint",
    "feature_store_entities": "feature store entity",
    "feature_sets": "feature set",
    "jobs": "job",
    "share": "share",
    "connections": "connection",
    "capability_hosts": "capability host",
    "schedules": "schedule",
    "data_imports": "data import",
    "ingestion": "ingestion",
}
"""The families of entities, which are the sections of platform.yml, and how one of each is called."""

SEGMENTS: dict[str, str] = {
    "online_endpoints": "onlineEndpoints",
    "batch_endpoints": "batchEndpoints",
    "online_deployments": "onlineEndpoints/deployments",
    "batch_deployments": "batchEndpoints/deployments",
    "marketplace_subscriptions": "marketplaceSubscriptions",
    "serverless_endpoints": "serverlessEndpoints",
    "feature_store_entities": "featurestoreEntities",
    "feature_sets": "featuresets",
    "capability_hosts": "capabilityHosts",
}
"""Families -> their type below the workspace, where the two differ."""

ARM_FAMILIES: dict[str, str] = {
    **{segment.lower(): family for family, segment in SEGMENTS.items()},
    **{family: family for family in FAMILIES if "_" not in family},
}
"""The types below Microsoft.MachineLearningServices/workspaces, in lower case -> families."""

SYSTEM_DATASTORES = ("workspaceblobstore", "workspacefilestore", "workspaceartifactstore", "workspaceworkingdirectory")
"""Made by Azure ML with each workspace."""
SYSTEM_COMPUTES = ("serverless",)
"""Not a resource: compute that Azure ML lends to a job."""
LOCAL_COMPUTE = "local"
"""What az ml calls the machine that submits a job."""
CURATED = "azureml-"
"""The prefix, in lower case, of the environments that Azure ML publishes itself."""

SHORT = 12
"""How much of a content hash distinguishes things in a stack: the version of an asset that is described without one."""
EXPECTED = "azureml:NAME, azureml:NAME:VERSION, azureml:NAME@latest, an azureml:// URI or an ARM id"

_NAME = r"[^\s/:@]+"
_SHORT = re.compile(rf"(?:azureml:)?(?P<name>{_NAME})(?::(?P<version>[^\s/:@]+)|@(?P<label>[^\s/:@]+))?")
_REGISTRY = re.compile(
    rf"azureml://registries/(?P<registry>[^\s/]+)/(?P<kind>[a-z]+)/(?P<name>{_NAME})"
    r"(?:/(?:versions/(?P<version>[^\s/]+)|labels/(?P<label>[^\s/]+)))?/?"
)
_DATASTORE = re.compile(
    rf"azureml://(?P<kind>datastores)/(?P<name>{_NAME}|\$\{{\{{[^{{}}]*\}}\}})(?:/paths(?:/(?P<path>.*))?)?/?"
)
_LONG = re.compile(
    r"azureml://subscriptions/[^\s/]+/resourcegroups/[^\s/]+/(?:providers/[^\s/]+/)?workspaces/[^\s/]+/"
    rf"(?P<kind>[a-z]+)/(?P<name>{_NAME})(?:/versions/(?P<version>[^\s/]+)|/paths(?:/(?P<path>.*))?)?/?",
    re.IGNORECASE,
)
_URI = re.compile(
    r"(?:azureml://(?:jobs|locations|feeds|workspaces)/|runs:/|(?!azureml:)[a-z][a-z0-9+.-]*://)\S+", re.IGNORECASE
)
_EXPRESSION = re.compile(r".*\$\{\{[^{}]*\}\}.*", re.DOTALL)

_FORMS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("workspace", _DATASTORE),
    ("expression", _EXPRESSION),
    ("registry", _REGISTRY),
    ("resource", _LONG),
    ("uri", _URI),
    ("workspace", _SHORT),
)


VERSIONED = ("environments", "data", "models", "components", "codes", "feature_store_entities", "feature_sets")
"""The families whose items have versions."""
_HASH = re.compile(f"[0-9a-f]{{{SHORT}}}")


class Pinned(str):
    """The ARM id of the version that a reference means now; `written` is the reference, which a content hash has."""

    written: str

    def __new__(cls, id_: str, written: str = "") -> Pinned:
        """Make the text of the id that also carries the reference."""
        made = super().__new__(cls, id_)
        made.written = written or id_
        return made

    def with_prefix(self) -> Pinned:
        """Return it as components have ids: ``azureml:/subscriptions/…``."""
        return Pinned(
            f"azureml:{self}", self.written if self.written.startswith("azureml:") else f"azureml:{self.written}"
        )


class BadReferenceError(ValueError):
    """A text that isn't a reference in any form."""


@dataclass(frozen=True)
class Reference:
    """A parsed reference. Parts that the form doesn't have are None.

    `form`: ``workspace`` (a name in this workspace), ``registry``, ``resource`` (an ARM id, or a URI with a workspace),
    ``uri`` (any other address, passed on unchanged) or ``expression`` (contains ``${{…}}``).
    """

    text: str
    form: Form
    family: str | None = None
    """The family that the reference itself names, as registry URIs, datastore paths and ARM ids do."""
    name: str = ""
    version: str | None = None
    label: str | None = None
    registry: str | None = None
    path: str | None = None


def parse(text: str) -> Reference:
    """Return a reference, read from any of its forms. Raises BadReferenceError."""
    if text.startswith(("/", "azureml:/")) and not text.startswith("azureml://"):
        return _resource(text)
    for form, pattern in _FORMS:
        if found := pattern.fullmatch(text):
            parts: dict[str, str] = {key: value for key, value in found.groupdict().items() if value is not None}
            family = ARM_FAMILIES.get(parts.pop("kind", "").lower())
            return Reference(text, "expression" if "${{" in parts.get("name", "") else form, family, **parts)
    raise BadReferenceError(text)


def _resource(text: str) -> Reference:
    try:
        found = ids.parse(text.removeprefix("azureml:"))
    except ValueError:
        raise BadReferenceError(text) from None
    kind = found.type.lower().removeprefix("microsoft.machinelearningservices/workspaces/")
    kind, names = (
        (kind.removesuffix("/versions"), found.names[:-1]) if kind.endswith("/versions") else (kind, found.names)
    )
    version = found.name if len(names) < len(found.names) else None
    return Reference(text, "resource", ARM_FAMILIES.get(kind), names[-1] if names else "", version)


def in_registry(reference: Reference, families: tuple[str, ...], registry: Any) -> Reference:
    """Return what a reference in an asset of a registry (its name or ARM id; None: of the workspace) means there.

    A short name is one of the same registry, as it is to ``az ml component create --registry-name``.
    """
    short = reference.form == "workspace" and reference.path is None and families[:1] and families[0] in VERSIONED
    if registry is None or not short or is_system(reference, families):
        return reference
    name = registry_name(registry)
    version = f"/versions/{reference.version}" if reference.version else ""
    below = f"/labels/{reference.label}" if reference.label else version
    text = f"azureml://registries/{name}/{families[0]}/{reference.name}{below}"
    return replace(reference, text=text, form="registry", registry=name)


def registry_name(given: Any) -> str:
    """Return the name of a registry that is given by name or ARM id."""
    return str(given).rstrip("/").rpartition("/")[2]


def known_as(entity: Any) -> tuple[str, str, str | None]:
    """Return the family, name and version by which references find an entity; ``REGISTRY/NAME`` in a registry."""
    family = str(getattr(entity, "shared_family", entity.family))
    name = str(getattr(entity, "name", None) or "")
    registry = getattr(entity, "registry", None)
    return family, f"{registry_name(registry)}/{name}" if registry and name else name, getattr(entity, "version", None)


def is_system(reference: Reference, families: tuple[str, ...]) -> bool:
    """Return whether Azure ML provides it: system datastores, serverless compute, curated environments."""
    name = reference.name.lower()
    return (
        ("datastores" in families and name in SYSTEM_DATASTORES)
        or ("computes" in families and name in SYSTEM_COMPUTES)
        or ("environments" in families and name.startswith(CURATED))
    )


T = TypeVar("T")


class KnownNames(Generic[T]):
    """Items by family, name and version, found by reference. Names compare without case, as in Azure."""

    def __init__(self) -> None:
        self._things: dict[tuple[str, str], list[tuple[str | None, T]]] = {}
        self._written: dict[str, list[str]] = {}

    def add(self, family: str, name: str, version: str | None, thing: T) -> T | None:
        """Add an item; return the one that already has this name and version, if there is one."""
        same_name = self._things.setdefault((family, name.lower()), [])
        earlier = next((other for other_version, other in same_name if other_version == version), None)
        if earlier is None:
            same_name.append((version, thing))
            self._written.setdefault(family, []).append(name)
        return earlier

    def find(self, families: tuple[str, ...], reference: Reference) -> T | None:
        """Return the item that a reference names; None if it isn't here, or is named by ARM id or URI.

        ``@latest``, or no version, is the highest one. An item without a version has a hash for it, which may be named.
        """
        if reference.form not in ("workspace", "registry") or reference.label not in {None, "latest"}:
            return None
        name = f"{reference.registry}/{reference.name}" if reference.registry else reference.name
        for family in (reference.family,) if reference.family else families:
            versions = dict(self._things.get((family, name.lower()), ()))
            if reference.version is None and versions:
                return versions[max(versions, key=_order)]
            if reference.version in versions:
                return versions[reference.version]
            if None in versions and family in VERSIONED and _HASH.fullmatch(reference.version or ""):
                return versions[None]
        return None

    def families(self, name: str) -> list[str]:
        """Return the families that have an item of this name."""
        return [family for family, known in self._things if known == name.lower()]

    def names(self, families: tuple[str, ...]) -> list[str]:
        """Return the names in these families."""
        return [name for family in families for name in self._written.get(family, ())]

    def spell(self, families: tuple[str, ...], name: str) -> str:
        """Return a name with its highest version, if it has versions: ``sk:3``."""
        versions = [
            version for family in families for version, _ in self._things.get((family, name.lower()), ()) if version
        ]
        return f"{name}:{max(versions, key=_order)}" if versions else name


def _order(version: str | None) -> tuple[tuple[int, str], ...]:
    parts = re.split(r"(\d+)", version or "")
    return tuple((int(part), "") if part.isdigit() and len(part) < 20 else (-1, part) for part in parts)  # noqa: PLR2004


def positions(entities: Sequence[Any]) -> KnownNames[int]:
    """Return the position of each entity, by what references call it."""
    known: KnownNames[int] = KnownNames()
    for at, entity in enumerate(entities):
        family, name, version = known_as(entity)
        known.add(family, name or f"#{at}", version, at)
    return known
