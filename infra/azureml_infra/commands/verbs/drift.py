"""How Azure differs from a description, in the description's own words: what would have to change in it.

A change of a word counts where Azure has another value without it (`azureml_arm.compare`): what the description leaves
out, and what Azure spells in another way, is as described.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from azureml_arm import ids
from azureml_arm.compare import Difference
from azureml_arm.unknown import UNKNOWN, has_unknown
from azureml_infra.commands.verbs.exporting import OWN_TAG, Export
from azureml_infra.commands.verbs.leaner import NameResolver, differences_from
from azureml_infra.description.grafts import without_files
from azureml_infra.description.load import Description
from azureml_infra.description.located import Located
from azureml_infra.description.located import key as name_of
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import body
from azureml_infra.entities.compute import DERIVED
from azureml_infra.entities.in_file import Files, context_of
from azureml_infra.entities.references import VERSIONED, BadReferenceError, parse
from azureml_infra.entities.resources import describe
from azureml_infra.entities.reverse import at
from azureml_infra.yaml.nodes import Location, descend, written_data

_MADE = ("storage_account", "key_vault", "application_insights", "container_registry", "hub_id")
"""What a workspace has of the platform's making where its description doesn't name another one."""
_PARTS = ("storageAccount", "keyVault", "applicationInsights", "containerRegistry", "hubResourceId")
"""The same in ARM's body."""
_NAMES = ("name", "version", "endpoint_name", "type", "$schema", "path")
"""What an entity is found by."""
GONE: Any = object()
"""What a word is changed to that isn't said any more."""


@dataclass(frozen=True)
class WordChange:
    """A word of an entity, and what it would be; the location is the one in the entity."""

    at: Location
    value: Any


@dataclass(frozen=True)
class Drifted:
    """An entity that Azure has otherwise: the changes that make it as there, and what none of them explains."""

    located: Located
    changes: tuple[WordChange, ...]
    unexplained: tuple[Difference, ...] = ()


class _Sent(NameResolver):
    """The `Resolver` of what a description would send: what only a run makes is unknown, and uploads nothing."""

    def reference(self, families: tuple[str, ...], given: str) -> Any:
        """Return the id of what is named; unknown for the version that Azure calls the latest, and a subnet's name."""
        try:
            found = parse(given)
        except BadReferenceError:
            return UNKNOWN if families == ("subnets",) else given
        versioned = (found.family or families[0]) in VERSIONED
        if found.form == "workspace" and found.path is None and versioned and not found.version:
            return UNKNOWN
        return super().reference(families, given)

    def anonymous(self, entity: Entity) -> Any:  # noqa: ARG002
        """Return that only a run knows."""
        return UNKNOWN

    def upload(self, path: LocalPath) -> Any:  # noqa: ARG002
        """Return that only a run knows."""
        return UNKNOWN

    url = code = upload

    def secret(self, name: str) -> Any:  # noqa: ARG002
        """Return that Azure doesn't show it."""
        return UNKNOWN


