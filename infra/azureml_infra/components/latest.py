"""Which version a label, or a name alone, means now, of assets that aren't described: asked of the workspace.

az ml asks for it and sends the id of that version (azure-ai-ml, `_resolve_label_to_asset`); the labels of curated
environments and of registries go to Azure as they are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime.sync_await import _sync_await  # how `pulumi.runtime.invoke` waits

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.components.azure import Destination
from azureml_infra.components.live import Presence, client_config, is_mocked, presence
from azureml_infra.components.questions import Question, ask_one
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.scope import Scope
from azureml_infra.dynamic.clients import NEWEST
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import references
from azureml_infra.entities.references import (
    FAMILIES,
    BadReferenceError,
    Pinned,
    Reference,
    is_system,
    parse,
)
from azureml_infra.entities.reverse import at as value_at

CONTAINERS = {
    "environments": "machinelearningservices:EnvironmentContainer",
    "data": "machinelearningservices:DataContainer",
    "models": "machinelearningservices:ModelContainer",
    "components": "machinelearningservices:ComponentContainer",
}
"""What knows the latest version of a name, by family."""


@dataclass
class NoVersionError(pulumi.RunError):
    """The workspace has no version of what a reference names."""

    text: str
    what: str
    expected: str

    def __post_init__(self) -> None:
        super().__init__(f"{self.what}; expected {self.expected}")


def is_open(family: str, reference: Reference) -> bool:
    """Return whether a reference leaves the version to the workspace."""
    named = reference.form == "workspace" and reference.path is None
    return named and family in CONTAINERS and not reference.version and not is_system(reference, (family,))


def latest(scope: Scope, family: str, reference: Reference) -> pulumi.Input[str]:
    """Return the id of the version that a reference means now, and say which; the reference where nobody can be asked.

    Raises NoVersionError where the workspace has none.
    """
    if not is_open(family, reference):
        return reference.text
    token, path = CONTAINERS[family], scope.path(name=reference.name)
    found = scope.live(token, path)
    if found is None:
        _refuse_absent(scope, token, path, family, reference)
        return reference.text
    version = value_at(found, "properties.latestVersion") or _newest(scope, token, path)
    made = scope.asset_id(family, str(found.get("name") or reference.name), str(version)) if version else ""
    if not isinstance(made, str) or not made:
        return reference.text
    if reference.text not in scope.pinned:
        scope.pinned.add(reference.text)
        pulumi.log.info(f"{reference.text} is version {version} of the {FAMILIES[family]} {reference.name} now")
    return Pinned(made, reference.text)


def _newest(scope: Scope, token: str, path: Mapping[str, Any]) -> str | None:
    """Return the version that was made last: a component's name doesn't say it, and azure-ai-ml asks so, too
    (`_get_latest`). None where it can't be asked.
    """
    if not all(isinstance(value, str) for value in path.values()):
        return None
    versions, api_version = f"{scope.child_id(token, path)}/versions", native_type(token).api_version
    question = Question("", versions, api_version, query=NEWEST, is_list=True, at_most=1)
    found = ask_one(question, Destination())
    return str(found[0]["id"]).rpartition("/")[2] if found else None


def _refuse_absent(scope: Scope, token: str, path: Mapping[str, Any], family: str, reference: Reference) -> None:
    known = scope.exists and all(isinstance(value, str) for value in path.values())
    if not known or is_mocked() or not client_config():
        return
    if _sync_await(presence(token.replace(":", ":get"), dict(path))) is Presence.ABSENT:
        noun = FAMILIES[family]
        what = f"the workspace {scope.workspace} has no {noun} {reference.name}, and none is described"
        raise NoVersionError(reference.text, what, f"one that is there, or a description of it in `{family}:`")


def containers(scope: Scope, entity: Entity) -> Iterator[tuple[str, dict[str, pulumi.Input[str]]]]:
    """Yield the addresses that `latest` asks for an entity's references, described things among them."""
    for leaf in references(entity):
        families = leaf.spec.refers.families if leaf.spec.refers else ()
        try:
            reference = parse(leaf.value)
        except BadReferenceError:
            continue
        if families and is_open(families[0], reference):
            yield CONTAINERS[families[0]], scope.path(name=reference.name)


def has_pinned(request: Any) -> bool:
    """Return whether a body has an id that a label or a name alone meant."""
    if isinstance(request, Mapping):
        return any(map(has_pinned, request.values()))
    return isinstance(request, Pinned)


def keep_pinned(request: Any, there: Any) -> Any:
    """Return the body of a version that is registered already with the versions that its references meant then."""
    if isinstance(request, Pinned):
        return there if _is_version_of(request, there) else request
    if isinstance(request, Mapping):
        below = there if isinstance(there, Mapping) else {}
        return {key: keep_pinned(value, below.get(key)) for key, value in request.items()}
    return request


def _is_version_of(pinned: str, there: object) -> bool:
    one, other = (str(text).removeprefix("azureml:") for text in (pinned, there))
    if not (isinstance(there, str) and ids.is_id(one) and ids.is_id(other)):
        return False
    return ids.same(one.rpartition("/versions/")[0], other.rpartition("/versions/")[0])


def refuse_missing_version(error: NoVersionError, entities: Iterable[Entity]) -> RefusedChangeError:
    """Return the error as the mistake of the entity that says the reference. Raises it where none of these does."""
    for entity in entities:
        for leaf in references(entity):
            if leaf.value == error.text:
                return RefusedChangeError(entity, ".".join(map(str, leaf.location)), error.what, error.expected)
    raise error
