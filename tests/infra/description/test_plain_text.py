"""Text stays as it is written where YAML reads something else."""

from pathlib import Path

import yaml as pyyaml

from azureml_infra.description.load import load
from azureml_infra.entities.assets import conda_text
from azureml_infra.entities.inputs import literal
from azureml_infra.yaml.read import parse
from kit.descriptions import load_text


def test_text_is_what_is_written_where_yaml_reads_something_else(tmp_path: Path) -> None:
    found = load_text(
        tmp_path,
        """tags: {country: NO, zip: 01234, n: 1_000, plain: x, quoted: "no", really: True}
environments:
  - {name: e, version: 1.10, image: a/b}
  - {name: e, version: 1.1, image: a/b}
components:
  - name: c
    command: echo
    environment: {image: a/b}
    inputs:
      country: {type: string, default: NO, enum: [NO, on, 010]}
      rate: {type: number, default: 1.10}
      rounds: {type: integer, default: 010}
jobs:
  - name: j
    command: echo ${{inputs.a}}
    environment: {image: a/b}
    environment_variables: {LEVEL: 010, DEBUG: off, AT: 1:30}
    inputs:
      a: 1.10
      b: {type: string, value: NO}
      c: {type: integer, value: 010}
      d: {type: number, value: 0.50}
      e: true
      f: 3
""",
    )
    entities = [located.entity for located in found.entities]
    assert found.platform.tags == {
        "country": "NO",
        "zip": "01234",
        "n": "1_000",
        "plain": "x",
        "quoted": "no",
        "really": "True",
    }
    assert [entity.version for entity in entities[:2]] == ["1.10", "1.1"]
    country, rate, rounds = entities[2].inputs.values()
    assert (country.default, country.enum, rate.default, rounds.default) == ("NO", ["NO", "on", "010"], "1.1", "8")
    assert entities[3].environment_variables == {"LEVEL": "010", "DEBUG": "off", "AT": "1:30"}
    literals = {name: literal(given.value) for name, given in entities[3].inputs.items()}
    assert literals == {"a": "1.10", "b": "NO", "c": "8", "d": "0.50", "e": "True", "f": "3"}


def test_a_components_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    inputs = "inputs: {country: {type: string, default: NO}}"
    component = f"type: command\ncommand: echo\nenvironment: {{image: a/b}}\n{inputs}\n"
    found = load_text(
        tmp_path, "jobs:\n  - {type: pipeline, compute: serverless, jobs: {a: {component: ./c.yml}}}\n", c=component
    )
    assert found.entities[0].entity.jobs["a"].component.inputs["country"].default == "NO"


def test_an_override_is_taken_as_it_is_written(tmp_path: Path) -> None:
    load_text(tmp_path, "environments: [{name: e, version: 1.10, image: a/b}]\n")
    over = parse(b"tags: {zip: 010}\nenvironments: {'e:1.10': {version: 1.20}}\n", "Pulumi.dev.yaml").root
    found = load(tmp_path, over)
    assert (found.platform.tags, found.entities[0].entity.version) == ({"zip": "010"}, "1.20")


def test_a_conda_file_with_a_word_that_yaml_alters_is_still_yaml(tmp_path: Path) -> None:
    environment = "{name: e, version: 1, image: a/b, conda_file: {dependencies: [python], variables: {FLAG: NO}}}"
    conda = load_text(tmp_path, f"environments: [{environment}]\n").entities[0].entity.conda_file
    assert pyyaml.safe_load(conda_text(conda))["variables"] == {"FLAG": False}