@dataclass
class Drift:
    """A description, and the workspace that it describes."""

    description: Description
    export: Export

    @cached_property
    def sent(self) -> _Sent:
        """Return the resolver of what the description would send."""
        return _Sent(self.export.arm, self.export.target)

    @cached_property
    def storage(self) -> str:
        """Return the name of the workspace's storage account, where a datastore lies that doesn't say."""
        return str(at(self.export.workspace, "properties.storageAccount") or "").rpartition("/")[2]

    @cached_property
    def _there(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return what Azure has, by family, name and version."""
        found = self.export.sections()
        return {self._key_of(family, one): one for family, some in found.items() for one in some}

    @cached_property
    def _described(self) -> dict[tuple[str, ...], Located]:
        families = self.export.families
        wanted = [one for one in self.description.entities if one.entity.family in families and name_of(one.entity)]
        return {_key(one.entity): one for one in wanted if not getattr(one.entity, "registry", None)}

    def differing(self) -> Iterator[Drifted]:
        """Yield the entities, and the workspace, that Azure has otherwise."""
        for known, located in self._described.items():
            if known in self._there:
                yield from self._compare(located, self._there[known])
        workspace = self.description.platform.workspace
        if not workspace.existing:
            yield from self._compare(self.description.own.part(workspace, "workspace"), self.export.workspace)

    def missing(self) -> list[Located]:
        """Return the entities that Azure doesn't have."""
        unversioned = {known[:2] for known in self._there}
        return [
            located
            for known, located in self._described.items()
            if known not in self._there and not (known[0] in VERSIONED and not known[2] and known[:2] in unversioned)
        ]

    def more(self) -> dict[str, list[dict[str, Any]]]:
        """Return what Azure has and nobody described, by section; an earlier version of what is described isn't."""
        named = {known[:2] for known in self._described}
        found: dict[str, list[dict[str, Any]]] = {}
        for known, resource in self._there.items():
            if known not in self._described and not (known[0] in VERSIONED and known[:2] in named):
                found.setdefault(known[0], []).append(resource)
        return found

    def _key_of(self, family: str, resource: Mapping[str, Any]) -> tuple[str, ...]:
        names = ids.parse(str(resource["id"])).names[1:]
        version = names[-1] if family in VERSIONED else ""
        return family, "/".join(names[:-1] if version else names).lower(), version.lower()

    def _compare(self, located: Located, resource: dict[str, Any]) -> Iterator[Drifted]:
        """Yield an entity with the changes that make it what Azure has, if there are any."""
        live = self._without_own_tags(located.entity, resource)
        here = _Tried(located, live, self)
        before = here.differences({})
        if not before:
            return
        words = {some: describe(live, defaults=some) or {} for some in (True, False)}
        kept: list[WordChange] = []
        for change in _candidates(here.words, words[True], words[False]):
            if change.at[0] in _NAMES or (change.at[0] in _MADE and change.at[0] not in here.words):
                continue
            after = here.differences(_with_changes(here.words, [*kept, change]))
            if after is not None and set(after) < set(before):
                kept, before = [*kept, change], after
        made = _PARTS if located.entity.family == "workspaces" else ()
        left = [one for path, one in before.items() if path.partition(".")[0] not in made]
        if kept or left:
            yield Drifted(located, tuple(kept), tuple(left))

    def _without_own_tags(self, entity: Any, resource: dict[str, Any]) -> dict[str, Any]:
        """Return a resource without the tags that every one of the platform gets."""
        given, own = self.description.platform.tags or {}, getattr(entity, "tags", None) or {}
        tags = {
            name: text
            for name, text in (resource.get("tags") or {}).items()
            if name in own or not (name.startswith(OWN_TAG) or given.get(name) == text)
        }
        return {**resource, "tags": tags} if "tags" in resource else resource


@dataclass
class _Tried:
    """An entity whose words are tried, against what Azure has."""

    located: Located
    live: dict[str, Any]
    drift: Drift

    @cached_property
    def words(self) -> Any:
        """Return what the description says."""
        node = descend(self.located.document.root, self.located.at)
        return written_data(without_files(node)) if self._is_said else {}

    @property
    def _is_said(self) -> bool:
        return self.located.at != ("workspace",) or "workspace" in self.located.document.root.entries

    def differences(self, words: Any) -> dict[str, Difference] | None:
        """Return how Azure differs from the entity, or from what other words would be; None where they aren't valid."""
        entity = self.located.entity
        if words:
            root, name = self.drift.description.root, self.located.file
            folder = root if self.located.at else (root / name).parent
            try:
                entity = type(entity).model_validate(words, context=context_of(folder, root, name, Files()))
            except ValidationError:
                return None
        made = body(entity, self.drift.sent)
        if self.live.get("location"):
            made.setdefault("location", self.drift.description.platform.location)
        if "account_name" in type(entity).model_fields and getattr(entity, "family", "") == "datastores":
            made["properties"].setdefault("accountName", self.drift.storage)
        derived = DERIVED.get(ids.parse(str(self.live["id"])).type.lower(), ())
        found = differences_from(self.live, made)
        return {one.path: one for one in found if not has_unknown(one.new) and one.path not in derived}


def _key(entity: Any) -> tuple[str, ...]:
    version = str(getattr(entity, "version", None) or "") if entity.family in VERSIONED else ""
    return entity.family, name_of(entity).lower(), version.lower()


def _candidates(here: Any, full: Any, least: Any, at: Location = ()) -> Iterator[WordChange]:
    """Yield the changes that might make words those of Azure, the smallest first.

    `full` has what is the default, for what is said; what isn't said is taken from `least`, which doesn't have it.
    """
    for word in dict.fromkeys([*here, *least]):
        place = (*at, word)
        if word not in here:
            yield WordChange(place, least[word])
        elif word not in full:
            yield WordChange(place, GONE)
        elif isinstance(here[word], Mapping) and isinstance(full[word], Mapping):
            yield from _candidates(here[word], full[word], least.get(word) or {}, place)
            yield WordChange(place, least.get(word, full[word]))
        elif here[word] != full[word]:
            yield WordChange(place, full[word])


def _with_changes(words: Any, changes: list[WordChange]) -> Any:
    made = deepcopy(words)
    for change in changes:
        change_at(made, change)
    return made


def change_at(made: Any, change: WordChange) -> None:
    """Make a change in data; a mapping that is left empty goes with what was in it."""
    *above, last = change.at
    holders = [made]
    for step in above:
        if not isinstance(holders[-1], list) and step not in holders[-1]:
            holders[-1][step] = {}
        holders.append(holders[-1][step])
    if change.value is not GONE:
        holders[-1][last] = change.value
        texts = getattr(holders[-1], "texts", None)
        if texts:
            holders[-1].texts = {word: text for word, text in texts.items() if word != last}
        return
    del holders[-1][last]
    for holder, step in reversed(list(zip(holders, above, strict=False))):
        if holder[step] == {}:
            del holder[step]
