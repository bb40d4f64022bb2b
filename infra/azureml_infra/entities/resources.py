"""What Azure has, as the entity that would make it: which kind it is, and its fields in az ml's words."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from azureml_arm import ids
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import specs
from azureml_infra.entities.kinds import KINDS, Kind
from azureml_infra.entities.references import ARM_FAMILIES, VERSIONED
from azureml_infra.entities.reverse import Place, agreement, at, kind_word, words_of

ML = "microsoft.machinelearningservices/workspaces"
REGISTRIES = "microsoft.machinelearningservices/registries"
SCHEMA = "https://azuremlschemas.azureedge.net/latest/{}.schema.json"
_OF_ENDPOINT = ("online_deployments", "batch_deployments")


def family_of(type_name: str) -> str:
    """Return the section of platform.yml that an ARM type belongs to; empty for none."""
    kind = type_name.lower()
    if kind == REGISTRIES:
        return "registries"
    below = kind.removeprefix(f"{ML}/").removeprefix(f"{REGISTRIES}/")
    return ARM_FAMILIES.get(below.removesuffix("/versions"), "")


def model_of(family: str, body: Mapping[str, Any]) -> type[Entity] | None:
    """Return the model of a resource: the one of its family whose fixed values agree most.

    Other programs leave out Azure's defaults, and write enums in any case.
    """
    marked = [kind.model for kind in _marked_kinds(family) if _has_mark(kind, body)]
    kinds = marked or _plain_models(family)
    fitting = {model: found for model in kinds if (found := agreement(model, body)) is not None}
    best = max(fitting, key=lambda model: fitting[model], default=None)
    if best is None:
        return None
    agreeing, lacking = fitting[best]
    return best if agreeing or len(kinds) == 1 or (not lacking and list(fitting.values()).count((0, 0)) == 1) else None


@cache
def _marked_kinds(family: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.section == family and kind.marked]


@cache
def _plain_models(family: str) -> list[type[Entity]]:
    return [kind.model for kind in KINDS if kind.family == family and not kind.marked]


def _has_mark(kind: Kind, body: Mapping[str, Any]) -> bool:
    """Return whether a body has the field that makes it this kind."""
    return any(
        at(body, spec.arm.path) is not None for spec in specs(kind.model) if spec.word == kind.marked and spec.arm.path
    )


def describe(resource: Mapping[str, Any], *, defaults: bool = False, schema: bool = False) -> dict[str, Any] | None:
    """Return a resource of a workspace, or the workspace, in az ml's words; None for a kind that has none here.

    With `defaults` also what is the default; with `schema` the line that says the kind, as a file has it.
    """
    found = ids.parse(str(resource["id"]))
    family = "workspaces" if found.type.lower() == ML else family_of(found.type)
    model = model_of(family, resource)
    if model is None:
        return None
    kind = next(kind for kind in KINDS if kind.family == family and kind.model is model)
    head = {"$schema": SCHEMA.format(kind.schemas[0])} if schema and kind.schemas else {}
    head |= _names(family, found.names)
    place = Place("" if family == "workspaces" else ids.workspace_of(found.text), "/".join(found.names[1:]), defaults)
    own = {word: value for word, value in words_of(model, resource, place).items() if word not in head}
    return head | _type(kind) | own


def _names(family: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that a resource's id holds."""
    if family in VERSIONED:
        return dict(zip(("name", "version"), names[1:], strict=False))
    above = {"endpoint_name": names[-2]} if family in _OF_ENDPOINT else {}
    return {"name": names[-1], **above}


def _type(kind: Kind) -> dict[str, Any]:
    """Return the field that says the kind: a workspace's, or one that isn't sent where its section has several."""
    own = kind.model.model_fields.get("kind_")
    if own is not None:
        return {"kind": own.default}
    several = sum(other.section == kind.section for other in KINDS) > 1
    return kind_word(kind.model) if several else {}
