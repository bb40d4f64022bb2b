"""What Azure ML refuses of a pipeline: steps whose inputs aren't those of their component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azureml_sandbox.model.bodies import dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import Cloud, Write


def check(write: Write) -> None:
    """Refuse a new pipeline with a step that lacks an input, or has one that its component doesn't declare.

    Components of registries, which aren't modelled, may have any.
    """
    steps = write.properties.get("jobs")
    for name, step in steps.items() if write.created and isinstance(steps, Mapping) else ():
        declared = _inputs(write.azure, step.get("componentId") if isinstance(step, Mapping) else None)
        if declared is None:
            continue
        given = step.get("inputs") or {}
        needed = [port for port, one in declared.items() if not _may_be_left_out(one)]
        missing = next((port for port in needed if port not in given), None)
        if missing is not None:
            raise bad_request(f"Step '{name}': the required input '{missing}' is not provided.", "UserError")
        unknown = next((port for port in given if port not in declared), None)
        if unknown is not None:
            text = f"Step '{name}': the component has no input '{unknown}'; it has {', '.join(declared) or 'none'}."
            raise bad_request(text, "UserError")


def _inputs(azure: Cloud, component: Any) -> Mapping[str, Any] | None:
    """Return the inputs that a component declares; None where it isn't known here."""
    if not isinstance(component, str) or not component.startswith("/") or azure.is_missing(component):
        return None
    found = azure.load(component)
    spec = dig(found, "properties.componentSpec") if found is not None else None
    return spec.get("inputs") or {} if isinstance(spec, Mapping) else None


def _may_be_left_out(declared: Any) -> bool:
    if not isinstance(declared, Mapping):
        return True
    return str(declared.get("optional")).lower() == "true" or declared.get("default") is not None
