"""What a deployment, a stack and a template may say for the plan to show all that they do; whatever else is opaque.

Properties are those of https://learn.microsoft.com/azure/templates/microsoft.resources/deployments and
…/deploymentstacks, a template's parts those of
https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax. What isn't listed here (a new property, too)
may deploy, delete or grant what nobody sees.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azureml_policies.requests.unknown import has_unknown

COMPLETE = "a deployment in mode Complete, which deletes what its template doesn't list"
LINKED = "a linked template or a template spec"
_EXTENSIONS = "extensions of a template, which make things outside of Azure Resource Manager"

_VALUES = frozenset({"template", "parameters", "parameterslink", "externalinputs", "externalinputdefinitions"})
_WITHOUT_EFFECT = frozenset({"debugsetting", "validationlevel", "description"})
_HARMLESS: Mapping[bool, frozenset[str]] = {
    False: _VALUES | _WITHOUT_EFFECT | {"expressionevaluationoptions"},
    True: _VALUES | _WITHOUT_EFFECT | {"deploymentscope", "bypassstackoutofsyncerror"},
}
"""Names in lower case, for deployments and (True) for stacks."""

_REASONS: Mapping[str, str] = {
    "mode": COMPLETE,
    "templatelink": LINKED,
    "onerrordeployment": "a deployment that falls back on an earlier one, in mode Complete",
    "actiononunmanage": "a deployment stack, which deletes what its template no longer lists",
    "denysettings": "a deployment stack's deny settings, which take rights from others",
    "extensionconfigs": _EXTENSIONS,
    "extensions": _EXTENSIONS,
    "imports": _EXTENSIONS,
}

_PARTS = frozenset(
    {
        *("$schema", "contentversion", "languageversion", "apiprofile", "metadata", "definitions", "parameters"),
        *("variables", "functions", "resources", "outputs"),
    }
)
"""A template's parts, in lower case."""


def _is_incremental(mode: Any) -> bool:
    return isinstance(mode, str) and mode.lower() == "incremental"


def _detaches(action: Any) -> bool:
    """Return whether a stack leaves what its template no longer lists."""
    words = action.values() if isinstance(action, Mapping) else [action]
    return all(isinstance(word, str) and word.lower() in ("detach", "fail") for word in words if word is not None)


def _denies_nothing(settings: Any) -> bool:
    modes = [value for key, value in settings.items() if key.lower() == "mode"] if isinstance(settings, Mapping) else []
    return len(modes) == 1 and str(modes[0]).lower() == "none"


_JUDGED: Mapping[tuple[bool, str], Callable[[Any], bool]] = {
    (False, "mode"): _is_incremental,
    (True, "mode"): _is_incremental,
    (True, "actiononunmanage"): _detaches,
    (True, "denysettings"): _denies_nothing,
}
"""Properties of a deployment or (True) a stack of which some values are harmless."""


def hidden_by_properties(properties: Mapping[str, Any], *, stack: bool) -> Iterator[str]:
    """Yield what a deployment or stack with these properties (names in lower case) may do beside its template."""
    kind = "a deployment stack" if stack else "a deployment"
    for name, value in properties.items():
        if value is not None and name not in _HARMLESS[stack] and not _is_harmless(name, value, stack=stack):
            yield _REASONS.get(name, f"{kind}'s {_label(name)}, of which it isn't known here what it does")


def hidden_by_parts(template: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a template (names in lower case) may do beside its resources."""
    for name, value in template.items():
        if name not in _PARTS and value not in (None, {}, []):
            yield _REASONS.get(name, f"a template's {_label(name)}, of which it isn't known here what it does")


def _is_harmless(name: str, value: Any, *, stack: bool) -> bool:
    judge = _JUDGED.get((stack, name))
    return judge is not None and not has_unknown(value) and judge(value)


def _label(name: str) -> str:
    return "property whose name isn't known yet" if has_unknown(name) else repr(name)
