"""Inputs derived from what the cloud has: where it drifted away from the program, and where no program was."""

import copy

from azureml_arm.catalogue import ArmType
from azureml_sandbox.pulumi.engine import arguments, diff, paths
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import Properties, inner


def apply_drift(old: Resource, outputs: Properties) -> Properties:
    """Return the inputs with what changed in the cloud since the last run, so that the next run puts it right.

    As azure-native does: a difference between the old and the new outputs is carried over to the input of that name.
    """
    inputs = copy.deepcopy(old.inputs)
    known = arguments.names(old.type)
    for change in diff.compare(old.outputs, outputs):
        path = paths.parse(change.path)
        if _comparable(inputs, path):
            paths.reset(outputs, inputs, path)
        elif path[0] in known and path[0] not in old.inputs:
            paths.reset(outputs, inputs, path[:1])
    return inputs


def import_inputs(arm: ArmType, resource_id: str, outputs: Properties) -> Properties:
    """Return the inputs of a resource that a program didn't make, as far as they follow from what there is."""
    # The names last: the output `name` of an asset's version is the version.
    return arguments.settable(arm.token, outputs) | arm.names(resource_id)


def _comparable(inputs: Properties, path: paths.Path) -> bool:
    """Return whether the program gives a value of its own at a path: what Azure fills in beside it isn't drift."""
    return paths.get(inputs, path) is not None and not isinstance(inner(paths.get(inputs, path)), dict)
