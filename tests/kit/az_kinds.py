"""What azure-ai-ml sends for files of the kinds that aren't jobs, beside what we send: `kit.az_bodies` for jobs.

A corpus of one file a section, with a case a line: its name and an az ml file. kinds.json beside them has az's bodies,
written by ``BODIES=write .venv-clients/bin/python -m pytest tests/sandbox/clients/test_kind_bodies.py``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from azureml_infra.description.load import load_document
from azureml_infra.description.located import Located
from azureml_infra.entities.body import body
from azureml_infra.yaml.read import parse
from kit.az_bodies import CORPUS, Resolver, plain, write_lines

FOLDER = CORPUS / "kinds"
RECORDED = FOLDER / "kinds.json"
SHOWN = CORPUS / "shown.json"
"""What `az ml … show` prints of a case of each kind, where azure-ai-ml reads it again."""
REFUSED = "refused"
SECRET = "SECRET"
_PARAMETER = re.compile(r"\[parameters\('(\w+)'\)\]")
_WORDS = re.compile(
    r"\.(authMode|loggingLevel|egressPublicNetworkAccess|publicNetworkAccess|action|status|frequency|weekDays|osType|type"
    r"|category|vmSize|instanceType|metric|taskType|systemDatastoresAuthMode|kind|rollingRate|dataCollectionMode|emailOn"
    r"|capabilityHostKind|featureDataTypeOverride\.[^.]+)$"
)
"""Places of words that Azure takes in any case, and writes as it likes."""
_LOCAL = re.compile(r"core\.localhost:\d+")
_OF_THE_CLIENT = ("client_component_hash", "createdByToolkit")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")


@dataclass(frozen=True)
class Case:
    """A file: its section of platform.yml, its name in the corpus, and its text, with `SECRET` for a credential."""

    section: str
    name: str
    text: str

    @property
    def id(self) -> str:
        """Return what it is called in tests and in kinds.json."""
        return f"{self.section}/{self.name}"

    @property
    def entity(self) -> Any:
        """Return what it describes."""
        return self.read().entity

    def read(self) -> Located:
        """Return what it describes, with its place."""
        text = self.text.replace(SECRET, f"'${{{{secrets.{SECRET}}}}}'")
        section = None if self.section == "workspaces" else self.section
        return load_document(parse(text.encode(), self.id), CORPUS, section=section)[0]


@cache
def cases() -> tuple[Case, ...]:
    """Return the corpus, each section after those that it refers to."""
    return tuple(
        Case(section, *line.split(": ", 1))
        for section in _ORDER
        for line in (FOLDER / f"{section}.yml").read_text("utf-8").splitlines()
    )


_ORDER = (
    "registries", "workspaces", "computes", "datastores", "environments", "data", "models", "components",
    "online_endpoints", "online_deployments", "batch_endpoints", "batch_deployments", "connections",
    "feature_store_entities", "feature_sets", "capability_hosts", "serverless_endpoints",
    "marketplace_subscriptions", "data_imports", "schedules",
)  # fmt: skip


@cache
def read_recorded() -> Mapping[str, Any]:
    """Return az's body of each case, or ``{refused: …}``."""
    found: dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))
    return found


def write(found: Mapping[str, Any]) -> None:
    """Write az's bodies, a line each."""
    write_lines(RECORDED, found, sort_keys=True)


def ours(case: Case) -> Any:
    """Return our body of a case."""
    return one_form(body(case.entity, Resolver(named=case.section == "online_deployments")))


def one_form(given: Any) -> Any:
    """Return a body in the form that both sides have: `plain`, and words and times in one spelling."""
    return _spell(plain(given), "")


def _spell(value: Any, at: str) -> Any:
    if isinstance(value, Mapping):
        found = {name: _spell(one, f"{at}.{name}") for name, one in value.items() if name not in _OF_THE_CLIENT}
        return {name: one for name, one in found.items() if one != {}}
    if isinstance(value, list):
        return [_spell(one, at) for one in value]
    if not isinstance(value, str):
        return value
    value = _LOCAL.sub("core.windows.net", value)
    text = _TIME.sub(r"\1 \2", value.rpartition("/providers/")[2] if value.startswith("/subscriptions/") else value)
    return text.lower().replace("_", "") if _WORDS.search(at) else text


def workspace(deployment: Mapping[str, Any]) -> Any:
    """Return the workspace that azure-ai-ml deploys by a template, with the parameters in their places."""
    properties = deployment["properties"]
    given = {name: one.get("value") for name, one in properties["parameters"].items()}
    kind = "Microsoft.MachineLearningServices/workspaces"
    found = next(one for one in properties["template"]["resources"] if one["type"] == kind)
    keys = ("kind", "location", "tags", "identity", "properties")
    return {key: _fill(found[key], given) for key in keys}


def _fill(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _fill(one, given) for name, one in value.items()}
    if isinstance(value, list):
        return [_fill(one, given) for one in value]
    named = _PARAMETER.fullmatch(value) if isinstance(value, str) else None
    found = given.get(named[1]) if named else value
    return {"true": True, "false": False, "": None}.get(found, found) if isinstance(found, str) else found
