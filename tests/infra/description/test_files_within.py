"""YAML files that az ml files name: what is wrong in one is told at its own place in it, all of it."""

from pathlib import Path

import pytest

from azureml_infra import CommandJob, Platform
from azureml_infra.description.load import load, load_file
from azureml_infra.entities.arguments import ArgumentError
from azureml_infra.yaml.problems import DescriptionError
from kit.descriptions import HEAD, load_text
from kit.platforms import ML, stack_of

JOB = "jobs:\n  - {type: pipeline, compute: azureml:c, jobs: {a: {component: steps/train.yml}}}\n"
TRAIN = "name: train\ntype: command\ncommand: echo ${{inputs.n}}\nenvironment: azureml:AzureML-a@latest\n"
PIPELINE = "name: p\ntype: pipeline\njobs:\n  one:\n    component: %s\n"


def mistakes(folder: Path, text: str = JOB, **files: str) -> list[str]:
    with pytest.raises(DescriptionError) as caught:
        load_text(folder, text, **files)
    return caught.value.lines()


def test_all_that_is_wrong_in_the_file_of_a_component(tmp_path: Path) -> None:
    train = f"{TRAIN}inputs:\n  n: {{type: intger}}\n  m: {{type: string, optionl: true}}\ntags: [a]\n"
    first, *rest = mistakes(tmp_path, steps__train=train)
    assert first.startswith('steps/train.yml:6:13: "type" is "intger"; expected uri_file, uri_folder, ')
    assert first.endswith('; did you mean "integer"?')
    assert rest == [
        'steps/train.yml:7:21: unknown field "optionl" in "m"; did you mean "optional"?',
        'steps/train.yml:8:7: "tags" is a list; expected a mapping',
    ]


def test_what_is_missing_in_the_file_of_a_component(tmp_path: Path) -> None:
    train = "name: train\ntype: command\ncommand: echo\n"
    (line,) = mistakes(tmp_path, steps__train=train)
    assert line.startswith('steps/train.yml:1:1: "environment" is missing in "component"')


def test_bindings_in_the_file_of_a_component(tmp_path: Path) -> None:
    assert mistakes(tmp_path, steps__train=TRAIN) == [
        'steps/train.yml:3:15: there is no input "n"; expected nothing, as there are none'
    ]


def test_a_file_within_a_file_within_a_file(tmp_path: Path) -> None:
    files = {"steps__train": PIPELINE % "../more/inner.yml", "more__inner": TRAIN + "resource: {}\n"}
    assert mistakes(tmp_path, **files) == [
        'more/inner.yml:5:1: unknown field "resource" in "component"; did you mean "resources"?'
    ]


def test_a_file_that_leads_back_to_itself(tmp_path: Path) -> None:
    assert mistakes(tmp_path, steps__train=PIPELINE % "train.yml") == [
        'steps/train.yml:5:16: "train.yml" is within itself; expected a file that doesn\'t lead back to it'
    ]


def test_a_file_that_is_no_yaml_and_one_with_a_key_twice(tmp_path: Path) -> None:
    assert mistakes(tmp_path, steps__train="a: [1\n")[0].startswith("steps/train.yml:1:4: not YAML: this is opened")
    twice = mistakes(tmp_path, steps__train=f"{TRAIN}type: command\nname: train\n")
    assert [line.partition(": ")[0] for line in twice] == ["steps/train.yml:5:1", "steps/train.yml:6:1"]


def test_a_path_in_the_file_of_a_component_starts_from_there(tmp_path: Path) -> None:
    assert mistakes(tmp_path, steps__train=TRAIN.replace("${{inputs.n}}", "1") + "code: src\n") == [
        'steps/train.yml:5:7: "src" doesn\'t exist; expected a file or folder, relative to "steps"'
    ]


ENVIRONMENTS = "environments:\n  - {name: e, version: 1, image: a/b, conda_file: envs/conda.yml}\n"


def test_all_that_is_wrong_in_a_conda_file(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, ENVIRONMENTS, envs__conda="name: x\nname: y\n1: 2\n")
    assert [line.partition(": ")[0] for line in lines] == ["envs/conda.yml:2:1", "envs/conda.yml:3:1"]


COMMAND = "jobs:\n  - {type: command, command: echo, environment: '%s', compute: azureml:serverless}\n"


def test_an_environment_may_stand_in_a_file(tmp_path: Path) -> None:
    found = load_text(tmp_path, COMMAND % "file:envs/e.yml", envs__e="name: e9\nimage: python:3.11\n")
    sandbox = stack_of(lambda: Platform(found))
    (environment,) = sandbox.azure.resources(f"{ML}/environments/versions")
    (job,) = sandbox.azure.resources(f"{ML}/jobs")
    assert environment["properties"]["image"] == "python:3.11"
    assert job["properties"]["environmentId"] == environment["id"]
    assert environment["properties"]["isAnonymous"] is True


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ("imag: a/b\n", 'envs/e.yml:1:1: unknown field "imag" in "environment"; did you mean "image"?'),
        ("image: a/b\nbuild: {path: 'https://a/b'}\n", "envs/e.yml:1:1: `image` and `build` exclude each other"),
    ],
)
def test_what_is_wrong_in_the_file_of_an_environment(tmp_path: Path, environment: str, line: str) -> None:
    assert mistakes(tmp_path, COMMAND % "file:envs/e.yml", envs__e=environment)[0].startswith(line)


def test_a_file_of_an_environment_that_isnt_there(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, COMMAND % "file:envs/e.yml")
    assert '"file:envs/e.yml" doesn\'t exist' in line


def test_places_of_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "train.yml").write_text(TRAIN + "resource: {}\n")
    path = tmp_path / "job.yml"
    path.write_text("$schema: x/pipelineJob.schema.json\ntype: pipeline\njobs: {a: {component: ./steps/train.yml}}\n")
    with pytest.raises(DescriptionError, match=r"^jobs/steps/train.yml:5:1: unknown field"):
        load_file(path, "jobs/job.yml")


def test_a_python_program_hears_of_file_and_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.yml").write_text("imag: a/b\n")
    with pytest.raises(ArgumentError, match=r"e.yml: imag: "):
        CommandJob(command="echo", environment="file:e.yml")


def test_variables_are_filled_in_in_files_within(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(HEAD + COMMAND % "file:e.yml")
    (tmp_path / "e.yml").write_text("image: python:3.11\ntags: {stack: '${stack}'}\n")
    (located,) = load(tmp_path, stack="prod").entities
    assert located.entity.environment.tags == {"stack": "prod"}
