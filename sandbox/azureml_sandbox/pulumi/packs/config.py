"""A pack's configuration: what the file says over the pack's own defaults, as the pulumi CLI reconciles them.

pkg/resource/analyzer/config.go of https://github.com/pulumi/pulumi is what this follows: defaults of the schema, the
pack's initial configuration, then the file; in each, ``all`` before the policies' own entries.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from azureml_sandbox.pulumi.packs.model import PackError
from azureml_sandbox.pulumi.packs.schema import SchemaError, problems

LEVELS: Mapping[str, int] = {
    "advisory": analyzer_pb2.ADVISORY,
    "mandatory": analyzer_pb2.MANDATORY,
    "remediate": analyzer_pb2.REMEDIATE,
    "disabled": analyzer_pb2.DISABLED,
}
NAMES: Mapping[int, str] = {number: name for name, number in LEVELS.items()}
ALL = "all"
_LEVEL = "enforcementLevel"


@dataclass(frozen=True)
class Setting:
    """One policy's: a level ("" where nothing is set) and its properties."""

    level: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


Settings = dict[str, Setting]


def load(given: Path | Mapping[str, Any] | None) -> Settings | None:
    """Read what `--policy-pack-config` names; None where nothing is given."""
    if given is None:
        return None
    if isinstance(given, Path):
        return _parse(_read(given), str(given))
    return _parse(given, "the policy pack's configuration")


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if text.strip() else {}
    except FileNotFoundError:
        raise PackError(f"{path}: there is no such file; --policy-pack-config names the pack's settings") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise PackError(f"{path}: not readable as JSON: {error}") from error


def _parse(data: Any, where: str) -> Settings:
    if not isinstance(data, Mapping):
        raise PackError(f"{where}: expected an object of policies and their settings")
    if "environments" in data:
        raise PackError(f"{where}: `environments` are Pulumi Cloud's; the sandbox has none")
    found = {name: _setting(name, value, where) for name, value in data.items()}
    return {name: setting for name, setting in found.items() if setting != Setting()}


def _setting(name: str, value: Any, where: str) -> Setting:
    if isinstance(value, str):
        return Setting(_level(name, value, where))
    if not isinstance(value, Mapping):
        raise PackError(f"{where}: {name} is {value!r}; it must be a level or an object")
    level = _level(name, value[_LEVEL], where) if _LEVEL in value else ""
    return Setting(level, {key: item for key, item in value.items() if key != _LEVEL})


def _level(name: str, value: Any, where: str) -> str:
    if not isinstance(value, str) or value not in LEVELS:
        raise PackError(f"{where}: {name}: {value!r} is not a level; these are: {', '.join(LEVELS)}")
    return value


def reconcile(info: Any, given: Settings | None, label: str) -> Any:
    """Return the Configure request for a pack, from its AnalyzerInfo and what the file says; None: it takes none."""
    if not info.supportsConfig:
        if given is not None:
            raise PackError(f"the policy pack {label} does not take any configuration")
        return None
    result = {policy.name: Setting(NAMES[policy.enforcementLevel], _defaults(policy)) for policy in info.policies}
    initial = {
        name: Setting(NAMES[item.enforcementLevel], json_format.MessageToDict(item.properties))
        for name, item in info.initialConfig.items()
    }
    for settings in (initial, given or {}):
        result = _apply(result, settings)
    _validate(info, result, label)
    return _request(result, label, sorted(policy.name for policy in info.policies))


def _defaults(policy: Any) -> dict[str, Any]:
    declared = json_format.MessageToDict(policy.configSchema.properties)
    return {name: schema["default"] for name, schema in declared.items() if "default" in schema}


def _apply(result: Settings, settings: Settings) -> Settings:
    everywhere = settings.get(ALL, Setting()).level
    result = {name: Setting(everywhere or item.level, item.properties) for name, item in result.items()}
    for name, item in settings.items():
        before = result.get(name, Setting())
        result[name] = Setting(item.level or before.level, {**before.properties, **item.properties})
    return result


def _validate(info: Any, settings: Settings, label: str) -> None:
    found = []
    for policy in info.policies:
        schema = {
            "properties": json_format.MessageToDict(policy.configSchema.properties),
            "required": list(policy.configSchema.required),
        }
        try:
            found += [f"{policy.name}: {text}" for text in problems(dict(settings[policy.name].properties), schema)]
        except SchemaError as error:
            raise PackError(f"the policy pack {label}: {policy.name}: {error}") from error
    if found:
        raise PackError(f"the configuration of the policy pack {label} is not right:\n  " + "\n  ".join(found))


def _request(settings: Settings, label: str, known: list[str]) -> Any:
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, setting in settings.items():
        if not setting.level:
            raise PackError(f"the policy pack {label} has no policy {name!r}; it has: {', '.join(known)}")
        request.policyConfig[name].enforcementLevel = LEVELS[setting.level]
        request.policyConfig[name].properties.SetInParent()
        request.policyConfig[name].properties.update(dict(setting.properties))
    return request
