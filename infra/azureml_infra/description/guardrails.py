"""Conflicts between a description and its own guardrails, found before Azure refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azureml_infra.description.located import Checked, Located
from azureml_infra.entities.guardrails import DATA_SCIENTIST, SWITCH, AllowedCompute
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.yaml.nodes import Document, descend
from azureml_infra.yaml.problems import Problem, one_of, quote


def guardrails(document: Document, platform: PlatformDescription, checked: Checked) -> Iterator[Problem]:
    """Yield access to a role that isn't made, and entities that the platform's own policy refuses."""
    args = platform.guardrails
    if args is None or args.data_scientist_role is None:
        yield from _without_role(document, platform)
    allowed = args.allowed_compute if args is not None else None
    if allowed is not None and allowed.effect == "deny":
        for located in checked.entities:
            yield from _refusals(located, allowed)


def _without_role(document: Document, platform: PlatformDescription) -> Iterator[Problem]:
    for index, entry in enumerate(platform.access):
        if entry.role == DATA_SCIENTIST:
            node = descend(document.root, ("access", index, "role"))
            what = f"the role {quote(DATA_SCIENTIST)} isn't made here"
            yield Problem(document.file(node), node.line, node.column, what, f"`{SWITCH}`, too")


def _refusals(located: Located, allowed: AllowedCompute) -> Iterator[Problem]:
    entity = located.entity
    kind = _kind(entity)
    if kind is not None and allowed.kinds is not None and kind not in allowed.kinds:
        field = "compute" if kind == "serverless" else "type"
        yield located.problem((field,), f"{quote(kind)} is not a kind in allowed_compute", one_of(allowed.kinds))
    for field, size in _sizes(entity):
        known = list(map(str, allowed.sizes or (size,)))
        if size not in known:
            what = f"{quote(size)} is not a size in allowed_compute"
            yield located.problem((field,), what, one_of(known))
    for field, count in _counts(entity):
        if allowed.max_instances is not None and count > allowed.max_instances:
            what = f"{count} is more than allowed_compute allows"
            yield located.problem((field,), what, f"{allowed.max_instances} or less")


def _kind(entity: Any) -> str | None:
    """Return the kind of a compute; "serverless" for a job, other than a pipeline, that names no compute."""
    if entity.family == "computes":
        return str(entity.type)
    named = str(getattr(entity, "compute", None) or "").removeprefix("azureml:").lower()
    alone = entity.family == "jobs" and entity.type != "pipeline"
    return "serverless" if alone and named in ("", "serverless") else None


def _sizes(entity: Any) -> Iterator[tuple[str, str]]:
    if entity.family == "computes" and isinstance(getattr(entity, "size", None), str):
        yield "size", entity.size
    if entity.family == "online_deployments" and entity.type == "managed":
        yield "instance_type", entity.instance_type


def _counts(entity: Any) -> Iterator[tuple[str, int]]:
    if entity.family == "computes" and isinstance(getattr(entity, "max_instances", None), int):
        yield "max_instances", entity.max_instances
    if entity.family == "online_deployments" and entity.type == "managed":
        yield "instance_count", entity.instance_count
