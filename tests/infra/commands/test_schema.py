"""What the description's validator refuses by its shape, the JSON Schema refuses, too, at the same line."""

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
from kit.rows import each

BAD = ROOT / "tests" / "infra" / "description" / "bad_input"
MESSAGE = re.compile(r"([^:]+):(\d+):\d+: (.*)")

SHAPE = (
    r"unknown field ", r'"\w+" is missing in ', r'"\w+" is ".*"; expected ', "is not a valid name", "can't be used;",
    "is not a VM size", "is not a region", "can't be a tag's name", "the value has .* characters", "these are .* tags",
    r'"\w+" is (text|a number|a list|a mapping|true or false|nothing|\d+)\b', 'has no "type"', "this can't be set",
    "is not an object id", "a credential is written in clear",
)  # fmt: skip
"""What messages say of the shape of a value: its fields, words, type, bounds, form. What else is refused, JSON Schema
has no word for: what stands in other files or entities, what several fields say together, what a text means (an
expression, a reference, an id, a date), and YAML that is no data.
"""
NOT_EXPRESSED = {
    "a file that doesn't say of which kind it is": 'in "create_job"|is missing in a compute;',
    "names of time zones and of roles are looked up": "time zone|built-in role",
}
"""Why a message of that sort has no counterpart all the same -> what it says."""


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


@each("case", sorted(path.name for path in BAD.iterdir()))
def test_what_is_refused_by_its_shape_is_refused_by_the_schema(case: str) -> None:
    refused = refused_places(BAD / case)
    left = []
    for line in (BAD / case / "expected.txt").read_text("utf-8").splitlines():
        found = MESSAGE.fullmatch(line)
        assert found, line
        shape = any(re.search(words, found[3]) for words in SHAPE)
        known = any(re.search(words, found[3]) for words in NOT_EXPRESSED.values())
        if shape and not known and (found[1], int(found[2])) not in refused:
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
PLATFORM = "name: churn\nlocation: westeurope\n"
PRINCIPAL = "principal: 11111111-2222-3333-4444-555555555555"


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
        ("", f"{PLATFORM}nmae: 1", [""]),
        ("", "{name: churn, location: 5}", ["location"]),
        ("", "{name: churn}", [""]),
        ("", f"{PLATFORM}access: [{{role: Reader, {PRINCIPAL}}}]", ["access.0"]),
        ("", f"{PLATFORM}computes: [{{name: cpu, sise: x}}]", ["computes.0"]),
        ("", f"{PLATFORM}registry: {{mode: never}}", ["registry.mode"]),
        ("", f"{PLATFORM}computes: [{{name: cpu, type: amlcluster}}]", ["computes.0.type"]),
        ("", f"{PLATFORM}computes: [{{name: cpu, type: amlcompute, min_instances: -1}}]", ["computes.0.min_instances"]),
    ],
)
def test_a_mistake_is_told_at_its_place_and_once(kind: str, text: str, expected: list[str]) -> None:
    errors = list(jsonschema.Draft202012Validator(json.loads(schema(kind))).iter_errors(yaml.safe_load(text)))
    assert sorted(".".join(map(str, error.absolute_path)) for error in errors) == sorted(expected)
