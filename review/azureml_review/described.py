"""The place in the description of a planned resource and of each of its values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from azureml_infra.description.load import PLATFORM, Description, load
from azureml_infra.description.located import Located, key
from azureml_infra.description.overrides import of_setting
from azureml_infra.entities.resources import ML, family_of
from azureml_infra.yaml.nodes import Document, Location, Map, child, descend
from azureml_infra.yaml.problems import DescriptionError
from azureml_policies.requests.write import Write
from azureml_review.model import SourceLine

_FOUNDATION = {
    "microsoft.storage/storageaccounts": ("workspace", "storage_account"),
    "microsoft.keyvault/vaults": ("workspace", "key_vault"),
    "microsoft.insights/components": ("workspace", "application_insights"),
    "microsoft.containerregistry/registries": ("registry",),
    "microsoft.resources/resourcegroups": ("resource_group",),
    ML: ("workspace",),
}
"""ARM type -> where platform.yml says something of the one that every platform has."""
_AUTOSCALE = "microsoft.insights/autoscalesettings"
_GROUP = "microsoft.containerinstance/containergroups"
_FACTORY = "microsoft.datafactory/factories/"
_OF_AKS = ("cluster", "access", "extension", "joins")
_MADE = ("synapse", "lake", "filesystem", "firewall-", "pool", "can-", "given-", "databricks", "token", *_OF_AKS)
"""How what a compute's `create` makes is called, after the compute's name."""
_BESIDE: Mapping[str, Location] = {
    **dict.fromkeys(("cluster", "databricks", "pool"), ("create",)),
    "extension": ("extension",),
}
"""The same -> where the compute's file says it, if that isn't the whole of it."""
_HASHED = re.compile(r"-[0-9a-f]{6,}$")
_ENDPOINTS = frozenset({"online_deployments", "batch_deployments"})


@dataclass(frozen=True)
class DescriptionSource:
    """The place of one resource in the description."""

    document: Document
    at: Location
    file: str

    @property
    def place(self) -> SourceLine:
        """Return its first line."""
        return SourceLine(self.file, descend(self.document.root, self.at).line)

    def of(self, word: str) -> SourceLine | None:
        """Return the line of a value by az ml's word for it; None for a default, which is written nowhere."""
        parts = _parts(word)
        one = descend(self.document.root, self.at)
        if parts[:1] == ("settings",) and child(one, "settings") is None:
            parts = parts[1:]  # az ml also takes the settings of a batch deployment one level up
        if not parts or child(one, str(parts[0])) is None:
            return None
        node = descend(self.document.root, (*self.at, *parts))
        return SourceLine(node.file or self.file, node.line)


