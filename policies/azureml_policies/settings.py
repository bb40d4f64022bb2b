"""The pack's config: one JSON file in CrossGuard's form, ``{"<rule>": "<level>" | {"enforcementLevel": …, …}}``.

What isn't about one rule stands under `guardrails`: who people are, where roles and the past are read from, what may
run although anything could be behind it. The file belongs on the base branch, out of reach of the pull request that
it judges.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azureml_policies.rule import Level, Rule, Severity

PACK = "guardrails"
"""The name under which the pack's own settings stand: it is a rule to CrossGuard, which has no settings of a pack."""
LEVEL = "enforcementLevel"
ALL = "all"

OWN_RESOURCES = tuple(
    f"pulumi-python:dynamic/azureml:{name}" for name in ("Upload", "Traffic", "DefaultDeployment", "Purge")
)
"""The dynamic resources of this project's components, which upload files, route requests and free names."""


def _texts(description: str, default: Sequence[str] = ()) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "default": list(default), "description": description}


def _objects(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object"}, "default": [], "description": description}


def _mapping(description: str) -> dict[str, Any]:
    return {"type": "object", "default": {}, "description": description}


SCHEMA: Mapping[str, Mapping[str, Any]] = {
    "people": _mapping("Who a login of the CI system is: `github:LOGIN` -> `{object_id, name, groups}`."),
    "github": _mapping("What a GitHub token must say: `{repository, refs, …}`."),
    "gitlab": _mapping("What a GitLab token must say: `{project, …}`."),
    "azure_devops": _mapping("Which Azure DevOps organization and project is asked: `{collection, project, …}`."),
    "roles": {
        "type": "string",
        "enum": ["azure", "given"],
        "default": "azure",
        "description": "Where role assignments come from: `azure` asks Azure; `given` takes `assignments` below.",
    },
    "assignments": _objects("With `roles: given`: `{role, scope, principal, condition}`."),
    "denies": _objects("With `roles: given`: deny assignments."),
    "groups": _mapping("With `roles: given`: a group's object id -> the object ids of its members."),
    "baseline": {
        "type": "string",
        "default": "live",
        "description": "What is there already: `live` (asked of Azure), `none` (an empty stack), or the path of a "
        "state that `pulumi stack export` wrote, seen from the pack's folder.",
    },
    "allow": _texts(
        "Resources that anybody may change although anything could be behind them (commands, dynamic resources, "
        "linked templates): `TYPE` or `TYPE::NAME`, with `*` for any text.",
        OWN_RESOURCES,
    ),
    "rent": {
        "type": "string",
        "default": "",
        "description": "The action that whoever rents machines by deployments and serverless jobs must have on the "
        "workspace; empty: Microsoft.MachineLearningServices/workspaces/computes/write.",
    },
}

SETTINGS_RULE = Rule(
    id=PACK,
    title="The pack's own settings are complete, and no rule that must hold is switched off.",
    severity=Severity.CRITICAL,
    remedy="mend the file that `--policy-pack-config` names",
    settings=SCHEMA,
    lowest=Level.MANDATORY,
    decides=True,
    family="pack",
)


class ConfigError(ValueError):
    """A config that can't be used; each of `problems` says where, what, and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class PackConfig:
    """What the rules go by: the pack's own settings, each rule's level, and each rule's settings."""

    pack: Mapping[str, Any] = field(default_factory=lambda: defaults(SCHEMA))
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def level(self, rule: Rule) -> Level:
        """What a violation of a rule does."""
        return self.levels.get(rule.id, rule.level)

    def of(self, rule: Rule) -> Mapping[str, Any]:
        """A rule's settings, with its defaults."""
        given = self.settings.get(rule.id)
        return rule.defaults if given is None else {**rule.defaults, **given}


def defaults(schema: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values that a schema gives where nothing is said."""
    return {name: item["default"] for name, item in schema.items() if "default" in item}


def load(path: Path, rules: Collection[Rule]) -> PackConfig:
    """Read a config file. ConfigError says what is wrong with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: can't be read ({error.strerror}); give the path of a JSON file"]) from None
    except ValueError as error:
        raise ConfigError([f'{path}: not JSON ({error}); the form is {{"RULE": "mandatory"}}']) from None
    try:
        return parse(content, rules)
    except ConfigError as error:
        raise ConfigError([f"{path}: {problem}" for problem in error.problems]) from None


def parse(content: Any, rules: Collection[Rule]) -> PackConfig:
    """A config from its JSON. `all` sets the level of every rule that isn't named."""
    if not isinstance(content, Mapping):
        raise ConfigError(['expected an object such as {"compute-max-nodes": {"max": 10}}'])
    by_id = {rule.id: rule for rule in rules}
    problems = [_unknown_rule(name, by_id) for name in content if name not in by_id and name != ALL]
    everywhere = _for_all(content[ALL], problems) if ALL in content else None
    levels = dict.fromkeys(by_id, everywhere) if everywhere else {}
    settings: dict[str, dict[str, Any]] = {}
    for name in content.keys() & by_id.keys():
        level, settings[name] = _entry(by_id[name], content[name], problems)
        levels |= {name: level} if level else {}
    problems += too_low(levels, by_id.values(), everywhere)
    if problems:
        raise ConfigError(problems)
    pack = settings.pop(PACK, {})
    return PackConfig({**defaults(SCHEMA), **pack}, levels, settings)


def _for_all(entry: Any, problems: list[str]) -> Level | None:
    """The level of `all`: as a file has it, or as Pulumi passes it on, which also gives it to each rule."""
    if isinstance(entry, Mapping) and set(entry) - {LEVEL}:
        problems.append(f"{ALL}: only a level can be given to every rule, not {', '.join(set(entry) - {LEVEL})}")
    return _level(ALL, entry.get(LEVEL) if isinstance(entry, Mapping) else entry, problems)


_ORDER = {Level.DISABLED: 0, Level.ADVISORY: 1, Level.MANDATORY: 2, Level.REMEDIATE: 2}


def too_low(levels: Mapping[str, Level], rules: Collection[Rule], everywhere: Level | None = None) -> list[str]:
    """What is wrong with the levels: rules about who may do what can't be switched off by whoever runs the preview."""
    low = [rule for rule in rules if rule.id in levels and _ORDER[levels[rule.id]] < _ORDER[rule.lowest]]
    by_all = [rule.id for rule in low if levels[rule.id] is everywhere and rule.id != PACK]
    told = [
        f"{ALL}: {everywhere} is too low for {', '.join(by_all)}. Name the rules that are to be {everywhere} instead"
    ]
    return told * bool(by_all) + [
        f"{rule.id}: {levels[rule.id]} is too low; it can't be lower than {rule.lowest}. Take the line out; whoever "
        "must not be judged needs the role instead"
        for rule in low
        if levels[rule.id] is not everywhere
    ]


def _unknown_rule(name: str, rules: Mapping[str, Rule]) -> str:
    near = difflib.get_close_matches(name, rules, 1)
    return f"{name}: there is no such rule" + (f"; did you mean {near[0]}?" if near else "")


def _entry(rule: Rule, entry: Any, problems: list[str]) -> tuple[Level | None, dict[str, Any]]:
    if isinstance(entry, str):
        return _level(rule.id, entry, problems), {}
    if not isinstance(entry, Mapping):
        problems.append(f"{rule.id}: expected a level ({', '.join(Level)}) or an object, found {entry!r}")
        return None, {}
    level = _level(rule.id, entry[LEVEL], problems) if LEVEL in entry else None
    given = {name: value for name, value in entry.items() if name != LEVEL}
    problems += [problem for name, value in given.items() for problem in _wrong(rule, name, value)]
    return level, given


def _level(name: str, text: Any, problems: list[str]) -> Level | None:
    if isinstance(text, str) and text in list(Level):
        return Level(text)
    problems.append(f"{name}: {text!r} is no level; there are {', '.join(Level)}")
    return None


def _wrong(rule: Rule, name: str, value: Any) -> list[str]:
    schema = rule.settings.get(name)
    if schema is None:
        known = ", ".join(rule.settings) or "none"
        near = difflib.get_close_matches(name, rule.settings, 1)
        return [
            f"{rule.id}.{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else f" ({known})")
        ]
    return [f"{rule.id}.{name}{problem}" for problem in mismatches(value, schema)]


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int, float),
    "array": (list, tuple),
    "object": (Mapping,),
}


def mismatches(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Where a value isn't of its schema. Of JSON Schema it knows what our rules use: type, items, enum, minimum."""
    wanted = schema.get("type", "")
    if not _is(value, wanted):
        return [f": expected {wanted}, found {json.dumps(value)}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f": expected one of {', '.join(map(str, schema['enum']))}, found {value!r}"]
    if "minimum" in schema and value < schema["minimum"]:
        return [f": expected at least {schema['minimum']}, found {value}"]
    if wanted != "array" or "items" not in schema:
        return []
    return [f"[{at}]{problem}" for at, item in enumerate(value) for problem in mismatches(item, schema["items"])]


def _is(value: Any, wanted: str) -> bool:
    """Whether a value is of a JSON type; Pulumi's wire has whole numbers as floats."""
    if wanted in ("number", "integer") and isinstance(value, bool):
        return False
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(wanted, (object,)))
