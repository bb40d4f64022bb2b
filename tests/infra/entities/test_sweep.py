"""Sweeps: what is refused, what a command may name, and what makes another run."""

import pytest

from azureml_infra.entities.bindings import unknown_bindings
from azureml_infra.entities.job import PipelineJob, job_name
from azureml_infra.entities.sweep_job import SweepJob
from kit.entity_bodies import load, refusals, request_body

pytestmark = pytest.mark.usefixtures("folder")

SWEEP = """
type: sweep
name: tune
trial: {command: "python main.py ${{search_space.lr}} ${{inputs.data}}", code: src, environment: "azureml:sk:1"}
inputs: {data: {path: "azureml:d:1"}}
compute: azureml:cpu
sampling_algorithm: random
search_space: {lr: {type: uniform, min_value: 0.1, max_value: 1}}
objective: {goal: Maximize, primary_metric: accuracy}
limits: {max_total_trials: 4}
"""
STEPS = """
type: pipeline
jobs:
  tune:
    type: sweep
    trial: {type: command, command: "echo ${{inputs.lr}}", environment: "azureml:sk:1", inputs: {lr: {type: number}}}
    sampling_algorithm: random
    search_space: {lr: {type: uniform, min_value: 0.1, max_value: 1}}
    objective: {goal: maximize, primary_metric: accuracy}
    limits: {max_total_trials: 4}
    outputs: {model: }
  after:
    type: command
    command: echo ${{inputs.model}}
    environment: azureml:sk:1
    inputs: {model: "${{parent.jobs.tune.outputs.model}}"}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "where", "what"),
    [
        ("uniform", "unifrom", "search_space.lr", "Input tag 'unifrom' found using 'type' does not match any"),
        ("max_value: 1", "q: 1", "search_space.lr.uniform.max_value", "Field required"),
        ("goal: Maximize", "goal: best", "objective.goal", "Input should be 'minimize' or 'maximize'"),
        ("random", "{type: grid, seed: 1}", "sampling_algorithm", "`seed` has no meaning with type grid"),
        ("max_total_trials: 4", "max_total_trials: 0", "limits.max_total_trials", "Input should be greater than"),
        ("limits:", "early_termination: {type: bandit, slack: 1}\nlimits:", "early_termination.bandit.slack", "Extra"),
    ],
)
def test_sweeps_that_are_refused(right: str, wrong: str, where: str, what: str) -> None:
    found = refusals(SweepJob, SWEEP.replace(right, wrong, 1))
    assert where in [one[0] for one in found]
    assert any(one[1].startswith(what) for one in found)


def test_a_command_names_parameters_and_inputs_of_its_sweep() -> None:
    assert unknown_bindings(load(SweepJob, SWEEP)) == []
    wrong = load(SweepJob, SWEEP.replace("search_space.lr", "search_space.rate").replace("inputs.data", "inputs.date"))
    assert [(one.location, one.kind, one.name, one.known) for one in unknown_bindings(wrong)] == [
        (("trial", "command"), "parameter of the search space", "rate", ("lr",)),
        (("trial", "command"), "input", "date", ("data",)),
    ]


def test_a_short_limit_is_a_minute() -> None:
    """Azure ML takes less for no limit at all."""
    made = request_body(load(SweepJob, SWEEP.replace("trials: 4", "trials: 4, timeout: 5, trial_timeout: 90")), "jobs")
    assert made["properties"]["limits"]["timeout"] == "PT1M"
    assert made["properties"]["limits"]["trialTimeout"] == "PT1M30S"


def test_another_search_is_another_run_and_a_title_is_none() -> None:
    def name(text: str) -> str:
        job = load(SweepJob, text)
        return job_name(job, request_body(job))

    assert name(SWEEP + "display_name: Tune it\ntags: {a: b}\n") == name(SWEEP)
    assert name(SWEEP.replace("max_value: 1", "max_value: 2")) != name(SWEEP)
    assert name(SWEEP).startswith("tune-")


def test_steps_read_what_a_sweep_writes() -> None:
    job = load(PipelineJob, STEPS)
    assert [one.name for one in unknown_bindings(job)] == ["model", "model"]  # the component declares no output
    declared = STEPS.replace("inputs: {lr: {type: number}}}", "inputs: {lr: {type: number}}, outputs: {model: {}}}")
    assert unknown_bindings(load(PipelineJob, declared)) == []
