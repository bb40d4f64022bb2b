"""``list`` and ``show``: what is in the workspace, in az ml's words."""

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from azureml_arm import ids
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.flags import given_flags
from azureml_infra.commands.verbs.nouns import NOUNS, Noun
from azureml_infra.commands.verbs.output import add_web, open_in_studio, show
from azureml_infra.commands.verbs.target import Target, find_target
from azureml_infra.dynamic.clients import NEWEST
from azureml_infra.entities.resources import describe
from azureml_infra.entities.reverse import at
from azureml_infra.entities.words import snake
from azureml_infra.yaml.problems import nearest, quote

_LATEST = "latest"
WITH_PAGE = ("job", "online-endpoint", "online-deployment")
"""What `show` opens in the studio."""


def add_list(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``list``."""
    option = parser.add_argument
    if noun.versioned:
        option("--name", "-n", metavar="NAME", help="every version of this one; without it the latest of each")
    if noun.of_endpoint:
        option("--endpoint-name", "-e", metavar="NAME", help="those of one endpoint; without it those of all")
    if noun.name == "job":
        option("--parent-job-name", "-p", metavar="NAME", help="the steps of a pipeline, or the trials of a sweep")
    option("--max-results", "-r", type=int, metavar="N", help="the first N")
    _add_registry(parser, noun)


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
    if noun.name in WITH_PAGE:
        add_web(parser, short=not noun.of_endpoint)
    _add_registry(parser, noun)


def _add_registry(parser: ArgumentParser, noun: Noun) -> None:
    if noun.in_registries:
        parser.add_argument("--registry-name", metavar="NAME", help="a registry, in place of the workspace")


def run_list(noun: Noun, arguments: Namespace) -> int:
    """Print what there is. Raises VerbError and AzureRefusedError."""
    return show(find_all(noun, _find_target(arguments), arguments), arguments, noun.columns)


def run_show(noun: Noun, arguments: Namespace) -> int:
    """Print one. Raises VerbError where there is none."""
    if noun.is_workspace and arguments.name:
        arguments.workspace_name = arguments.name
    target = _find_target(arguments)
    found = find_one(noun, target, arguments)
    if getattr(arguments, "web", False):
        open_in_studio(page_of(found, target))
    return show(found, arguments, noun.columns)


def page_of(found: Mapping[str, Any], target: Target) -> str:
    """Return the address of a job's page in the studio, or of an online endpoint's, which has its deployments, too."""
    if "services" in found:
        return str(at(found, "services.Studio.endpoint") or "")
    name = found.get("endpoint_name") or found["name"]
    return f"{target.cloud.studio}/endpoints/realtime/{name}/detail?wsid={target.id}"


def _find_target(arguments: Namespace) -> Target:
    if getattr(arguments, "registry_name", None):
        from azureml_infra.commands.verbs.registry import find_registry

        return find_registry(arguments)
    return find_target(arguments)


def find_all(noun: Noun, target: Target, arguments: Namespace) -> list[dict[str, Any]]:
    """Return what there is, in ARM's order. Raises VerbError and AzureRefusedError."""
    chosen = {word: {_fold(one) for one in text.split(",")} for word, text in given_flags(arguments, "only:")}
    if "stage" in chosen and not arguments.name:
        raise VerbError("--stage takes --name: the list of models has none of their stages, that of versions has")
    rows = (row(noun, resource, target) for resource in _resources(noun, target, arguments))
    found = (one for one in rows if all(_fold(str(one.get(word))) in texts for word, texts in chosen.items()))
    return list(itertools.islice(found, arguments.max_results))


def _fold(word: str) -> str:
    """Return a word as it compares: `AmlCompute`, `amlcompute` and `aml_compute` are one."""
    return word.strip().lower().replace("_", "")


def find_one(noun: Noun, target: Target, arguments: Namespace) -> dict[str, Any]:
    """Return one. Raises VerbError where there is none."""
    if noun.is_workspace:
        found = _get(noun, target, target.id, target.workspace, "")
        if not _is_of(noun, found):
            raise VerbError(f"{target.workspace} is no {noun.noun}, but a workspace of kind {found.get('kind')}")
        return row(noun, found, target)
    if noun.is_top:
        collection = f"{target.group_id}/providers/{noun.type}"
        return row(noun, _get(noun, target, f"{collection}/{arguments.name}", arguments.name, collection), target)
    collection = f"{target.id}{noun.below.format(endpoint=getattr(arguments, 'endpoint_name', ''))}"
    name = arguments.name
    if noun.versioned:
        asset = f"{collection}/{name}"
        version = arguments.version or latest_version(target, _get(noun, target, asset, name, collection), noun)
        collection, name = f"{asset}/versions", version
    return row(noun, _get(noun, target, f"{collection}/{name}", name, collection), target)


def row(noun: Noun, resource: Mapping[str, Any], target: Target) -> dict[str, Any]:
    """Return a resource in az ml's words, with what Azure says of it beside its description."""
    found = ids.parse(str(resource["id"]))
    described = describe(resource, defaults=True) or {"name": found.name}
    words = {word: value for word, path in noun.facts.items() if (value := at(resource, path)) is not None}
    if noun.name == "job":
        words["services"] = _services(resource) | (described.get("services") or {})
    if made := resource.get("systemData"):
        words["creation_context"] = {snake(word): value for word, value in made.items()}
    latest = _latest(resource) if noun.versioned and "version" not in described else ""
    version = {"latest_version": latest} if latest else {}
    return {"name": described["name"]} | version | described | words | target.place_of(noun, found.text)


def _services(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a job can be seen, in az's words."""
    found = at(job, "properties.services") or {}
    return {name: {"endpoint": one.get("endpoint"), "type": one.get("jobServiceType")} for name, one in found.items()}


def _resources(noun: Noun, target: Target, arguments: Namespace) -> Iterator[dict[str, Any]]:
    view = {"listViewType": arguments.view} if getattr(arguments, "view", None) else {}
    if noun.is_top:
        scope = target.group_id if target.resource_group else f"/subscriptions/{target.subscription}"
        every = target.arm().list(f"{scope}/providers/{noun.type}", noun.api_version)
        yield from (one for one in every if _is_of(noun, one))
    elif noun.of_endpoint:
        endpoint = NOUNS[noun.name.replace("deployment", "endpoint")]
        every = _list(endpoint, target, endpoint.below)
        for name in [arguments.endpoint_name] if arguments.endpoint_name else [str(one["name"]) for one in every]:
            yield from _list(noun, target, noun.below.format(endpoint=name), endpoint)
    elif getattr(arguments, "parent_job_name", None):
        from azureml_infra.commands.verbs.history import RunHistory

        history = RunHistory(target, arguments.parent_job_name)
        yield from (_get(noun, target, f"{target.id}/jobs/{name}", name, "") for name in history.children())
    elif noun.versioned and arguments.name:
        yield from _list(noun, target, f"{noun.below}/{arguments.name}/versions", noun, view)
    else:
        yield from _list(noun, target, noun.below, query=view)


def _is_of(noun: Noun, resource: Mapping[str, Any]) -> bool:
    """Return whether a resource is of the one kind of workspace that a noun is, if it is any."""
    return not noun.kind or snake(str(resource.get("kind"))) == noun.kind


def _list(
    noun: Noun, target: Target, below: str, owner: Noun | None = None, query: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a collection; VerbError where what it belongs to (of that noun) doesn't exist, which `list` leaves open."""
    collection = f"{target.id}{below}"
    found = target.arm().list(collection, target.api_version(noun), **(query or {}))
    first = next(found, None)
    if first is not None:
        yield target.identify(first, collection)
        yield from (target.identify(one, collection) for one in found)
    elif owner is not None:
        above = collection.removesuffix("/versions") if owner is noun else collection.rpartition("/")[0]
        above, _, name = above.rpartition("/")
        _get(owner, target, f"{above}/{name}", name, above)
    else:
        _find_workspace(target)


def _find_workspace(target: Target) -> None:
    """Raise VerbError where the workspace doesn't exist; a registry has been found already."""
    workspace = NOUNS["workspace"]
    if ids.parse(target.id).type == workspace.type:
        _get(workspace, target, target.id, target.workspace, "")


def _latest(container: Mapping[str, Any]) -> str:
    return str(at(container, "properties.latestVersion") or "")


def latest_version(target: Target, container: Mapping[str, Any], noun: Noun) -> str:
    """Return the version that `latest` means: a component's name doesn't say it, so it is the newest there
    (azure-ai-ml, `_get_latest`). Raises VerbError where there is none.
    """
    found = _latest(container)
    if not found:
        versions = f"{container['id']}/versions"
        newest = next(target.arm().list(versions, target.api_version(noun), **NEWEST), None)
        found = target.identify(newest, versions)["id"].rpartition("/")[2] if newest else ""
    if not found:
        raise VerbError(f"the {noun.noun} {quote(ids.parse(container['id']).name)} has no version in {target.called}")
    return found


def _get(noun: Noun, target: Target, path: str, name: str, siblings: str) -> dict[str, Any]:
    """Return a resource. Raises VerbError where there is none, with the nearest name that there is."""
    arm, api = target.arm(), target.api_version(noun)
    found = arm.get(path, api)
    if found is not None:
        return target.identify(found, path.rpartition("/")[0])
    names = [str(one["name"]) for one in arm.list(siblings, api)] if siblings else []
    near = nearest(name, names)
    if siblings and not names and not noun.is_top:
        _find_workspace(target)
    in_group = not siblings or noun.is_top
    where = f"the resource group {quote(ids.parse(path).resource_group)}" if in_group else target.called
    hint = f"; did you mean {near}?" if near else ""
    raise VerbError(f"there is no {noun.noun} {quote(name)} in {where}{hint}")
