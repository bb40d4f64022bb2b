"""Expressions in jobs, and what they are bound to."""

import pytest

from azureml_infra.entities.bindings import bindings, unknown_bindings
from azureml_infra.entities.body import references
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.expressions import expressions, parse
from azureml_infra.entities.job import CommandJob, PipelineJob
from kit.entity_bodies import load
from kit.job_yaml import COMMAND, PIPELINE

pytestmark = pytest.mark.usefixtures("folder")


def test_references_of_a_pipeline() -> None:
    found = {
        leaf.value
        for leaf in references(load(PipelineJob, PIPELINE))
        if leaf.location[-1] in {"compute", "environment"}
    }
    assert found == {"azureml:cpu-cluster", "azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest"}


@pytest.mark.parametrize(
    ("text", "kind", "name", "step"),
    [
        ("${{inputs.a}}", "input", "a", ""),
        ("${{ inputs.group.a }}", "input", "group", ""),
        ("${{outputs.a}}", "output", "a", ""),
        ("${{parent.inputs.a-b}}", "pipeline input", "a-b", ""),
        ("${{parent.outputs.a}}", "pipeline output", "a", ""),
        ("${{parent.jobs.s.outputs.a}}", "step output", "a", "s"),
        ("${{parent.jobs.s.inputs.a}}", "step input", "a", "s"),
        ("${{name}}", "other", "", ""),
    ],
)
def test_expressions(text: str, kind: str, name: str, step: str) -> None:
    expression = parse(text)
    assert expression is not None
    assert (expression.kind, expression.name, expression.step) == (kind, name, step)
    assert [found.text for found in expressions(f"x {text} $[[y {text}]]")] == [text, text]
    assert parse(f"x {text}") is None


def test_every_binding_of_the_documented_jobs_is_found() -> None:
    for job in (load(CommandJob, COMMAND), load(PipelineJob, PIPELINE)):
        assert unknown_bindings(job) == []
        assert bindings(job)


@pytest.mark.parametrize(
    ("right", "wrong", "location", "kind", "name", "known"),
    [
        (
            "${{parent.inputs.raw}}",
            "${{parent.inputs.rav}}",
            ("jobs", "transform-job", "inputs", "raw", "value"),
            "input of the pipeline",
            "rav",
            ("raw", "rate"),
        ),
        (
            "jobs.transform-job.outputs",
            "jobs.transform.outputs",
            ("jobs", "train-job", "inputs", "data", "path"),
            "step",
            "transform",
            ("transform-job", "train-job"),
        ),
        (
            "outputs.transformed_data}}\n",
            "outputs.transformed}}\n",
            ("jobs", "train-job", "inputs", "data", "path"),
            'output of step "transform-job"',
            "transformed",
            ("transformed_data",),
        ),
        (
            "${{parent.outputs.model}}",
            "${{parent.outputs.modell}}",
            ("jobs", "train-job", "outputs", "model", "value"),
            "output of the pipeline",
            "modell",
            ("model",),
        ),
        (
            "${{inputs.rounds}}",
            "${{inputs.round}}",
            ("jobs", "train-job", "command"),
            "input",
            "round",
            ("data", "rate", "rounds", "table"),
        ),
    ],
)
def test_a_binding_to_nothing(  # noqa: PLR0917  (a table)
    right: str, wrong: str, location: tuple[str, ...], kind: str, name: str, known: tuple[str, ...]
) -> None:
    right, wrong = right.replace("\\\n", "\n"), wrong.replace("\\\n", "\n")
    at = PIPELINE.rindex(right)
    (found,) = unknown_bindings(load(PipelineJob, PIPELINE[:at] + wrong + PIPELINE[at + len(right) :]))
    assert (found.location, found.kind, found.name, found.known) == (location, kind, name, known)


def test_inputs_that_a_component_does_not_have() -> None:
    job = load(
        PipelineJob, "{type: pipeline, jobs: {train: {component: train.yml, inputs: {dada: 1}, outputs: {x: }}}}"
    )
    assert [(found.location, found.kind, found.known) for found in unknown_bindings(job)] == [
        (("jobs", "train", "inputs", "dada"), "input of the component", ("data", "rate")),
        (("jobs", "train", "outputs", "x"), "output of the component", ("model",)),
    ]


def test_a_command_job_names_its_own_inputs() -> None:
    job = load(CommandJob, COMMAND.replace("${{inputs.diabetes}}", "${{inputs.diabetis}} ${{outputs.out}}"))
    assert [(found.location, found.text, found.known) for found in unknown_bindings(job)] == [
        (("command",), "${{inputs.diabetis}}", ("diabetes",)),
        (("command",), "${{outputs.out}}", ()),
    ]


@pytest.mark.parametrize("old", ["${{inputs.raw}}", "${{jobs.transform-job.outputs.transformed_data}}"])
def test_a_binding_of_the_time_before_parent_is_one_to_nothing(old: str) -> None:
    """azure-ai-ml refuses it too, with the new form."""
    job = load(PipelineJob, PIPELINE.replace("${{parent.jobs.transform-job.outputs.transformed_data}}", old))
    (found,) = unknown_bindings(job)
    assert (found.text, found.known) == (old, (f"parent.{old[3:-2]}",))


def test_bindings_to_what_only_azure_knows_are_left_to_it() -> None:
    job = load(
        PipelineJob,
        """
        type: pipeline
        jobs:
          one: {component: azureml:known_elsewhere:1}
          two: {component: train.yml, inputs: {data: "${{parent.jobs.one.outputs.anything}}"}}
        """,
    )
    assert unknown_bindings(job) == []


def test_an_input_may_be_of_a_group() -> None:
    command = (
        "{name: c, type: command, command: 'echo ${{inputs.training.rate}}', environment: 'azureml:e:1', inputs: %s}"
    )
    assert unknown_bindings(load(CommandComponent, command % "{training.rate: {type: number}}")) == []
    assert unknown_bindings(load(CommandComponent, command % "{train.rate: {type: number}}")) != []
