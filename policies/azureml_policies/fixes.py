"""What satisfies a rule, as data: a line of a description, a command, the pack's config, or no word of it yet.

`docs/rules.md` shows it, a refusal ends with it, `azureml-policies fix` writes it, and a test applies it to a
description that violates the rule and sees the rule pass.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import yaml

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A field of a description and the value that satisfies the rule; None takes the line out.

    `section` is a section of platform.yml, whose items each have the field; "" stands for platform.yml itself. `field`
    is a dotted path there.
    """

    section: str
    field: str
    value: Any = None
    setting: str = ""
    """The rule's setting that has the values, a text with ``*`` for any text; or by name, for a mapping."""
    most: bool = False
    """Whether smaller numbers do as well."""
    least: int = 0
    default: Any = None
    """What holds where the field isn't there."""
    types: tuple[str, ...] = ()
    """The `type` of items that have the field; none: all."""
    unless: str = ""
    """Another field of items that don't need it."""
    chosen: bool = False
    """Whether only whoever writes the description knows the value: `value` is an example."""

    def __str__(self) -> str:
        """Return the line and its place, in YAML's words."""
        where = f"each of `{self.section}`" if self.section.endswith("s") else f"`{self.section or 'platform.yml'}`"
        kinds = f" (`type: {'`, `'.join(self.types)}`)" if self.types else ""
        if self.value is not None:
            shown = f"`{self.field}: {flow(self.value)}`"
        else:
            shown = f"`{self.field}` as the setting `{self.setting}` says" if self.setting else f"no `{self.field}`"
        allowed = f", or as the setting `{self.setting}` says" if self.setting and self.value is not None else ""
        return f"{shown} in {where}{kinds}{', for example' if self.chosen else ''}{allowed}"

    def each(self, settings: Settings) -> Iterator[Line]:
        """Yield the line with its value by a rule's settings: a mapping has one for each name, an empty one
        none.
        """
        given = settings.get(self.setting)
        if not self.setting:
            yield self
        elif isinstance(given, Mapping):
            for name, allowed in given.items():
                listed = [allowed] if isinstance(allowed, str) else list(allowed)
                yield replace(self, field=f"{self.field}.{name}", **_choice(listed, None))
        elif isinstance(given, list | tuple) and given:
            yield replace(self, **_choice(given, self.value))
        elif isinstance(given, int) and given >= 0:
            yield replace(self, value=given if self.value is None else min(self.value, given))

    def holds(self, there: Any, settings: Settings) -> bool:
        """Return whether a field's value satisfies the line; None is a field that isn't there."""
        found = self.default if there is None else there
        given = self._values(settings)
        if self.most:
            limit = given if isinstance(given, int) else self.value
            return isinstance(found, int | float) and self.least <= found <= limit
        if self.chosen and not given:
            return False
        if self.value is None and not given:
            return there is None
        return found is not None and any(fnmatchcase(_fold(found), _fold(one)) for one in given or [self.value])

    def _values(self, settings: Settings) -> Any:
        given = settings.get(self.setting)
        if isinstance(given, Mapping):
            allowed = given.get(self.field.partition(".")[2])
            return [allowed] if isinstance(allowed, str) else allowed
        return given


def _choice(allowed: list[Any] | tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the value to write of those that are allowed, and whether somebody must choose it."""
    if value is not None and any(fnmatchcase(_fold(value), _fold(one)) for one in allowed):
        return {"value": value}
    plain = [one for one in allowed if "*" not in str(one)]
    return {"value": plain[0]} if plain else {"value": value, "chosen": True}


def _fold(value: Any) -> str:
    """Return a value as Azure compares it: az ml's `allow_internet_outbound` is ARM's AllowInternetOutbound."""
    return re.sub(r"[\s_]", "", str(value)).lower()


def flow(value: Any) -> str:
    """Return a value as YAML in one line, which can stand in brackets too."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(name)}: {flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    plain = not isinstance(value, str) or value.isprintable()
    style = None if plain else '"'
    listed = yaml.safe_dump([value], default_style=style, default_flow_style=True, width=math.inf, allow_unicode=plain)
    return str(listed).strip()[1:-1]


class CommandFix(NamedTuple):
    """A command that satisfies the rule."""

    text: str

    def __str__(self) -> str:
        """Return it as a message has it."""
        return f"`{self.text}`"


class ConfigFix(NamedTuple):
    """An entry of the pack's config that satisfies the rule, for whoever keeps it."""

    entry: str

    def __str__(self) -> str:
        """Return it as a message has it."""
        return f"`{self.entry}` in the pack's config"


class Kept(NamedTuple):
    """Nothing to write: whatever a description makes keeps the rule. Programs of one's own set `argument`."""

    argument: str

    def __str__(self) -> str:
        """Return it as a message has it."""
        return f"{self.argument} (what a description makes has it)"


class NoWord(NamedTuple):
    """Descriptions have no word for it yet, so the rule isn't on by default. Programs of one's own set `argument`."""

    argument: str

    def __str__(self) -> str:
        """Return it as a message has it."""
        return f"{self.argument}, in a program (a description has no word for it yet)"


Fix = Line | CommandFix | ConfigFix | Kept | NoWord


def grant(role: str, who: str, scope: str) -> str:
    """Return the command that gives somebody a role at a scope."""
    return f"az role assignment create --role '{role}' --assignee {who} --scope {scope}"


GRANT = CommandFix(grant("ROLE", "YOU", "ID"))
"""What the rules about rights ask for; the message has the role and the scope."""
