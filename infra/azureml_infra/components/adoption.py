"""Taking into the stack what Azure has already: what is as described stays as it is, what differs is updated.

The engine imports it and updates it in one run (pulumi, pkg/resource/deploy/step_generator.go). What the description
doesn't say keeps its value: azure-native would send a body without it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from azureml_arm.catalogue import ArmType
from azureml_arm.compare import Difference
from azureml_arm.types import native_type
from azureml_infra.components.live import changes, lookup, of_this_run, touching
from azureml_infra.description.platform import WORKSPACE
from azureml_infra.entities.compute import DERIVED
from azureml_infra.entities.references import ARM_FAMILIES

_TABLE = "adoption"
_OF_THE_ANSWER = frozenset({"id", "name", "type", "systemData", "etag"})
"""What only Azure says of a resource, beside its properties."""


@dataclass(frozen=True)
class Adoption:
    """What a run takes into its stack where it is there: everything, or what `words` says.

    A word is ``workspace`` for it and what it stands on, or a section and a name: ``computes/cpu``.
    """

    subscription: str
    words: bool | Sequence[str]
    is_over: bool = False
    """Whether that was in an earlier run: nothing more is taken, and what was keeps what azure-native read of it."""

    def begin(self) -> None:
        """Take it from now on in this run."""
        of_this_run(_TABLE)[_TABLE] = self

    def wants(self, resource_id: str) -> bool:
        """Return whether something is to be taken where it is there."""
        if isinstance(self.words, bool):
            return self.words
        if "/roleassignments/" in resource_id.lower():
            return True  # its name says that it is of what this program makes
        _, inside, below = resource_id.lower().partition("/workspaces/")
        if not inside or "/" not in below:
            return WORKSPACE in self.words
        _, segment, name, *_ = below.split("/")
        family = ARM_FAMILIES.get(segment, segment)
        return f"{family}/{name}" in {word.lower() for word in self.words}


def is_adopted(resource_id: str) -> bool:
    """Return whether this run, or an earlier one, takes something into the stack where it is there."""
    adoption: Adoption | None = of_this_run(_TABLE).get(_TABLE)
    return adoption is not None and adoption.wants(resource_id)


def is_wanted(resource_id: str) -> bool:
    """Return whether this run takes something into the stack where it is there."""
    return is_adopted(resource_id) and not of_this_run(_TABLE)[_TABLE].is_over


def adopted_words(now: bool | Sequence[str], before: Any) -> bool | Sequence[str]:
    """Return what a stack has adopted, by the words of this run and those that its outputs have of earlier ones."""
    earlier = before if isinstance(before, bool | list) else False
    if isinstance(now, bool) or isinstance(earlier, bool):
        return True if now is True or earlier is True else now or earlier
    return sorted({*now, *earlier})


class AdoptionError(pulumi.RunError):
    """What is in Azure could only be had as described by deleting it: its id, and the ARM paths that differ."""

    def __init__(self, resource_id: str, found: Collection[Difference]) -> None:
        lines = "; ".join(f"{one.path} is {one.old!r} in Azure and {one.new!r} here" for one in found)
        what = (
            f"{resource_id} can't be adopted as it is described: Azure changes no such value in place, and what is "
            f"adopted is never replaced: {lines}"
        )
        self.told = (what, "what is there")
        super().__init__("; expected ".join(self.told))
        self.resource_id, self.differences = resource_id, tuple(found)


def options(
    token: str, path: Mapping[str, Any], body: Mapping[str, Any], given: pulumi.ResourceOptions
) -> pulumi.ResourceOptions:
    """Return a resource's options with those that adopt it, where this run does; AdoptionError where it can't."""
    adoption: Adoption | None = of_this_run(_TABLE).get(_TABLE)
    if adoption is None or given.import_:
        return given
    arm = native_type(token)
    names = {name: path[name] for name in arm.path_names if isinstance(path.get(name), str)}
    if len(names) < len(arm.path_names):
        return given
    resource_id = arm.id(names, adoption.subscription)
    live = lookup(token.replace(":", ":get"), names) if adoption.wants(resource_id) else None
    if live is None:
        return given
    derived = DERIVED.get(arm.type.lower(), ())
    found = [one for one in changes(token, body, live) if one.path not in derived]
    fixed = touching(found, *_replacing(arm.flat, [*(given.replace_on_changes or ()), *arm.replaces]))
    if fixed and not adoption.is_over:
        raise AdoptionError(resource_id, fixed)
    # azure-native reads a scope from an id without the slash at its beginning, and would replace for it; what only
    # steers a request isn't read at all.
    beside = [name for name in path if name == "scope" or name not in names]
    kept = [*stable_arguments(token, body, live, found), *beside]
    imported = None if adoption.is_over else str(live.get("id") or resource_id)
    taken = pulumi.ResourceOptions(import_=imported, ignore_changes=kept)
    return pulumi.ResourceOptions.merge(given, taken)


def stable_arguments(
    token: str, body: Mapping[str, Any], live: Mapping[str, Any], found: Collection[Difference] = ()
) -> list[str]:
    """Return the arguments that stay as Azure has them: what isn't described, and what doesn't differ."""
    arm = native_type(token)
    meant = {"properties": {}, **body} if arm.flat else body
    named = (_argument(arm, path) for path in _stable_paths(meant, arm.body(live), found))
    return [one for one in named if one]


def _replacing(flat: bool, arguments: Iterable[str]) -> list[str]:
    """Return ARM paths of arguments that make a new resource."""
    return [f"properties.{one}" if flat and not one.startswith("properties") else one for one in arguments]


def _argument(arm: ArmType, path: str) -> str:
    """Return what azure-native calls an ARM path: flat, or by a name of its own."""
    nested: Any = {}
    for key in reversed(path.split(".")):
        nested = {key: nested}
    steps, given = [], arm.arguments(nested)
    while isinstance(given, Mapping) and len(given) == 1:
        ((key, given),) = given.items()
        steps.append(key)
    return ".".join(steps)


def _stable_paths(
    meant: Mapping[str, Any], there: Mapping[str, Any], found: Collection[Difference], above: str = ""
) -> Iterator[str]:
    """Yield the ARM paths of what stays: what isn't described, what is as described, and what Azure leaves out."""
    for key in dict.fromkeys([*there, *meant]):
        path = f"{above}.{key}" if above else key
        if not key.isidentifier() or (not above and key in _OF_THE_ANSWER):
            continue
        described, differs = meant.get(key), bool(touching(found, path))
        if path == "properties" or (differs and _has_fields(there.get(key)) and _has_fields(described)):
            yield from _stable_paths(described or {}, there.get(key) or {}, found, path)
        elif not differs:
            yield path


def _has_fields(value: Any) -> bool:
    """Return whether a value is a mapping of named fields, not one of names that somebody chose."""
    return isinstance(value, Mapping) and bool(value) and all(key.lstrip("$").isidentifier() for key in value)
