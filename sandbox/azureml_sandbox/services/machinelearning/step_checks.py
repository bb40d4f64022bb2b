"""What Azure ML refuses of a new pipeline: steps whose component isn't there, or has other inputs."""

import re
from collections.abc import Mapping
from typing import Any

from azureml_arm import ids
from azureml_sandbox.model.bodies import dig
from azureml_sandbox.model.errors import UserError, bad_request
from azureml_sandbox.model.resource import Cloud, Write
from azureml_sandbox.services.machinelearning import publishing

_REGISTRY = re.compile(
    r"(?:azureml:)?azureml://registries/(?P<registry>[^/]+)/components/(?P<name>[^/]+)/versions/(?P<version>[^/]+)/?"
)
_MICROSOFTS = re.compile(r"azureml(-\w+)?|HuggingFace|nvidia-ai", re.IGNORECASE)
"""The registries that Azure ML and its partners publish in."""


def check(write: Write) -> None:
    """Refuse a step without its component, and one that lacks an input or has one that its component doesn't declare.

    Components of Microsoft's own registries, which aren't modelled, may have any.
    """
    jobs = write.properties.get("jobs") or {}
    steps = {name: step for name, step in jobs.items() if isinstance(step, Mapping)}
    for step in steps.values():
        _check_component(write.azure, _in_arm(write.azure, step.get("componentId")))
    for name, step in steps.items():
        declared = _inputs(write.azure, _in_arm(write.azure, step.get("componentId")))
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


def _in_arm(azure: Cloud, component: Any) -> Any:
    """Return the ARM id for a component of a registry, named by its address; anything else as it is."""
    found = _REGISTRY.fullmatch(component) if isinstance(component, str) else None
    if found is None or _MICROSOFTS.fullmatch(found["registry"]):
        return component
    return f"{publishing.find(azure, found['registry'])['id']}/components/{found['name']}/versions/{found['version']}"


def _check_component(azure: Cloud, component: Any) -> None:
    if isinstance(component, str) and azure.is_missing(component):
        target = ids.parse(component)
        refusal = azure.kind(target).not_found(target)
        raise UserError(404, f"key: {component}, Message: {refusal.message}", code="NotFound")


def _inputs(azure: Cloud, component: Any) -> Mapping[str, Any] | None:
    """Return the inputs that a component declares; None where it isn't known here."""
    found = azure.load(component) if isinstance(component, str) else None
    spec = dig(found, "properties.componentSpec") if found is not None else None
    return spec.get("inputs") or {} if isinstance(spec, Mapping) else None


def _may_be_left_out(declared: Any) -> bool:
    if not isinstance(declared, Mapping):
        return True
    return str(declared.get("optional")).lower() == "true" or declared.get("default") is not None
