"""Taking into the stack what Azure has already: what is as described stays as it is, what differs is updated.

The engine imports it and updates it in one run (pulumi, pkg/resource/deploy/step_generator.go). What the description
doesn't say keeps its value: azure-native would send a body without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from azureml_arm.compare import Difference
from azureml_arm.types import BY_TOKEN
from azureml_infra.components.live import changes, lookup, of_this_run, touching
from azureml_infra.entities.base import Model

_TABLE = "adoption"


@dataclass
class Adoption:
    """What a run takes into its stack: everything that is there, or what `ids` names, in lower case."""

    subscription: str
    everything: bool = False
    ids: dict[str, Model] = field(default_factory=dict)
    """The ids that are asked for, and the entity that each is of."""

    def begin(self) -> None:
        """Take it from now on in this run."""
        of_this_run(_TABLE)[_TABLE] = self

    def wants(self, resource_id: str) -> bool:
        """Return whether something is to be taken where it is there."""
        return self.everything or resource_id.lower() in self.ids


class AdoptionError(pulumi.RunError):
    """What is in Azure could only be had as described by deleting it: its id, and the ARM paths that differ."""

    def __init__(self, resource_id: str, found: Collection[Difference]) -> None:
        lines = "; ".join(f"{one.path} is {one.old!r} in Azure and {one.new!r} here" for one in found)
        super().__init__(
            f"{resource_id} can't be adopted as it is described: Azure changes no such value in place, and what is "
            f"adopted is never replaced: {lines}; expected what is there"
        )
        self.resource_id, self.differences = resource_id, tuple(found)


def options(
    token: str, path: Mapping[str, Any], body: Mapping[str, Any], given: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions | None:
    """Return a resource's options with those that adopt it, where this run does; AdoptionError where it can't."""
    adoption: Adoption | None = of_this_run(_TABLE).get(_TABLE)
    arm = BY_TOKEN[f"azure-native:{token}"]
    names = {name: path[name] for name in arm.path_names if isinstance(path.get(name), str)}
    if adoption is None or len(names) < len(arm.path_names) or (given is not None and given.import_):
        return given
    resource_id = arm.id(names, adoption.subscription)
    live = lookup(token.replace(":", ":get"), names) if adoption.wants(resource_id) else None
    if live is None:
        return given
    found = changes(token, body, live)
    fixed = touching(found, *_replacing(arm.flat, [*(given.replace_on_changes or () if given else ()), *arm.replaces]))
    if fixed:
        raise AdoptionError(resource_id, fixed)
    kept = untouched(token, body, live, found)
    taken = pulumi.ResourceOptions(import_=str(live.get("id") or resource_id), ignore_changes=kept)
    return pulumi.ResourceOptions.merge(given, taken)


def untouched(
    token: str, body: Mapping[str, Any], live: Mapping[str, Any], found: Collection[Difference] = ()
) -> list[str]:
    """Return the arguments that stay as Azure has them: what isn't described, and what doesn't differ."""
    arm = BY_TOKEN[f"azure-native:{token}"]
    return [_argument(arm.flat, one) for one in _untouched(body, arm.body(live), found)]


def _replacing(flat: bool, arguments: Iterable[str]) -> list[str]:
    """Return ARM paths of arguments that make a new resource."""
    return [f"properties.{one}" if flat and not one.startswith("properties") else one for one in arguments]


def _argument(flat: bool, path: str) -> str:
    return path.removeprefix("properties.") if flat else path


def _untouched(
    meant: Mapping[str, Any], there: Mapping[str, Any], found: Collection[Difference], above: str = ""
) -> Iterator[str]:
    """Yield the ARM paths of what is there and stays: what isn't described, and what is as described."""
    for key, value in there.items():
        path = f"{above}.{key}" if above else key
        if not key.isidentifier():
            continue
        if isinstance(value, Mapping) and isinstance(meant.get(key), Mapping):
            yield from _untouched(meant[key], value, found, path)
        elif not touching(found, path):
            yield path
