"""The settings that a run goes by, as values: the pack's own, each rule's level, and each rule's settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from azureml_policies.levels import Level

PACK = "guardrails"
"""The name under which the pack's own settings stand: it is a rule to CrossGuard, which has no settings of a pack."""
OWN_RESOURCES = tuple(
    f"pulumi-python:dynamic/azureml:{name}"
    for name in (
        "Upload",
        "RegistryUpload",
        "Share",
        "Traffic",
        "DefaultDeployment",
        "Purge",
        "WorkspacePurge",
        "ScheduleSwitch",
        "TriggerSwitch",
        "SynapseRole",
        "DatabricksToken",
    )
)
"""The dynamic resources of this project: uploads, shared assets, routing, disabled schedules, stopped triggers, freed
names, roles in Synapse, tokens of Databricks."""


def texts(description: str, default: Sequence[str] = (), among: Sequence[str] = ()) -> dict[str, Any]:
    """Return a setting that is a list of texts, of any or of some."""
    items = {"type": "string", **({"enum": [*among]} if among else {})}
    return {"type": "array", "items": items, "default": [*default], "description": description}


def flag(description: str) -> dict[str, Any]:
    """Return a setting that is off by default."""
    return {"type": "boolean", "default": False, "description": description}


def whole_number(description: str, default: int, least: int) -> dict[str, Any]:
    """Return a setting that is a whole number, of at least some."""
    return {"type": "integer", "minimum": least, "default": default, "description": description}


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
    "baseline_hours": whole_number("How old the file of a state may be, in hours.", 24, least=1),
    "baseline_days": whole_number(
        "How long ago the last update or refresh of the stack in that file may be, in days.", 90, least=1
    ),
    "allow": texts(
        "Resources that anybody may change although anything could be behind them (commands, dynamic resources, "
        "linked templates, types that the pack doesn't know): `TYPE` or `TYPE::NAME`, with `*` for any text.",
        OWN_RESOURCES,
    ),
    "rent": {
        "type": "string",
        "default": "",
        "description": "The action that whoever rents machines by deployments and serverless jobs must have on the "
        "workspace; empty: Microsoft.MachineLearningServices/workspaces/computes/write.",
    },
}


class ConfigError(ValueError):
    """A config that can't be used; each of `problems` says where, what, and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Configurable(Protocol):
    """What a config has to know of a rule."""

    @property
    def id(self) -> str:
        """Return the name under which a config sets it."""
        ...

    @property
    def level(self) -> Level:
        """Return the level where a config sets none."""
        ...

    @property
    def defaults(self) -> dict[str, Any]:
        """Return the settings where a config sets none."""
        ...


@dataclass(frozen=True)
class PackConfig:
    """What the rules go by: the pack's own settings, each rule's level, and each rule's settings."""

    pack: Mapping[str, Any] = field(default_factory=lambda: defaults(SCHEMA))
    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def level(self, rule: Configurable) -> Level:
        """Return what a violation of a rule does."""
        return self.levels.get(rule.id, rule.level)

    def of(self, rule: Configurable) -> Mapping[str, Any]:
        """Return a rule's settings, with its defaults."""
        given = self.settings.get(rule.id)
        return rule.defaults if given is None else {**rule.defaults, **given}


def defaults(schema: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values that a schema gives where nothing is set."""
    return {name: item["default"] for name, item in schema.items() if "default" in item}
