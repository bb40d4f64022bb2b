"""What Azure refuses at every `up`, found while a preview runs: the live resource and the request say it already.

azure-native compares a program with the stack's state, so a change that Azure never makes looks like any other
(pulumi-azure-native, provider/pkg/provider/diff.go). What is fixed is taken from Microsoft's own marks
(`@visibility(Lifecycle.Read, Lifecycle.Create)` in Azure/azure-rest-api-specs, specification/machinelearningservices/
resource-manager/Microsoft.MachineLearningServices/MachineLearningServices/models.tsp) and from recorded refusals.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.adoption import AdoptionError
from azureml_infra.components.live import certain_changes
from azureml_infra.description.located import Located
from azureml_infra.entities.base import Entity, Model
from azureml_infra.entities.body import marked_paths
from azureml_infra.entities.body import words as words_of
from azureml_infra.entities.reverse import at as value_at
from azureml_infra.entities.words import snake
from azureml_infra.yaml.problems import one_of

FIXED: Mapping[str, tuple[str, ...]] = {
    "environments": ("image", "condaFile", "build", "inferenceConfig", "osType"),
    "data": ("dataUri", "dataType"),
    "models": ("modelUri", "modelType"),
    "feature_store_entities": ("indexColumns",),
    "feature_sets": ("specification", "entities"),
    # Recorded: "since field "code" is immutable"; a title, a description, resources and the order of inputs may change
    # (Azure/azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings/component, test_component_update.json). The
    # others are what is run, and what pipelines rely on: az ml updates a description and a title only
    # (https://learn.microsoft.com/cli/azure/ml/component#az-ml-component-update).
    "components": tuple(
        f"componentSpec.{member}"
        for member in (
            *("code", "command", "environment", "type", "task"),
            *("inputs", "outputs", "distribution", "is_deterministic"),
        )
    ),
}
"""What never changes in a registered version, by family, below `properties`."""
_SAID = "description"
"""What may change anywhere within it."""
_ISOLATION = ("disabled", "allow_internet_outbound", "allow_only_approved_outbound")
_MODE = "managedNetwork.isolationMode"


class RefusedChangeError(pulumi.RunError):
    """A change that Azure would refuse: which entity says it and by which word, what is wrong, and what to do."""

    def __init__(self, entity: Model, word: str, what: str, expected: str) -> None:
        super().__init__(f"{what}; expected {expected}")
        self.entity = entity
        self.location = tuple(word.split("."))
        self.what, self.expected = what, expected


def refuse_adoption(error: AdoptionError, entities: Sequence[Any]) -> RefusedChangeError:
    """Return that something can't be adopted as the mistake of the entity of its name, or else of the first one."""
    name = ids.parse(error.resource_id).name.lower()
    entity = next((one for one in entities if str(getattr(one, "name", None)).lower() == name), entities[0])
    fields = words_of(type(entity))
    paths = (path for one in error.differences for path in (f"properties.{one.path}", one.path))
    return RefusedChangeError(entity, next((fields[path] for path in paths if path in fields), "name"), *error.told)


def raise_refusals(refusals: Iterable[RefusedChangeError], entities: Iterable[Located]) -> None:
    """Raise RunError with every refusal and its place, if there are any."""
    places = {id(entity): place for located in entities for entity, place in _with_assets(located)}
    lines = [_message(refusal, places.get(id(refusal.entity))) for refusal in refusals]
    if lines:
        count = "a change" if len(lines) == 1 else f"{len(lines)} changes"
        raise pulumi.RunError("\n".join([f"Azure would refuse {count} of the description", *lines]))


def _with_assets(located: Located) -> Iterator[tuple[object, Located]]:
    """Yield an entity, and the model and the environment that a deployment has in place, each with its place."""
    yield located.entity, located
    for word in ("model", "environment"):
        asset = getattr(located.entity, word, None)
        if isinstance(asset, Entity):
            yield asset, located.part(asset, word)


def _message(refusal: RefusedChangeError, located: Located | None) -> str:
    if located is None:
        return str(refusal)
    return str(located.problem(refusal.location, refusal.what, refusal.expected))


