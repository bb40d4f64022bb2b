"""``azureml-infra export --into DIR``: a description of a workspace that is there, a file for each entity."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azureml_arm import ids
from azureml_arm.regions import canonical_region
from azureml_arm.types import by_type
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.leaner import Names, leave_out
from azureml_infra.commands.verbs.main import report
from azureml_infra.commands.verbs.target import Target, add_target, find_target
from azureml_infra.description.adding import as_yaml
from azureml_infra.description.load import PLATFORM, load
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.entities.platform import platform_name
from azureml_infra.entities.references import CURATED, FAMILIES, SEGMENTS, SYSTEM_DATASTORES, VERSIONED
from azureml_infra.entities.resources import ML, describe, model_of
from azureml_infra.entities.reverse import at
from azureml_infra.yaml.problems import DescriptionError

_NOT_EXPORTED = ("jobs", "registries", "online_deployments", "batch_deployments")
"""Runs are history, registries stand beside the workspace, and deployments come with their endpoint."""
_DEPLOYMENTS = {"online_endpoints": "online_deployments", "batch_endpoints": "batch_deployments"}
_OWN_TAG = "azureml-infra-"
"""How the tags begin that this toolkit sets by itself."""
_SECRET = re.compile(r"\$\{\{secrets\.(\w+)\}\}")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = (
        "It writes what differs from the defaults, in files of az ml. Credentials, which Azure doesn't show, are "
        "${{secrets.NAME}}, and it lists their names; code and data stay where they are, as references."
    )
    option = parser.add_argument
    option("--workspace", metavar="ID", help="the workspace's ARM id, in place of the options below")
    option("--into", type=Path, required=True, metavar="DIR", help="the folder to write; it must have no platform.yml")
    add_target(parser)


def run(arguments: Namespace) -> int:
    """Write the description and say what is left to do."""
    return report(lambda: _export(arguments))


def _export(arguments: Namespace) -> int:
    if arguments.workspace:
        arguments.subscription, arguments.resource_group, arguments.workspace_name = _parts(arguments.workspace)
    target = find_target(arguments)
    if (arguments.into / PLATFORM).exists():
        raise VerbError(f"{arguments.into / PLATFORM} is there already; export into another folder")
    made = Export(target)
    files = made.files()
    for name, text in files.items():
        path = arguments.into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    sys.stdout.write(f"{arguments.into / PLATFORM} and {len(files) - 1} files\n")
    sys.stdout.writelines(f"{line}\n" for line in made.notes(files))
    return _look_at(arguments.into)


def _look_at(folder: Path) -> int:
    """Say what the description says that this toolkit doesn't take; return 1 where there is any."""
    try:
        load(folder)
    except DescriptionError as error:
        sys.stdout.writelines(f"{line}\n" for line in error.lines())
        return 1
    return 0


def _parts(workspace: str) -> tuple[str, str, str]:
    found = ids.parse(workspace) if ids.is_id(workspace) else None
    if found is None or found.type.lower() != ML or found.subscription is None or found.resource_group is None:
        raise VerbError(f"--workspace {workspace!r} is no ARM id of a workspace")
    return found.subscription, found.resource_group, found.name


@dataclass
class Export:
    """The description of one workspace, as files by name: the same for the same workspace."""

    target: Target
    skipped: list[str] = field(default_factory=list)
    """What has no words here."""

    def files(self) -> dict[str, str]:
        """Return the files. Raises VerbError where there is no workspace."""
        arm = self.target.arm()
        workspace = self._read(arm, self.target.id)
        if workspace is None:
            raise VerbError(f"there is no workspace {self.target.workspace!r} in {self.target.resource_group!r}")
        location = canonical_region(str(workspace["location"]))
        sections = {family: list(self._entities(arm, family)) for family in FAMILIES if family not in _NOT_EXPORTED}
        for family, below in _DEPLOYMENTS.items():
            sections[below] = [one for path in _ids(sections[family]) for one in self._list(arm, f"{path}/deployments")]
        described = {family: self._words(family, found, location) for family, found in sections.items()}
        named = {family: _by_file(family, words) for family, words in described.items()}
        (own,) = self._words("workspaces", [workspace], location) or [{"name": workspace["name"]}]
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

    def notes(self, files: Mapping[str, str]) -> Iterator[str]:
        """Yield what is left to do."""
        for name in sorted({name for text in files.values() for name in _SECRET.findall(text)}):
            yield f"a credential is wanted: pulumi config set --secret {name}"
        yield from (f"left out: {one}" for one in self.skipped)

    def _words(self, family: str, found: list[dict[str, Any]], location: str) -> list[dict[str, Any]]:
        described = []
        for resource in sorted(found, key=lambda one: str(one["id"]).lower()):
            words, model = describe(resource, schema=True), model_of(family, resource)
            if words is None or model is None:
                self.skipped.append(
                    f"{FAMILIES.get(family, family)} {resource['id']}, which is of a kind without words here"
                )
            elif "jobs" in words and not words["jobs"]:
                self.skipped.append(f"{resource['id']}, as Azure doesn't show a pipeline component's steps")
            else:
                least = leave_out(words, resource, model, Names(self.target.arm(), self.target))
                described.append(_without_place(least, location))
        return described

    def _entities(self, arm: ArmClient, family: str) -> Iterator[dict[str, Any]]:
        """Yield what is in the workspace and somebody made: nothing of Azure ML's own, nothing without a name."""
        base = f"{self.target.id}/{SEGMENTS.get(family, family)}"
        for found in self._list(arm, base):
            name = str(found["name"])
            if family == "datastores" and name in SYSTEM_DATASTORES:
                continue
            if family not in VERSIONED:
                yield found
            elif not name.lower().startswith(CURATED):
                versions = self._list(arm, f"{base}/{name}/versions")
                yield from (one for one in versions if not at(one, "properties.isAnonymous"))

    def _read(self, arm: ArmClient, path: str) -> dict[str, Any] | None:
        declared = by_type(ids.parse(path).type)
        return arm.get(path, declared.api_version) if declared else None

    def _list(self, arm: ArmClient, path: str) -> Iterator[dict[str, Any]]:
        declared = by_type(ids.parse(f"{path}/name").type)
        return arm.list(path, declared.api_version) if declared else iter(())


def _ids(found: list[dict[str, Any]]) -> list[str]:
    return [str(one["id"]) for one in found]


def _without_place(words: dict[str, Any], location: str) -> dict[str, Any]:
    """Return an entity's words without the region that is the platform's, and without this toolkit's own tags."""
    tags = {name: text for name, text in (words.get("tags") or {}).items() if not name.startswith(_OWN_TAG)}
    own = {word: value for word, value in words.items() if word != "tags"} | ({"tags": tags} if tags else {})
    if "location" in own and canonical_region(str(own["location"])) == location:
        del own["location"]
    return own


def _by_file(family: str, described: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the entities of a section by their files' names: the version is in it where there are several."""
    counts = Counter(str(words["name"]).lower() for words in described)
    found: dict[str, dict[str, Any]] = {}
    for words in described:
        endpoint = f"{words['endpoint_name']}-" if "endpoint_name" in words else ""
        several = family in VERSIONED and counts[str(words["name"]).lower()] > 1
        found[f"{family}/{endpoint}{words['name']}{'-' + str(words['version']) if several else ''}.yml"] = words
    return found
