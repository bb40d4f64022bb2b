"""The pack's config: one JSON file in CrossGuard's form, ``{"<rule>": "<level>" | {"enforcementLevel": …, …}}``.

What isn't about one rule stands under `guardrails`: who people are, where roles and the past are read from, what may
run although anything could be behind it. The file belongs on the base branch, out of reach of the pull request that
it judges.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml_policies.config import PACK, SCHEMA, ConfigError, PackConfig, defaults
from azureml_policies.fixes import ConfigFix
from azureml_policies.rule import Level, Rule, Severity

if TYPE_CHECKING:
    from jsonschema import ValidationError

LEVEL = "enforcementLevel"
ALL = "all"

SETTINGS_RULE = Rule(
    id=PACK,
    title="The pack's own settings are complete, and no rule that must hold is switched off.",
    severity=Severity.CRITICAL,
    remedy="fix the file that `--policy-pack-config` names",
    fix=(ConfigFix('{"guardrails": {…}}'),),
    settings=SCHEMA,
    lowest=Level.MANDATORY,
    decides=True,
    family="pack",
)


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
    """Return a config from its JSON. `all` sets the level of every rule that isn't named."""
    if not isinstance(content, Mapping):
        raise ConfigError(['expected an object such as {"compute-max-nodes": {"max": 10}}'])
    by_id = {rule.id: rule for rule in rules}
    problems = [unknown_rule(name, by_id) for name in content if name not in by_id and name != ALL]
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
    """Return the level of `all`: as a file has it, or as Pulumi passes it on, which also gives it to each rule."""
    if isinstance(entry, Mapping) and set(entry) - {LEVEL}:
        problems.append(f"{ALL}: only a level can be given to every rule, not {', '.join(set(entry) - {LEVEL})}")
    return _level(ALL, entry.get(LEVEL) if isinstance(entry, Mapping) else entry, problems)


_ORDER = {Level.DISABLED: 0, Level.ADVISORY: 1, Level.MANDATORY: 2, Level.REMEDIATE: 2}


def too_low(levels: Mapping[str, Level], rules: Collection[Rule], everywhere: Level | None = None) -> list[str]:
    """Return what is wrong with the levels: rules about who may do what can't be switched off by whoever runs the
    preview.
    """
    low = [rule for rule in rules if rule.id in levels and _ORDER[levels[rule.id]] < _ORDER[rule.lowest]]
    by_all = [rule.id for rule in low if levels[rule.id] is everywhere and rule.id != PACK]
    problems = []
    if by_all:
        names = ", ".join(by_all)
        problems.append(
            f"{ALL}: {everywhere} is too low for {names}. Name the rules that are to be {everywhere} instead"
        )
    return problems + [
        f"{rule.id}: {levels[rule.id]} is too low; it can't be lower than {rule.lowest}. Take the line out; to exempt "
        "someone, grant them the role"
        for rule in low
        if levels[rule.id] is not everywhere
    ]


def unknown_rule(name: str, rules: Mapping[str, Rule]) -> str:
    """Return that there is no such rule, with the one that was probably meant."""
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


def mismatches(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a value by its JSON Schema, each with its place: ``[2]: expected string, found 5``."""
    errors = sorted(_validator()(schema).iter_errors(value), key=lambda error: list(error.absolute_path))
    return [_mismatch(error) for error in errors]


@cache
def _validator() -> Any:
    """Return the validators for which tuples are arrays, too; making their class takes longer than to validate."""
    from jsonschema import Draft202012Validator, validators

    takes_tuples = Draft202012Validator.TYPE_CHECKER.redefine("array", lambda _, item: isinstance(item, list | tuple))
    return validators.extend(Draft202012Validator, type_checker=takes_tuples)


def _mismatch(error: ValidationError) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    wanted, found = error.validator_value, error.instance
    expected = {
        "type": lambda: f"expected {wanted}, found {json.dumps(found)}",
        "enum": lambda: f"expected one of {', '.join(map(str, wanted))}, found {found!r}",
        "minimum": lambda: f"expected at least {wanted}, found {found}",
    }
    return f"{place}: {expected[error.validator]() if error.validator in expected else error.message}"
