"""What is in a workspace as the description that would make it: the same for the same workspace."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from azureml_arm import ids
from azureml_arm.regions import canonical_region
from azureml_arm.types import by_type
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.leaner import NameResolver, leave_out
from azureml_infra.commands.verbs.target import Target
from azureml_infra.description.adding import as_yaml
from azureml_infra.description.load import PLATFORM
from azureml_infra.description.located import ENDPOINTS
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.entities.platform import platform_name
from azureml_infra.entities.references import CURATED, FAMILIES, SEGMENTS, SYSTEM_DATASTORES, VERSIONED
from azureml_infra.entities.resources import ML, describe, model_of
from azureml_infra.entities.reverse import at

_NOT_EXPORTED = ("jobs", "registries")
"""Runs are history, and registries stand beside the workspace."""
OWN_TAG = "azureml-infra-"
"""How the tags begin that this toolkit sets by itself."""
_ALL = {"connections": {"includeAll": "true"}, "schedules": {"listViewType": "All"}}
"""What makes a list whole: the connections to data, and schedules that are off (azure-ai-ml asks so, too)."""
_LEFT_ALONE = {("computes", "kubernetes"): {"extension": False}}
"""What is said of a kind so that what stands beside it, which isn't exported, stays as it is."""
_OF_AZURE = re.compile("(offline|online)storeconnectionname-", re.IGNORECASE)
"""The connections that a feature store gets of its own."""
_SECRET = re.compile(r"\$\{\{secrets\.(\w+)\}\}")


