"""Pulumi.STACK.yaml of each stack: written from the fleet, and held against it. Secrets and their keys are kept."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from azureml_arm.documents import read_yaml
from azureml_fleet.load import DESCRIPTION, OVERRIDES
from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.yaml.nodes import as_text, data
from azureml_infra.yaml.problems import Problem, one_of

_KEPT = ("encryptionsalt", "encryptedkey", "environment")
"""What pulumi itself writes into a stack's file, besides `secretsprovider`."""
_PROVIDER = "secretsprovider"
_REMEDY = "what `azureml-fleet write` writes"


class StackFileError(Exception):
    """A stack's file that can't be read or written."""


def path_of(fleet: Fleet, stack: Stack) -> Path:
    """Return the stack's file."""
    return fleet.project / f"Pulumi.{stack.name}.yaml"


def settings(fleet: Fleet, stack: Stack) -> str:
    """Return the settings that the stack's file has, however it is written; StackFileError."""
    config = _read(path_of(fleet, stack)).get("config") or {}
    return json.dumps({key: as_text(value) for key, value in config.items()}, sort_keys=True, default=str)


def expected_text(fleet: Fleet, stack: Stack) -> str:
    """Return what the stack's file should hold, with the secrets that it has; StackFileError."""
    text = yaml.safe_dump(
        _wanted_settings(stack, _read(path_of(fleet, stack))), sort_keys=False, allow_unicode=True, width=120
    )
    return f"{_heading(fleet)}\n{text}"


def _heading(fleet: Fleet) -> str:
    return f"# Written by `azureml-fleet write` from {fleet.document.name}: change it there. Secrets stay as they are."


def differences(fleet: Fleet) -> Iterator[Problem]:
    """Yield a problem for each file that isn't what the fleet says; a warning for one that is left over."""
    for stack in fleet.stacks:
        yield from _difference(fleet, stack)
    known = {path_of(fleet, stack).name.lower() for stack in fleet.stacks}
    for file in sorted(fleet.project.glob("Pulumi.*.yaml")):
        if file.name.lower() not in known and _is_ours(fleet, file):
            what = f"the fleet has no stack {file.name.removeprefix('Pulumi.').removesuffix('.yaml')} any more"
            expected = "the file to be removed, once the stack is destroyed"
            yield Problem(file.name, 1, 1, what, expected, severity="warning")


def _difference(fleet: Fleet, stack: Stack) -> Iterator[Problem]:
    file = path_of(fleet, stack)
    try:
        there = _read(file)
    except StackFileError as error:
        yield Problem(file.name, 1, 1, str(error).partition(": ")[2], "")
        return
    if not file.is_file():
        yield Problem(file.name, 1, 1, "no such file", _REMEDY)
        return
    wanted = _wanted_settings(stack, there)
    differing = [*_differing(wanted["config"], there.get("config") or {})]
    differing += [_PROVIDER] if wanted.get(_PROVIDER) != there.get(_PROVIDER) else []
    if differing:
        what = f"{one_of(differing).replace(' or ', ' and ')} isn't as {fleet.document.name} says"
        yield Problem(file.name, 1, 1, what, _REMEDY)


def _differing(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in dict.fromkeys([*wanted, *there]) if as_text(wanted.get(key)) != as_text(there.get(key)))


def write(fleet: Fleet) -> list[Path]:
    """Write every file that differs; which were written. StackFileError."""
    texts = {path_of(fleet, stack): expected_text(fleet, stack) for stack in fleet.stacks}
    changed = [file for file, text in texts.items() if _text(file) != text]
    for file in changed:
        file.write_text(texts[file], encoding="utf-8")
    return changed


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _is_ours(fleet: Fleet, file: Path) -> bool:
    return (_text(file) or "").startswith(_heading(fleet))


def _wanted_settings(stack: Stack, there: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: there[key] for key in (_PROVIDER, *_KEPT) if there.get(key) is not None}
    if stack.secrets_provider:
        kept[_PROVIDER] = stack.secrets_provider
    return {**kept, "config": {**_config(stack), **_secrets(there)}}


def _config(stack: Stack) -> dict[str, Any]:
    own: dict[str, Any] = {DESCRIPTION: stack.description}
    if stack.overrides is not None and stack.overrides.entries:
        own[OVERRIDES] = data(stack.overrides)
    return {**{key: as_text(value) for key, value in stack.config.items()}, **own}


def _secrets(there: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `pulumi config set --secret` wrote: it belongs to the file, whose key it is encrypted with."""
    given = there.get("config") or {}
    return {key: value for key, value in given.items() if isinstance(value, dict) and set(value) == {"secure"}}


def _read(file: Path) -> dict[str, Any]:
    try:
        there = read_yaml(_text(file) or "") or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackFileError(f"{file}: isn't a stack's settings ({type(error).__name__}); fix or remove it") from None
    if not isinstance(there, dict) or not isinstance(there.get("config") or {}, dict):
        raise StackFileError(f"{file}: isn't a stack's settings; fix or remove it")
    return there
