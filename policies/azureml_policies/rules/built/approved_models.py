"""approved-models: models from registries are those that the config approves."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from azureml_arm.actions import BATCH_DEPLOYMENT, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from azureml_policies.config import texts
from azureml_policies.fixes import Line
from azureml_policies.requests.unknown import require_all_known
from azureml_policies.requests.write import Write
from azureml_policies.rule import Found, Rule, Settings, Severity
from azureml_policies.text import join_words, show_value

_PLACES = {
    ONLINE_DEPLOYMENT: ("properties.model",),
    BATCH_DEPLOYMENT: ("properties.model",),
    SERVERLESS_ENDPOINT: ("properties.modelSettings.modelId",),
    f"{WORKSPACE}/marketplaceSubscriptions": ("properties.modelId",),
    f"{WORKSPACE}/models/versions": ("properties.modelUri",),
}
"""ARM type -> where it names a model."""


def _check(write: Write, settings: Settings) -> Found:
    approved = [*(f"{name}/*" for name in settings["registries"]), *settings["models"]]
    for model in _models_of(write) if approved else ():
        found = _in_registry(model)
        if found and not any(fnmatchcase(found.lower(), pattern.lower()) for pattern in approved):
            expected = join_words(approved, "and")
            yield f"{write.name}: model is {show_value('', found)} of a registry, approved are {expected}"


def _models_of(write: Write) -> Iterator[str]:
    places = next(places for name, places in _PLACES.items() if write.is_a(name))
    for path in places:
        yield from _texts(require_all_known(write.read(path), path))


def _texts(value: Any) -> Iterator[str]:
    """Yield a model's id, or those in an envelope around it: which word holds it depends on the kind of reference."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _in_registry(model: str) -> str:
    """Return ``REGISTRY/MODEL`` of a model in a registry, by its URI or its ARM id; empty for the workspace's own."""
    parts = [part for part in unquote(model).replace("\\", "/").split("/") if part]
    lowered = [part.lower() for part in parts]
    if "registries" not in lowered:
        return ""
    after = lowered.index("registries") + 1
    own = lowered.index("models", after) + 1 if "models" in lowered[after:] else len(parts)
    return "/".join([*parts[after : after + 1], *parts[own : own + 1]])


RULE = Rule(
    id="approved-models",
    title="Models that come from registries are those that the config approves.",
    severity=Severity.MEDIUM,
    remedy="serve an approved model, or one that is registered in the workspace",
    fix=(Line("online_deployments", "model", "azureml:NAME:1", chosen=True),),
    types=tuple(_PLACES),
    check=_check,
    settings={
        "registries": texts(
            "Registries whose models are all approved, with `*` for any text. With neither registries "
            "nor models, any model is."
        ),
        "models": texts("Models that are approved beside: `REGISTRY/MODEL`, with `*` for any text."),
    },
    family="endpoints",
)
