"""Masking of secrets in previews: ``--show-secrets`` writes them in the clear, and a review has many readers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azureml_arm.compare.masks import MASK
from azureml_policies.baseline.wire import is_secret
from azureml_policies.previews.read import Preview, PreviewStep


def mask_secrets(preview: Preview) -> Preview:
    """Return the preview with every secret masked, also where messages quote one."""
    found: set[str] = set()
    steps = tuple(_step(step, found) for step in preview.steps)
    texts = sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True)
    messages = tuple(replace(one, text=_without(one.text, texts)) for one in preview.messages)
    objections = tuple(replace(one, message=_without(one.message, texts)) for one in preview.objections)
    return replace(preview, steps=steps, messages=messages, objections=objections)


_SHORTEST = 4
"""Characters of a secret that is looked for in messages: shorter ones are words as well."""


def _step(step: PreviewStep, found: set[str]) -> PreviewStep:
    return replace(step, old=_state(step.old, found), new=_state(step.new, found))


def _state(state: Mapping[str, Any] | None, found: set[str]) -> Mapping[str, Any] | None:
    if state is None:
        return None
    return {key: _mask(value, found) if key in ("inputs", "outputs") else value for key, value in state.items()}


def _mask(value: Any, found: set[str]) -> Any:
    if isinstance(value, Mapping):
        if is_secret(value):
            _remember(value.get("value"), found)
            _remember(value.get("plaintext"), found)
            return MASK
        return {key: _mask(item, found) for key, item in value.items()}
    return [_mask(item, found) for item in value] if isinstance(value, list) else value


def _remember(value: Any, found: set[str]) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _remember(item, found)
    elif isinstance(value, list):
        for item in value:
            _remember(item, found)
    elif isinstance(value, str):
        found.update({value, value.strip('"')})


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