def refuse_other_content(entity: Entity, token: str, request: Mapping[str, Any], live: Mapping[str, Any]) -> None:
    """Raise RefusedChangeError where a version that is registered would get another content."""
    paths = [f"properties.{path}" for path in FIXED.get(entity.family, ())]
    fixed = _word_list(entity, token, request, live, paths)
    if not fixed:
        return
    version = str(getattr(entity, "version", None) or "1")
    following = f" (`version: {int(version) + 1}`)" if version.isdecimal() else ""
    what = f"version {version} of the {entity.kind} {getattr(entity, 'name', '')} has another {one_of(fixed)} in Azure"
    raise RefusedChangeError(
        entity,
        fixed[0],
        f"{what}, and a version never changes",
        f"another version{following}, or none: then each content gets a version of its own",
    )


def refuse_other_type(entity: Entity, request: Mapping[str, Any], container: Mapping[str, Any] | None) -> None:
    """Raise RefusedChangeError where the versions of a data asset so far are of another type."""
    wanted, found = (value_at(body, "properties.dataType") for body in (request, container))
    if not (isinstance(wanted, str) and isinstance(found, str)) or wanted.lower() == found.lower():
        return
    what = f"the versions of {getattr(entity, 'name', '')} in Azure are of the type {found}, and all are of one type"
    raise RefusedChangeError(entity, "type", what, f"`type: {found}`, or another name")


def refuse_busy_replacement(
    deployment: Any, token: str, request: Mapping[str, Any], live: Mapping[str, Any], endpoint: Mapping[str, Any]
) -> None:
    """Raise RefusedChangeError where a deployment that gets requests would have to be made anew.

    Azure deletes no deployment with traffic (https://github.com/Azure/AML-Kubernetes/issues/247), live or mirrored, and
    what flows changes only once the deployments are there.
    """
    fixed = _word_list(deployment, token, request, live, marked_paths(type(deployment), "immutable"))
    share = next((share for share in _shares(endpoint, deployment.name) if share), 0)
    if fixed and share:
        raise RefusedChangeError(
            deployment,
            fixed[0],
            f"{one_of(fixed)} of the deployment {deployment.name} can't change in place, and Azure deletes none "
            f"that gets requests: it gets {share} percent of them",
            "a second deployment with the new value beside it, then all of the traffic for that one, and then this one "
            "taken out",
        )


def _shares(endpoint: Mapping[str, Any], name: str) -> list[int]:
    splits = (value_at(endpoint, f"properties.{kind}") or {} for kind in ("traffic", "mirrorTraffic"))
    return [int(share) for split in splits for one, share in split.items() if one.lower() == name.lower()]


def refuse_less_isolation(entity: Entity, request: Mapping[str, Any], live: Mapping[str, Any] | None) -> None:
    """Raise RefusedChangeError where a workspace's managed network would be opened again.

    Azure only goes from one mode to a stricter one
    (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network, "Limitations").
    """
    wanted, found = value_at(request, f"properties.{_MODE}"), value_at(live, _MODE)
    if not (isinstance(wanted, str) and isinstance(found, str)):
        return
    modes = [mode.replace("_", "") for mode in _ISOLATION]
    before, after = (modes.index(mode.lower()) if mode.lower() in modes else -1 for mode in (found, wanted))
    if 0 <= after < before:
        what = (
            f"the managed network of the workspace is {_ISOLATION[before]} in Azure, and isolation can't be taken back"
        )
        stricter = one_of(f"`{mode}`" for mode in _ISOLATION[before:])
        raise RefusedChangeError(entity, "managed_network.isolation_mode", what, f"{stricter}, or another workspace")


def _word_list(
    entity: Entity, token: str, request: Mapping[str, Any], live: Mapping[str, Any], paths: Sequence[str]
) -> list[str]:
    """Return the words for what would change at some paths, but for what only the run will know."""
    words = words_of(type(entity))
    fixed = [path.removeprefix("properties.") for path in paths]
    found = [one for one in certain_changes(token, request, live, *paths) if one.path.rpartition(".")[2] != _SAID]
    named = (words.get(f"properties.{one.path}") or snake(_above(one.path, fixed)) for one in found)
    return list(dict.fromkeys(named))


def _above(path: str, fixed: Iterable[str]) -> str:
    """Return the last name of the fixed path that another one is at or below."""
    found = next((one for one in fixed if f"{path}.".lower().startswith(f"{one}.".lower())), path)
    return found.rpartition(".")[2]
