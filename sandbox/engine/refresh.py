"""Reading back what the cloud has: the state follows it, and the next run shows what has drifted."""

from __future__ import annotations

import copy
import importlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from arm.catalogue import unversioned
from sandbox.engine import diff, paths
from sandbox.engine.deployment import Deployment
from sandbox.engine.operations import Op
from sandbox.engine.state import Resource
from sandbox.engine.steps import PROVIDER_TYPES
from sandbox.engine.urns import STACK_TYPE
from sandbox.engine.values import Properties, inner, keep_secret


def refresh(deployment: Deployment) -> None:
    """Bring every resource of the state up to date with the cloud; what is gone leaves the state."""
    for old in deployment.steps.state.resources():
        if old.pending_delete or old.type == STACK_TYPE:
            continue
        if old.custom and not old.type.startswith(PROVIDER_TYPES):
            _refresh(deployment, old)
        else:
            deployment.steps.record(Op.SAME, old.urn, old.parent, resource_id=old.id)


def _refresh(deployment: Deployment, old: Resource) -> None:
    steps = deployment.steps
    known = old.outputs if old.type.startswith("pulumi-python:") else old.inputs
    with steps.doing(Op.READ, old.urn, old.parent):
        outputs = deployment.providers.find(old.type, old.provider).read(old.id, known)
    if outputs is None:
        if not steps.preview:
            steps.state.commit(removed=[old.key])
        steps.record(Op.DELETE, old.urn, old.parent, resource_id=old.id, note="gone from Azure")
        return
    outputs = keep_secret(keep_secret(outputs, old.inputs), old.outputs)
    changes = diff.compare(old.outputs, outputs)
    changed = replace(old, outputs=outputs, inputs=_drifted(old, outputs))
    if changes and not steps.preview:
        steps.state.commit(changed)
    op = Op.UPDATE if changes else Op.SAME
    steps.record(op, old.urn, old.parent, resource_id=old.id, changes=changes)


def _drifted(old: Resource, outputs: Properties) -> Properties:
    """The inputs with what changed in the cloud since the last run, so that the next run puts it right.

    As azure-native does: a difference between the old and the new outputs is carried over to the input of that name.
    """
    inputs = copy.deepcopy(old.inputs)
    arguments = _arguments(old.type)
    for change in diff.compare(old.outputs, outputs):
        path = paths.parse(change.path)
        if _comparable(inputs, path):
            paths.reset(outputs, inputs, path)
        elif path[0] in arguments and path[0] not in old.inputs:
            paths.reset(outputs, inputs, path[:1])
    return inputs


def _comparable(inputs: Properties, path: paths.Path) -> bool:
    """Whether the program gives a value of its own at a path: what Azure fills in beside it isn't drift."""
    return paths.get(inputs, path) is not None and not isinstance(inner(paths.get(inputs, path)), dict)


def _arguments(token: str) -> frozenset[str]:
    """The argument names of an azure-native resource class; none for other types."""
    match = re.match(r"azure-native:([\w.]+):(\w+)$", unversioned(token))
    if match is None:
        return frozenset()
    module = importlib.import_module(f"pulumi_azure_native.{match[1]}")
    arguments = getattr(module, f"{match[2]}InitArgs", None) or getattr(module, f"{match[2]}Args", None)
    return frozenset(_names(arguments))


def _names(arguments: Any) -> Iterable[str]:
    from pulumi._types import input_type_py_to_pulumi_names

    return input_type_py_to_pulumi_names(arguments).values() if arguments is not None else ()
