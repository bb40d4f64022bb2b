"""A Pulumi project's folder: its program and a stack's configuration."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from azureml_arm.documents import read_yaml
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.passphrase import decrypt
from azureml_sandbox.pulumi.engine.target import Configuration

SECRETS = Path(".sandbox/secrets.yaml")
"""Values of secret configuration for the sandbox, never committed: ``key: value``."""

PLACEHOLDERS = "SANDBOX_PLACEHOLDERS"
"""The variable that lets secrets be made up: who previews a stranger's change has no key to the real ones."""


@dataclass(frozen=True)
class Project:
    """What Pulumi.yaml says. `folder` holds it; `program` is the folder or file that is run."""

    name: str
    folder: Path
    program: Path
    configuration: Mapping[str, Any]


def find(folder: Path) -> Project:
    """Read the project of a folder; EngineError says what is missing."""
    path = folder / "Pulumi.yaml"
    if not path.is_file():
        raise EngineError(f"{folder}: there is no Pulumi.yaml; run this in a project's folder or name it with --cwd")
    data = _mapping(path)
    runtime = data.get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise EngineError(f"{path}: runtime is {language!r}; only python programs run in-process")
    if not isinstance(data.get("name"), str):
        raise EngineError(f"{path}: a project needs a name, such as `name: platform`")
    return Project(data["name"], folder, _entry(folder / str(data.get("main") or ".")), data.get("config") or {})


def _entry(path: Path) -> Path:
    program = path / "__main__.py" if path.is_dir() else path
    if not program.is_file():
        raise EngineError(f"{program}: there is no program")
    return program.resolve()


def configuration(project: Project, stack: str) -> Configuration:
    """Return the stack's configuration: Pulumi.STACK.yaml over the project's own, secrets decrypted or from SECRETS."""
    path, data = project.folder / f"Pulumi.{stack}.yaml", stack_file(project, stack)
    values = {_key(project, key): _text(value) for key, value in _defaults(project).items()}
    secrets = {_key(project, key): _text(value) for key, value in _local_secrets(project).items()}
    encrypted = set()
    for key, value in (data.get("config") or {}).items():
        full = _key(project, key)
        if isinstance(value, dict) and set(value) == {"secure"}:
            encrypted.add(full)
            values[full] = secrets.get(full) or _decrypt(path, key, str(value["secure"]), data)
        else:
            values[full] = _text(value)
    return Configuration(values | secrets, frozenset(encrypted | set(secrets)))


def stack_file(project: Project, stack: str) -> dict[str, Any]:
    """Return what Pulumi.STACK.yaml says, secrets still encrypted; nothing where there is no such file."""
    path = project.folder / f"Pulumi.{stack}.yaml"
    return _mapping(path) if path.is_file() else {}


def _defaults(project: Project) -> dict[str, Any]:
    given = {}
    for key, declared in project.configuration.items():
        value = declared.get("value", declared.get("default")) if isinstance(declared, dict) else declared
        if value is not None:
            given[key] = value
    return given


def _local_secrets(project: Project) -> dict[str, Any]:
    path = project.folder / SECRETS
    return _mapping(path) if path.is_file() else {}


def _decrypt(path: Path, key: str, secure: str, data: Mapping[str, Any]) -> str:
    if os.environ.get(PLACEHOLDERS):
        return f"placeholder for {key}"
    remedy = f"`pulumi config set --secret {key}`, or give the sandbox a value in {SECRETS} (`{key}: ...`)"
    if not secure.startswith("v1:"):
        raise EngineError(f"{path}: the secret {key!r} is not encrypted; set it with {remedy}")
    passphrase = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    if passphrase is None or "encryptionsalt" not in data:
        raise EngineError(
            f"{path}: the secret {key!r} can't be decrypted without PULUMI_CONFIG_PASSPHRASE and the stack's "
            f"encryptionsalt; set them, or {remedy}"
        )
    try:
        return decrypt(secure, passphrase, str(data["encryptionsalt"]))
    except ValueError as error:
        raise EngineError(f"{path}: the secret {key!r}: {error}; set it again with {remedy}") from error


def _key(project: Project, key: str) -> str:
    return key if ":" in key else f"{project.name}:{key}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        data = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EngineError(f"{path}: not readable as YAML: {error}") from error
    if data is not None and not isinstance(data, dict):
        raise EngineError(f"{path}: expected a mapping of names to values")
    return data or {}