@dataclass
class Described:
    """A description, and the lines that each resource comes from. An unreadable one has none."""

    root: Path
    """As it is shown: the folder relative to the repository."""
    entities: dict[tuple[str, str], Located] = field(default_factory=dict)
    platform: Document | None = None

    @classmethod
    def read(cls, folder: Path, base: Path, overrides: Any = None, stack: str = "") -> Described:
        """Return the description in a folder below `base`; an empty one if it has mistakes, with which its run ends.

        `overrides` are the stack's, from its config.
        """
        shown = Path(folder)
        try:
            found = load(base / folder, of_setting(overrides, base / f"Pulumi.{stack}.yaml"), stack or None)
        except (DescriptionError, OSError):
            return cls(shown)
        entities = {(item.entity.family, key(item.entity)): item for item in found.entities}
        return cls(shown, _by_version(entities, found), found.document)

    def source(self, write: Write) -> DescriptionSource | None:
        """Return the place of an ARM request."""
        kind = write.type.lower()
        family = family_of(write.type)
        if family:
            located = self.entities.get((family, _key(family, write.id))) or self._job(family, write)
            return self._source(located) if located else None
        made = self._made_for(write)
        if made is not None:
            return made
        if kind == _AUTOSCALE:  # named ENDPOINT_DEPLOYMENT
            located = self.entities.get(("online_deployments", write.name.replace("_", "/", 1)))
            return self._source(located) if located else None
        if kind == _GROUP:  # named ENDPOINT-DEPLOYMENT
            groups = self._in_section("test_deployments")
            found = next((one for one in groups if one.entity.group_name == write.name.lower()), None)
            return self._source(found) if found else None
        if kind.startswith(_FACTORY):
            return self._ingestion(kind.removeprefix(_FACTORY), write.name)
        return self._in_platform(_FOUNDATION[kind]) if kind in _FOUNDATION else self._access(write)

    def _ingestion(self, part: str, name: str) -> DescriptionSource | None:
        """Return the place of what an ingestion becomes in its factory."""
        for located in self._in_section("ingestion"):
            plain = located.entity.plain
            words = {located.entity.name: "", f"{plain}_source": "source", f"{plain}_sink": "into"}
            if name in words:
                source, word = self._source(located), "trigger" if part == "triggers" else words[name]
                return replace(source, at=(*source.at, word)) if word else source
        return None

    def _made_for(self, write: Write) -> DescriptionSource | None:
        """Return the place of what a compute's `create` makes, which is named after the compute."""
        for located in self._creating:
            word = write.planned.name.removeprefix(f"{located.entity.name}-")
            if word == write.planned.name:
                continue
            pools = [pool.name for pool in getattr(located.entity.create, "pools", ())]
            if word in pools or word.startswith(_MADE):
                inside = ("create", "pools", pools.index(word)) if word in pools else _BESIDE.get(word, ())
                source = self._source(located)
                return replace(source, at=(*source.at, *inside))
        return None

    @cached_property
    def _creating(self) -> list[Located]:
        """Return the computes that make what they are attached to."""
        return [one for one in self._in_section("computes") if getattr(one.entity, "create", None) is not None]

    def _in_section(self, section: str) -> Iterator[Located]:
        return (located for (family, _), located in self.entities.items() if family == section)

    def _job(self, family: str, write: Write) -> Located | None:
        """Return a job by its name in the file: in Azure, a hash of its content follows it."""
        name = write.name.rpartition("-")[0] if _HASHED.search(write.name) else ""
        return self.entities.get((family, name)) if family == "jobs" else None

    def traffic(self, endpoint: str) -> DescriptionSource | None:
        """Return the place of an endpoint's traffic: that of the endpoint."""
        located = self.entities.get(("online_endpoints", endpoint))
        return self._source(located) if located else None

    def _source(self, located: Located) -> DescriptionSource:
        return DescriptionSource(located.document, located.at, (self.root / located.file).as_posix())

    def _in_platform(self, location: Location) -> DescriptionSource | None:
        if self.platform is None:
            return None
        return DescriptionSource(self.platform, location, (self.root / PLATFORM).as_posix())

    def _access(self, write: Write) -> DescriptionSource | None:
        """Return the entry of `access` that a role assignment comes from, by its principal."""
        entries = child(self.platform.root, "access") if self.platform else None
        if entries is None or write.type.lower() != "microsoft.authorization/roleassignments":
            return None
        wanted = str(write.body.get("properties", {}).get("principalId") or "").lower()
        for index, entry in enumerate(getattr(entries, "items", ())):
            principal = child(entry, "principal") if isinstance(entry, Map) else None
            if wanted and str(getattr(principal, "value", "")).lower() == wanted:
                return self._in_platform(("access", index))
        return None


def _by_version(entities: dict[tuple[str, str], Located], found: Description) -> dict[tuple[str, str], Located]:
    """Return the entities, with assets also by name and version, as several versions may be described."""
    versions = {
        (item.entity.family, f"{item.entity.name}:{item.entity.version}"): item
        for item in found.entities
        if getattr(item.entity, "version", None)
    }
    return {**entities, **versions}


def _key(family: str, resource_id: str) -> str:
    names = resource_id.split("/")
    if family in _ENDPOINTS:
        return f"{names[-3]}/{names[-1]}"
    return f"{names[-3]}:{names[-1]}" if "/versions/" in resource_id else names[-1]


def _parts(word: str) -> Location:
    return tuple(part for part in word.replace("[", ".").replace("]", "").split(".") if part)
