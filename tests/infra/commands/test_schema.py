"""What the description's validator refuses by its shape, the JSON Schema refuses, too, at the same line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from azureml_infra.__main__ import main
from azureml_infra.commands.schema import schema
from azureml_infra.entities.kinds import KINDS, UnknownKindError, find_kind
from azureml_infra.yaml.nodes import Document, Map, data, descend
from azureml_infra.yaml.problems import DescriptionError
from azureml_infra.yaml.read import read
from kit.paths import ROOT

BAD = ROOT / "tests" / "infra" / "description" / "bad_input"
MESSAGE = re.compile(r"([^:]+):(\d+):\d+: (.*)")

NOT_EXPRESSED = {
    "what the file is, before it is data": """
        not YAML|binary|UTF-|larger than|is empty|a tab |YAML document|alias|the key is|no such file|occurs twice
        |YAML reads|not a finite|YAML tag|holds a list""",
    "what is elsewhere: other files, other entities": """
        doesn't exist|leads out|is a folder|matches no|this file itself|isn't in this description|there is no
        |has no FeatureSet|a second |the references form|wait for each|has no deployment|(the first is
        |in platform.yml:|comes with every|of another kind|the input|offline store to|two entries
        |is a compute instance, |is an environment;|mirrored to it""",
    "what fields say together": """
        above `max`|isn't below|never be removed|nothing says|outside of what|ends when|capability|lakehouse
        |exclude each other|nobody could reach|takes `command`|identity only|builds no image|key_vault is
        |would change a|isn't known|nothing may write|has no identities|leaves out|both kinds|no meaning with|asset
        |distributed by ray|made with a key|given by its id|min_instances is|63 characters|no public address
        |to be served|environment to run|takes no rule|in the list|a registry takes|two computes|bounds|executors
        |mounted|adds up|are one to""",
    "an order, a date or a number within text, a list's items": """
        the steps don't|there twice|cron expression|time zone|not a time|idle time|listed twice|not a domain
        |leaves nothing of""",
    "text that is a reference, an id, a role, a path or a secret": """
        isn't a reference|is no label|id of something else|isn't the id|not the address|refers to|is the machine
        |on the machine|workspace's own|no versions|built-in role|folder of a file share|written in clear""",
    "which kind a file is": """
        kind of this|unknown schema|az ml's kind|this describes|doesn't belong|is missing in a compute
        |in "create_job\"""",
}
"""Why a message has no counterpart in JSON Schema -> what such messages say."""
WORDS = [word.strip("\n ") if "\n" in word else word for says in NOT_EXPRESSED.values() for word in says.split("|")]


@cache
def whole() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema())
    return found


@cache
def validator(model: str | None) -> Any:
    """Return a validator of platform.yml, or of one kind."""
    part = {"$defs": whole()["$defs"], "$ref": f"#/$defs/{model}"} if model else whole()
    return jsonschema.Draft202012Validator(part)


def refused_lines(document: Document, model: str | None) -> Iterator[int]:
    """Yield the lines at which the schema finds a mistake."""
    for error in validator(model).iter_errors(data(document.root)):
        place = tuple(error.absolute_path)
        node = descend(document.root, place)
        yield node.line
        if error.validator == "additionalProperties" and isinstance(node, Map):
            yield from (key.line for name, (key, _) in node.entries.items() if f"'{name}'" in error.message)


def refused_places(case: Path) -> set[tuple[str, int]]:
    found = set()
    for path in case.rglob("*.yml"):
        try:
            document = read(path, path.name, [])
            model = None if path.name == "platform.yml" else find_kind(data(document.root)).model.__name__
        except (DescriptionError, UnknownKindError):
            continue
        found |= {(str(path.relative_to(case)), line) for line in refused_lines(document, model)}
    return found


@pytest.mark.parametrize("case", sorted(path.name for path in BAD.iterdir()))
def test_what_is_refused_by_its_shape_is_refused_by_the_schema(case: str) -> None:
    refused = refused_places(BAD / case)
    left = []
    for line in (BAD / case / "expected.txt").read_text("utf-8").splitlines():
        found = MESSAGE.fullmatch(line)
        assert found, line
        expressed = (found[1], int(found[2])) in refused
        if not expressed and not any(word in found[3] for word in WORDS):
            left.append(line)
    assert left == []


NAMES = sorted({*(kind.schemas[-1] for kind in KINDS if kind.schemas), *(kind.section for kind in KINDS)})


def test_every_kind_has_a_schema_that_needs_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        assert main(["schema", "--kind", name]) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["$id"] == f"{name}.schema.json"
        assert set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(made))) == {f"#/$defs/{one}" for one in made["$defs"]}


def test_a_kind_that_there_isnt_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--kind", "amlCompue"]) == 2
    assert capsys.readouterr().err == 'there is no kind "amlCompue"; did you mean "amlCompute"?\n'


STEP = "type: pipeline\njobs:\n  one: "
ENVIRONMENT = "environment: azureml:e:1"
NIGHTLY = "name: nightly, trigger: {type: cron, expression: 0 2 * * *}"
CREDENTIALS = "credentials: {type: pat}"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("amlCompute", "{name: cpu, type: amlcompute, size: Standard_DS3v2}", ["size"]),
        ("amlCompute", "{name: cpu, type: amlcompute, size: STANDARD_ds3_v2, location: West Europe}", []),
        ("computes", "{name: cpu, size: Standard_DS3_v2}", [""]),
        ("pipelineJob", f"{STEP}{{type: comand, command: echo 1, {ENVIRONMENT}}}", ["jobs.one.type"]),
        ("pipelineJob", f"{STEP}{{command: echo 1, {ENVIRONMENT}, limits: {{timout: 1}}}}", ["jobs.one.limits"]),
        ("pipelineJob", f"{STEP}{{type: automl, task: clasification}}", ["jobs.one.task"]),
        ("pipelineJob", f"{STEP}{{type: spark, component: azureml:c:1, driver_cores: x}}", ["jobs.one"]),
        ("schedule", f"{{{NIGHTLY}, create_job: {{type: automl}}}}", ["create_job"]),
        ("schedule", f"{{{NIGHTLY}, create_monitor: {{compute: {{}}}}}}", ["create_monitor.compute"] * 2),
        ("schedule", "{name: nightly, trigger: {expression: 0 2 * * *}, create_job: job.yml}", ["trigger"]),
        ("hub", "{name: hub, kind: hub, storage_acount: x}", [""]),
        ("workspaceConnection", f"{{name: con, type: azure_ai_search, {CREDENTIALS}}}", ["credentials.type", ""]),
        ("onlineEndpoint", "{name: scoring, compute: azureml:k8s, auth_mode: kee}", ["auth_mode"]),
    ],
)
def test_a_mistake_is_told_at_its_place_and_once(kind: str, text: str, expected: list[str]) -> None:
    errors = list(jsonschema.Draft202012Validator(json.loads(schema(kind))).iter_errors(yaml.safe_load(text)))
    assert sorted(".".join(map(str, error.absolute_path)) for error in errors) == sorted(expected)