@dataclass
class Export:
    """The description of one workspace, as files by name: the same for the same workspace."""

    target: Target
    skipped: list[str] = field(default_factory=list)
    """What has no words here."""

    @cached_property
    def arm(self) -> ArmClient:
        """Return the client that everything is read with."""
        return self.target.arm()

    @cached_property
    def workspace(self) -> dict[str, Any]:
        """Return the workspace as Azure has it. Raises VerbError where there is none."""
        found = self._read(self.target.id)
        if found is None:
            raise VerbError(f"there is no workspace {self.target.workspace!r} in {self.target.resource_group!r}")
        return found

    @property
    def location(self) -> str:
        """Return the workspace's region."""
        return canonical_region(str(self.workspace["location"]))

    @property
    def families(self) -> tuple[str, ...]:
        """Return the sections that are exported."""
        inside = (one for one in FAMILIES if by_type(f"{ML}/{SEGMENTS.get(one, one)}") or one in VERSIONED)
        return tuple(one for one in inside if one not in _NOT_EXPORTED)

    def sections(self) -> dict[str, list[dict[str, Any]]]:
        """Return what is in the workspace as Azure has it, by the sections of a platform.yml."""
        found = {family: list(self._entities(family)) for family in self.families if family not in ENDPOINTS}
        for below, family in ENDPOINTS.items():
            found[below] = [one for above in found[family] for one in self._list(f"{above['id']}/deployments")]
        return found

    def files(self) -> dict[str, str]:
        """Return the files. Raises VerbError where there is no workspace."""
        workspace, location = self.workspace, self.location
        described = {family: self.words(family, found) for family, found in self.sections().items()}
        named = {family: _by_file(family, words) for family, words in described.items()}
        (own,) = self.words("workspaces", [workspace]) or [{"name": workspace["name"]}]
        if own.get("kind") == "feature_store":
            add_stores(own, workspace, self._list(f"{self.target.id}/connections"))
        platform = self._platform(own, location, {family: list(files) for family, files in named.items() if files})
        return {PLATFORM: as_yaml(platform)} | {
            name: as_yaml(words) for files in named.values() for name, words in files.items()
        }

    def _platform(
        self, workspace: Mapping[str, Any], location: str, sections: Mapping[str, list[str]]
    ) -> dict[str, Any]:
        return {
            "name": platform_name(str(workspace["name"])),
            "location": location,
            "resource_group": {"name": self.target.resource_group, "existing": True},
            "workspace": {word: value for word, value in workspace.items() if word != "$schema"},
            **sections,
        }

    def notes(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield what is left to do with these files."""
        for name in sorted({name for text in texts for name in _SECRET.findall(text)}):
            yield f"a credential is wanted: pulumi config set --secret {name}"
        yield from (f"left out: {one}" for one in self.skipped)

    def words(self, family: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return resources of a section in az ml's words, with what differs from the defaults."""
        described, resolver = [], NameResolver(self.arm, self.target)
        for resource in sorted(found, key=lambda one: str(one["id"]).lower()):
            words, model = describe(resource, schema=True), model_of(family, resource)
            if words is None or model is None:
                self.skipped.append(
                    f"{FAMILIES.get(family, family)} {resource['id']}, which is of a kind without words here"
                )
            elif "jobs" in words and not words["jobs"]:
                self.skipped.append(f"{resource['id']}, as Azure doesn't show a pipeline component's steps")
            else:
                least = leave_out(words, resource, model, resolver) | _LEFT_ALONE.get(
                    (family, str(words.get("type"))), {}
                )
                described.append(_without_place(least, self.location))
        return described

    def _entities(self, family: str) -> Iterator[dict[str, Any]]:
        """Yield what is in the workspace and somebody made: nothing of Azure ML's own, nothing without a name."""
        base = f"{self.target.id}/{SEGMENTS.get(family, family)}"
        for found in self._list(base):
            name = str(found["name"])
            if (family == "datastores" and name in SYSTEM_DATASTORES) or _OF_AZURE.match(name):
                continue
            if family not in VERSIONED:
                yield found
            elif not name.lower().startswith(CURATED):
                versions = self._list(f"{base}/{name}/versions")
                yield from (one for one in versions if not at(one, "properties.isAnonymous"))

    def _read(self, path: str) -> dict[str, Any] | None:
        declared = by_type(ids.parse(path).type)
        return self.arm.get(path, declared.api_version) if declared else None

    def _list(self, path: str) -> Iterator[dict[str, Any]]:
        declared = by_type(ids.parse(f"{path}/name").type)
        query = _ALL.get(path.rpartition("/")[2], {})
        found = self.arm.list(path, declared.api_version, **query) if declared else ()
        return (self.target.identify(one, path) for one in found)


def _without_place(words: dict[str, Any], location: str) -> dict[str, Any]:
    """Return an entity's words without the region that is the platform's, and without this toolkit's own tags."""
    tags = {name: text for name, text in (words.get("tags") or {}).items() if not name.startswith(OWN_TAG)}
    own = {word: value for word, value in words.items() if word != "tags"} | ({"tags": tags} if tags else {})
    if "location" in own and canonical_region(str(own["location"])) == location:
        del own["location"]
    return own


def _by_file(family: str, described: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the entities of a section by their files' names: the version is in it where there are several, and a
    number where another one's is spelled alike.
    """
    counts = Counter(str(words["name"]).lower() for words in described)
    found: dict[str, dict[str, Any]] = {}
    for words in described:
        endpoint = f"{words['endpoint_name']}-" if "endpoint_name" in words else ""
        several = family in VERSIONED and counts[str(words["name"]).lower()] > 1
        stem = f"{family}/{endpoint}{words['name']}{'-' + str(words['version']) if several else ''}"
        file, number = f"{stem}.yml", 1
        while file in found:
            number += 1
            file = f"{stem}-{number}.yml"
        found[file] = words
    return found


_STORES = ("offline", "online")


def add_stores(words: dict[str, Any], workspace: Mapping[str, Any], connections: Iterable[Mapping[str, Any]]) -> None:
    """Add a feature store's stores, and the identity that writes to them in place of those that the store works as."""
    by_name = {str(one["name"]).lower(): one for one in connections}
    for store in _STORES:
        named = str(at(workspace, f"properties.featureStoreSettings.{store}StoreConnectionName") or "").lower()
        connection = by_name.get(named)
        if connection is None:
            continue
        words[f"{store}_store"] = {"target": at(connection, "properties.target")}
        if identity := at(connection, "properties.credentials.resourceId"):
            words["materialization_identity"] = {"resource_id": identity}
            words.pop("identity", None)
