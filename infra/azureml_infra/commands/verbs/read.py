"""``list`` and ``show``: what is in the workspace, in az ml's words."""

from __future__ import annotations

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm import ids
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import NOUNS, Noun
from azureml_infra.commands.verbs.target import Target
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.entities.resources import describe, workspace_of
from azureml_infra.entities.reverse import at
from azureml_infra.entities.words import snake
from azureml_infra.yaml.problems import nearest, quote

_LATEST = "latest"


def add_list(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``list``."""
    option = parser.add_argument
    if noun.versioned:
        option("--name", "-n", metavar="NAME", help="every version of this one; without it the latest of each")
    if noun.of_endpoint:
        option("--endpoint-name", "-e", metavar="NAME", help="those of one endpoint; without it those of all")
    if noun.name == "schedule":
        option("--include-disabled", action="store_true", help="also what is disabled")
        option("--disabled-only", action="store_true", help="only what is disabled")
    if noun.versioned or noun.name == "job":
        option("--include-archived", action="store_true", help="also what is archived")
        option("--archived-only", action="store_true", help="only what is archived")
    if noun.name == "job":
        option("--parent-job-name", "-p", metavar="NAME", help="the steps of a pipeline, or the trials of a sweep")
        option("--all-results", nargs="?", const="true", metavar="true", help="as az has it; all are listed anyway")
    if noun.name == "compute":
        option("--type", type=str.lower, metavar="TYPE", help="only computes of this type: amlcompute")
    option("--max-results", "-r", type=int, metavar="N", help="the first N")


def add_show(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``show``."""
    option = parser.add_argument
    if noun.is_workspace:
        option("--name", "-n", metavar="NAME", help="the same as --workspace-name")
        return
    option("--name", "-n", required=True, metavar="NAME", help=f"the {noun.noun}'s name")
    if noun.versioned:
        option("--version", "-v", metavar="VERSION", help="its version; the latest if left out")
        option("--label", "-l", choices=(_LATEST,), default=_LATEST, help="in place of a version")
    if noun.of_endpoint:
        option("--endpoint-name", "-e", required=True, metavar="NAME", help="its endpoint")


def find_all(noun: Noun, target: Target, arguments: Namespace) -> list[dict[str, Any]]:
    """Return what there is, in ARM's order. Raises VerbError and AzureRefusedError."""
    type_ = getattr(arguments, "type", None)
    rows = (row(noun, resource) for resource in _resources(noun, target, arguments))
    found = (one for one in rows if type_ is None or str(one.get("type")).lower() == type_)
    return list(itertools.islice(found, arguments.max_results))


def find_one(noun: Noun, target: Target, arguments: Namespace) -> dict[str, Any]:
    """Return one. Raises VerbError where there is none."""
    arm = target.arm()
    if noun.is_workspace:
        found = _get(noun, arm, target.id, target.workspace, "")
        if not _is_of(noun, found):
            raise VerbError(f"{target.workspace} is no {noun.noun}, but a workspace of kind {found.get('kind')}")
        return row(noun, found)
    if noun.is_top:
        collection = f"{target.group_id}/providers/{noun.type}"
        return row(noun, _get(noun, arm, f"{collection}/{arguments.name}", arguments.name, collection))
    below = noun.below.format(endpoint=getattr(arguments, "endpoint_name", ""))
    path = f"{target.id}{below}/{arguments.name}"
    if noun.versioned:
        version = arguments.version or _latest(_get(noun, arm, path, arguments.name, f"{target.id}{below}"))
        path, below = f"{path}/versions/{version}", f"{below}/{arguments.name}/versions"
    name = path.rpartition("/")[2] if noun.versioned else arguments.name
    return row(noun, _get(noun, arm, path, name, f"{target.id}{below}"))


def row(noun: Noun, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource in az ml's words, with what Azure says of it beside its description."""
    found = ids.parse(str(resource["id"]))
    described = describe(resource, defaults=True) or {"name": found.name}
    facts = {word: value for word, path in noun.facts.items() if (value := at(resource, path)) is not None}
    made = {"created_at": at(resource, "systemData.createdAt")} if at(resource, "systemData.createdAt") else {}
    latest = _latest(resource) if noun.versioned and "version" not in described else ""
    version = {"version": latest} if latest else {}
    return (
        {"name": described["name"]}
        | version
        | described
        | facts
        | made
        | {
            "resource_group": found.resource_group,
            "id": resource["id"],
        }
    )


def _resources(noun: Noun, target: Target, arguments: Namespace) -> Iterator[dict[str, Any]]:
    arm = target.arm()
    view = _view(arguments)
    if noun.is_top:
        scope = target.group_id if target.resource_group else f"/subscriptions/{target.subscription}"
        every = arm.list(f"{scope}/providers/{noun.type}", noun.api_version)
        yield from (one for one in every if _is_of(noun, one))
    elif noun.of_endpoint:
        for endpoint in [arguments.endpoint_name] if arguments.endpoint_name else _endpoints(noun, arm, target):
            yield from _list(noun, arm, target.id, noun.below.format(endpoint=endpoint), {})
    elif getattr(arguments, "parent_job_name", None):
        from azureml_infra.commands.verbs.history import RunHistory

        history = RunHistory(target, arguments.parent_job_name)
        yield from (_get(noun, arm, f"{target.id}/jobs/{name}", name, "") for name in history.children())
    elif noun.versioned and arguments.name:
        yield from _list(noun, arm, target.id, f"{noun.below}/{arguments.name}/versions", view)
    else:
        yield from _list(noun, arm, target.id, noun.below, view)


def _is_of(noun: Noun, resource: Mapping[str, Any]) -> bool:
    """Return whether a resource is of the one kind of workspace that a noun is, if it is any."""
    return not noun.kind or snake(str(resource.get("kind"))) == noun.kind


def _list(noun: Noun, arm: ArmClient, workspace: str, below: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield a collection; VerbError where what it belongs to doesn't exist, which `Arm.list` leaves open."""
    found = list_with_ids(arm, f"{workspace}{below}", noun.api_version, query)
    first = next(found, None)
    if first is None:
        above = f"{workspace}{below}".rpartition("/")[0].removesuffix("/versions")
        if above != workspace and below.count("/") > 1:
            _must_exist(arm, workspace, above)
        _must_exist(arm, workspace, workspace)
        return
    yield first
    yield from found


def list_with_ids(arm: ArmClient, path: str, api_version: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what is in a collection, each with its id: a list of schedules has none."""
    return ({"id": f"{path}/{one['name']}", **one} for one in arm.list(path, api_version, **query))


def _must_exist(arm: ArmClient, workspace: str, path: str) -> None:
    owner = next((noun for noun in NOUNS.values() if noun.type.lower() == ids.parse(path).type.lower()), None)
    if owner is not None:
        _get(owner, arm, path, path.rpartition("/")[2], "" if path == workspace else path.rpartition("/")[0])


def _endpoints(noun: Noun, arm: ArmClient, target: Target) -> Iterator[str]:
    endpoint = NOUNS[noun.name.replace("deployment", "endpoint")]
    return (str(one["name"]) for one in _list(endpoint, arm, target.id, endpoint.below, {}))


def _view(arguments: Namespace) -> dict[str, str]:
    if getattr(arguments, "disabled_only", False):
        return {"listViewType": "DisabledOnly"}
    if getattr(arguments, "include_disabled", False):
        return {"listViewType": "All"}
    if getattr(arguments, "archived_only", False):
        return {"listViewType": "ArchivedOnly"}
    return {"listViewType": "All"} if getattr(arguments, "include_archived", False) else {}


def _latest(container: Mapping[str, Any]) -> str:
    return str(at(container, "properties.latestVersion") or "")


def _get(noun: Noun, arm: ArmClient, path: str, name: str, siblings: str) -> dict[str, Any]:
    """Return a resource. Raises VerbError where there is none, with the nearest name that there is."""
    found = arm.get(path, noun.api_version)
    if found is not None:
        return found
    names = [str(one["name"]) for one in arm.list(siblings, noun.api_version)] if siblings else []
    near = nearest(name, names)
    parts = ids.parse(path)
    if siblings and not names and not noun.is_top:
        _must_exist(arm, workspace_of(path), workspace_of(path))
    where = (
        f"the resource group {quote(parts.resource_group)}"
        if not siblings or noun.is_top
        else f"the workspace {quote(parts.names[0])}"
    )
    hint = f"; did you mean {near}?" if near else ""
    raise VerbError(f"there is no {noun.noun} {quote(name)} in {where}{hint}")
