"""The words that a step of a pipeline has beyond those of jobs, and pipelines within pipelines."""

from pathlib import Path
from typing import Any

import pytest

from azureml_infra.description.load import check_file
from azureml_infra.entities.body import body
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.job import PipelineJob
from azureml_infra.yaml.problems import DescriptionError
from kit.entity_bodies import PlainResolver, load, request_body

pytestmark = pytest.mark.usefixtures("folder")

HEAD = "$schema: latest/pipelineJob.schema.json\ntype: pipeline\ncompute: azureml:c\n"
INNER = """
type: pipeline
name: inner
version: 1
inputs: {text: {type: string}}
jobs:
  one:
    type: command
    command: echo ${{inputs.text}}
    environment: azureml:e:1
    inputs: {text: "${{parent.inputs.text}}"}
"""
OUTER = (
    HEAD + "inputs: {greeting: hello}\njobs:\n  sub:\n    type: pipeline\n    component: ./inner.yml\n"
    '    inputs: {text: "${{parent.inputs.greeting}}"}\n'
)


def node(step: str, head: str = "type: pipeline\ninputs: {n: 2}\n") -> dict[str, Any]:
    """Return the only step of a pipeline in ARM's words."""
    made = body(load(PipelineJob, f"{head}jobs: {{a: {step}}}"), PlainResolver())
    found: dict[str, Any] = made["properties"]["jobs"]["a"]
    return found


def problems(folder: Path, text: str, **files: str) -> list[str]:
    """Return what is wrong with an az ml file, and the warnings about it."""
    for name, content in files.items():
        (folder / f"{name}.yml").write_text(content)
    (folder / "job.yml").write_text(text)
    try:
        _, warnings = check_file(folder / "job.yml", "job.yml")
    except DescriptionError as error:
        return error.lines()
    return list(map(str, warnings))


def test_a_pipeline_within_a_pipeline_has_inputs_of_its_own(folder: Path) -> None:
    assert problems(folder, OUTER, inner=INNER) == []


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (INNER.replace("parent.inputs.text", "parent.inputs.tex"), 'there is no input "tex" of the pipeline'),
        (INNER.replace("${{inputs.text", "${{inputs.txt"), 'there is no input "txt"'),
        (INNER + '    outputs: {o: "${{parent.outputs.o}}"}\n', 'there is no output "o" of the pipeline'),
        (INNER.replace("${{parent.inputs.text}}", "${{parent.jobs.one.inputs.text}}"), "the steps wait for each other"),
    ],
)
def test_the_mistakes_of_an_inner_pipeline_are_found(folder: Path, inner: str, said: str) -> None:
    (line,) = problems(folder, OUTER, inner=inner)
    assert said in line


def test_an_output_is_registered_under_the_words_of_steps() -> None:
    step = "{command: echo, environment: 'azureml:e:1', outputs: {q: {type: uri_folder, name: reg_q, version: 3}}}"
    assert node(step)["outputs"] == {"q": {"job_output_type": "uri_folder", "name": "reg_q", "version": "3"}}


BOUND = '"${{parent.inputs.n}}"'


def test_numbers_of_a_step_may_be_bound_to_an_input() -> None:
    made = node(
        f"{{component: 'azureml:c:1', resources: {{instance_count: {BOUND}, shm_size: {BOUND}}},"
        f" limits: {{timeout: {BOUND}}}, distribution: {{type: mpi, process_count_per_instance: {BOUND}}}}}"
    )
    bound = "${{parent.inputs.n}}"
    assert made["resources"] == {"instance_count": bound, "shm_size": bound}
    assert made["limits"] == {"job_limits_type": "Command", "timeout": bound}
    assert made["distribution"] == {"distribution_type": "Mpi", "process_count_per_instance": bound}


def test_only_inputs_that_are_there_can_be_bound_to(folder: Path) -> None:
    step = "jobs: {a: {component: 'azureml:c:1', resources: {instance_count: '${{parent.inputs.m}}'}}}\n"
    assert problems(folder, f"{HEAD}inputs: {{n: 2}}\n{step}") == [
        'job.yml:5:67: there is no input "m" of the pipeline; expected n'
    ]


def test_nothing_outside_of_a_pipeline_is_bound_to_one(folder: Path) -> None:
    job = "type: command\n$schema: x/commandJob.schema.json\ncommand: echo\nenvironment: azureml:e:1\n"
    (line,) = problems(folder, f"{job}limits: {{timeout: {BOUND}}}\n")
    assert line.startswith('job.yml:5:20: there is no value "parent.inputs.n" of a pipeline around this; ')


@pytest.mark.parametrize("value", ["two", "0", '"${{parent.inputs.n}} and more"'])
def test_what_is_no_number_and_no_binding_is_refused(folder: Path, value: str) -> None:
    step = f"jobs: {{a: {{component: 'azureml:c:1', resources: {{instance_count: {value}}}}}}}\n"
    (line,) = problems(folder, f"{HEAD}inputs: {{n: 2}}\n{step}")
    assert '"instance_count" is ' in line


def test_a_step_has_properties_and_a_comment_of_its_own() -> None:
    made = node("{component: 'azureml:c:1', properties: {someKey: b}, comment: look here, name: other}")
    assert (made["properties"], made["comment"], made["name"]) == ({"someKey": "b"}, "look here", "a")


def test_what_a_step_takes_without_effect_is_said(folder: Path) -> None:
    step = "jobs: {a: {component: 'azureml:c:1', name: b, experiment_name: x, parent_job_name: y}}\n"
    found = problems(folder, HEAD + step)
    assert [line.partition("warning: ")[2].partition(":")[0] for line in found] == [
        "`name` has no effect",
        "`experiment_name` has no effect",
        "`parent_job_name` has no effect",
    ]


def test_an_unknown_field_of_a_step_is_not_taken_for_a_known_one(folder: Path) -> None:
    step = "jobs: {a: {type: command, command: echo, environment: 'azureml:e:1', commando: x}}\n"
    assert problems(folder, HEAD + step) == ['job.yml:4:70: unknown field "commando" in "a"; did you mean "command"?']


def test_components_may_declare_a_path() -> None:
    text = "{name: old, version: 1, command: 'cp ${{inputs.a}} ${{outputs.b}}', environment: 'azureml:e:1', "
    component = load(CommandComponent, text + "inputs: {a: {type: path}}, outputs: {b: {type: path}}}")
    made = request_body(component, "components/versions")["properties"]["componentSpec"]
    assert (made["inputs"], made["outputs"]) == ({"a": {"type": "path"}}, {"b": {"type": "path"}})
