"""What is generated from the models: docs/reference.md and schemas/platform.schema.json."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from azureml_infra import load
from azureml_infra.__main__ import main
from azureml_infra.commands import reference
from azureml_infra.entities.kinds import KINDS
from kit.paths import ROOT
from kit.rows import each

PAGE = ROOT / "docs" / "reference.md"
SCHEMA = ROOT / "schemas" / "platform.schema.json"
LINK = re.compile(r"\]\(#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
EXAMPLES = sorted(ROOT.glob("examples/*/platform.yml"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return dict(json.loads(SCHEMA.read_text("utf-8")))


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


@pytest.mark.parametrize(("command", "file"), [("reference", PAGE), ("schema", SCHEMA)])
def test_the_committed_file_is_what_the_models_say(
    command: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == 0
    hint = f"`azureml-infra {command} > {file.relative_to(ROOT)}` brings it up to date"
    assert capsys.readouterr().out == file.read_text("utf-8"), hint


def test_every_link_of_the_page_leads_to_one_heading(page: str) -> None:
    anchors = [reference.anchor(heading) for heading in HEADING.findall(page)]
    assert sorted(anchors) == sorted(set(anchors))
    assert set(LINK.findall(page)) <= set(anchors)


def test_every_kind_has_a_section_that_says_how_a_file_tells_it(page: str) -> None:
    for kind in KINDS:
        _, found, rest = page.partition(f"\n## {kind.model.kind[:1].upper()}{kind.model.kind[1:]}\n")
        assert found, kind.model.kind
        section = rest.partition("\n## ")[0]
        for word in (*(f"`$schema: {name}.schema.json`" for name in kind.schemas), f"{kind.model.__name__}`"):
            assert word in section


def test_the_page_has_no_machinery_of_the_models(page: str) -> None:
    for word in ("pydantic", "Undefined", "typing.", "anyOf", "$defs", ": null"):
        assert word not in page


def test_every_model_and_field_has_a_description(schema: dict[str, Any]) -> None:
    models = {"platform.yml": schema, **schema["$defs"]}
    silent = [name for name, model in models.items() if not model.get("description")]
    for name, model in models.items():
        fields = model.get("properties", {}).items()
        silent += [f"{name}.{field}" for field, about in fields if not about.get("description")]
    assert silent == []


def test_the_schema_is_a_json_schema_without_loose_ends(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    targets = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema)))
    assert targets == set(schema["$defs"])


@each("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_every_example_is_valid_and_names_the_schema(file: Path, schema: dict[str, Any]) -> None:
    text = file.read_text("utf-8")
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))
    line = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert line
    assert (file.parent / line[1]).resolve() == SCHEMA


@each("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_every_az_ml_file_of_an_example_could_stand_in_its_platform_file(file: Path, schema: dict[str, Any]) -> None:
    for located in load(file.parent).entities:
        whole = {"$defs": schema["$defs"], "$ref": f"#/$defs/{type(located.entity).__name__}"}
        if Path(located.file).name != file.name:  # what stands in platform.yml is checked with it
            written = yaml.safe_load((file.parent / located.file).read_text("utf-8"))
            assert list(jsonschema.Draft202012Validator(whole).iter_errors(written)) == []


def test_an_item_may_be_a_file_with_fields_over_it(schema: dict[str, Any]) -> None:
    head = {"name": "churn", "location": "westeurope"}
    item = {"path": "deploy/blue.yml", "endpoint_name": "scorer"}
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({**head, "online_deployments": [item]})
    assert not validator.is_valid({**head, "online_deployments": [{**item, "path": "deploy/"}]})
    assert not validator.is_valid({**head, "data": [{"path": "a.yml", "endpoint_name": "scorer"}]})
