"""Command and pipeline jobs and their components: az ml's YAML in, ARM's request bodies out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra.entities.base import Entity
from azureml_infra.entities.bindings import bindings, unknown_bindings
from azureml_infra.entities.body import body, references
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.expressions import expressions, parse
from azureml_infra.entities.job import CommandJob, PipelineComponent, PipelineJob, job_name
from kit.entity_bodies import PlainResolver, conforms, load, refusals, request_body

COMMAND = """
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
code: src
command: >-
  python main.py
  --diabetes-csv ${{inputs.diabetes}}
inputs:
  diabetes:
    path: azureml:diabetes-data:1
    mode: ro_mount
environment: azureml:basic-env-scikit@latest
compute: azureml:aml-instance
experiment_name: diabetes-data-example
description: Train a classification model on diabetes data using a registered dataset as input.
"""

PIPELINE = """
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
display_name: diabetes-pipeline-example
experiment_name: diabetes-pipeline-example
inputs:
  raw: {type: uri_folder, path: ./data}
  rate: 0.1
outputs:
  model: {type: mlflow_model, mode: rw_mount}
settings:
  default_datastore: azureml:workspaceblobstore
  continue_on_step_failure: false
jobs:
  transform-job:
    type: command
    code: src
    command: python transform.py --in ${{inputs.raw}} --out ${{outputs.transformed_data}}
    environment: azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest
    compute: azureml:cpu-cluster
    inputs:
      raw: ${{parent.inputs.raw}}
    outputs:
      transformed_data: {mode: rw_mount}
  train-job:
    type: command
    code: src
    command: python train.py ${{inputs.data}} ${{inputs.rate}} ${{inputs.rounds}} ${{outputs.model}}
    environment: azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest
    compute: azureml:cpu-cluster
    environment_variables: {LEVEL: 1}
    display_name: Train
    description: trains
    tags: {step: two}
    resources: {instance_count: 2}
    distribution: {type: mpi, process_count_per_instance: 2}
    limits: {timeout: 60}
    identity: {type: user_identity}
    services: {my_ssh: {type: ssh}}
    inputs:
      data:
        type: uri_folder
        mode: download
        path: ${{parent.jobs.transform-job.outputs.transformed_data}}
      rate: ${{parent.inputs.rate}}
      rounds: 4
      table: {type: uri_file, path: data/a.csv}
    outputs:
      model: ${{parent.outputs.model}}
"""

COMPONENT = """
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train
display_name: Train
version: 9
type: command
inputs:
  data: {type: uri_folder}
  rate: {type: number, default: 0.01, min: 0, max: 1, optional: true}
outputs:
  model: {type: mlflow_model}
code: src
environment: azureml:basic-env:1
resources: {instance_count: 2}
command: python train.py ${{inputs.data}} $[[--rate ${{inputs.rate}}]] ${{outputs.model}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the files here name; paths are relative to it."""
    monkeypatch.chdir(tmp_path)
    for name in ("src", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "main.py").write_text("print(1)\n", "utf-8")
    (tmp_path / "data" / "a.csv").write_text("a,b\n", "utf-8")
    (tmp_path / "train.yml").write_text(COMPONENT, "utf-8")
    return tmp_path


class _Registering(PlainResolver):
    """Remembers the assets that have to be registered, and what is sent for them."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def anonymous(self, entity: Entity) -> Any:
        made = body(entity, self)
        conforms("Microsoft.MachineLearningServices/workspaces/components/versions", "2025-12-01", made)
        self.bodies.append(made)
        return f"component {len(self.bodies)}"


def test_command_job() -> None:
    assert request_body(load(CommandJob, COMMAND), "jobs") == {
        "properties": {
            "jobType": "Command",
            "codeId": "code:src",
            "command": "python main.py --diabetes-csv ${{inputs.diabetes}}",
            "inputs": {
                "diabetes": {
                    "jobInputType": "uri_folder",
                    "uri": "data:azureml:diabetes-data:1",
                    "mode": "ReadOnlyMount",
                }
            },
            "outputs": {},
            "environmentId": "environments:azureml:basic-env-scikit@latest",
            "computeId": "computes:azureml:aml-instance",
            "experimentName": "diabetes-data-example",
            "description": "Train a classification model on diabetes data using a registered dataset as input.",
        }
    }


def test_command_job_with_everything() -> None:
    made = request_body(
        load(
            CommandJob,
            """
            command: python main.py ${{inputs.lr}}
            environment: {image: ubuntu}
            inputs:
              lr: 0.01
              rounds: 3
              fast: true
              words: some text
              local: {path: data}
              model: {type: mlflow_model, path: "azureml:m:3", mode: download}
              web: {type: uri_file, path: "https://example.org/b.csv", mode: direct}
            outputs:
              out: {type: uri_folder, mode: rw_mount, path: azureml://datastores/d/paths/out}
              named: {type: custom_model, name: new-model, version: 2, mode: upload}
              plain:
            environment_variables: {LEVEL: 1, DEBUG: true}
            resources: {instance_count: 2, instance_type: Standard_X, shm_size: 4g, docker_args: [-v, /a]}
            distribution: {type: PyTorch, process_count_per_instance: 2}
            limits: {timeout: 3600}
            identity: {type: managed, client_id: 11111111-1111-1111-1111-111111111111}
            queue_settings: {job_tier: spot}
            services:
              my_ssh: {type: ssh, ssh_public_keys: ssh-rsa AAAA, nodes: all}
              my_board: {type: tensor_board, log_dir: logs}
              my_lab: {type: jupyter_lab}
              my_code: {type: vs_code, port: 8080}
            tags: {team: ml}
            properties: {p: q}
            """,
        ),
        "jobs",
    )["properties"]
    assert made["inputs"] == {
        "lr": {"jobInputType": "literal", "value": "0.01"},
        "rounds": {"jobInputType": "literal", "value": "3"},
        "fast": {"jobInputType": "literal", "value": "True"},
        "words": {"jobInputType": "literal", "value": "some text"},
        "local": {"jobInputType": "uri_folder", "uri": "upload:data"},
        "model": {"jobInputType": "mlflow_model", "uri": "models:azureml:m:3", "mode": "Download"},
        "web": {"jobInputType": "uri_file", "uri": "data:https://example.org/b.csv", "mode": "Direct"},
    }
    assert made["outputs"] == {
        "out": {
            "jobOutputType": "uri_folder",
            "mode": "ReadWriteMount",
            "uri": "datastores:azureml://datastores/d/paths/out",
        },
        "named": {"jobOutputType": "custom_model", "mode": "Upload", "assetName": "new-model"},
        "plain": {"jobOutputType": "uri_folder"},
    }
    assert made["resources"] == {
        "instanceCount": 2,
        "instanceType": "Standard_X",
        "shmSize": "4g",
        "dockerArgsList": ["-v", "/a"],
    }
    assert made["distribution"] == {"distributionType": "PyTorch", "processCountPerInstance": 2}
    assert made["limits"] == {"jobLimitsType": "Command", "timeout": "PT1H"}
    assert made["identity"] == {"identityType": "Managed", "clientId": "11111111-1111-1111-1111-111111111111"}
    assert made["queueSettings"] == {"jobTier": "Spot"}
    assert made["environmentVariables"] == {"LEVEL": "1", "DEBUG": "true"}
    assert made["services"] == {
        "my_ssh": {
            "jobServiceType": "SSH",
            "nodes": {"nodesValueType": "All"},
            "properties": {"sshPublicKeys": "ssh-rsa AAAA"},
        },
        "my_board": {"jobServiceType": "TensorBoard", "properties": {"logDir": "logs"}},
        "my_lab": {"jobServiceType": "JupyterLab"},
        "my_code": {"jobServiceType": "VSCode", "port": 8080},
    }


def _pipeline(text: str = PIPELINE) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The job's properties and the bodies of the components that its steps need."""
    resolver = _Registering()
    made = body(load(PipelineJob, text), resolver)
    conforms("Microsoft.MachineLearningServices/workspaces/jobs", "2025-12-01", made)
    return made["properties"], resolver.bodies


def test_pipeline_job() -> None:
    made, _ = _pipeline()
    jobs = made.pop("jobs")
    assert made == {
        "jobType": "Pipeline",
        "displayName": "diabetes-pipeline-example",
        "experimentName": "diabetes-pipeline-example",
        "inputs": {
            "raw": {"jobInputType": "uri_folder", "uri": "upload:./data"},
            "rate": {"jobInputType": "literal", "value": "0.1"},
        },
        "outputs": {"model": {"jobOutputType": "mlflow_model", "mode": "ReadWriteMount"}},
        "settings": {
            "default_datastore": "datastores:azureml:workspaceblobstore",
            "continue_on_step_failure": False,
            "_source": "YAML.JOB",
        },
    }
    assert jobs["transform-job"] == {
        "name": "transform-job",
        "type": "command",
        "componentId": "component 1",
        "_source": "YAML.JOB",
        "computeId": "computes:azureml:cpu-cluster",
        "inputs": {"raw": {"job_input_type": "literal", "value": "${{parent.inputs.raw}}"}},
        "outputs": {"transformed_data": {"job_output_type": "uri_folder", "mode": "ReadWriteMount"}},
    }
    assert jobs["train-job"] == {
        "name": "train-job",
        "type": "command",
        "componentId": "component 2",
        "_source": "YAML.JOB",
        "computeId": "computes:azureml:cpu-cluster",
        "display_name": "Train",
        "tags": {"step": "two"},
        "environment_variables": {"LEVEL": "1"},
        "resources": {"instance_count": 2},
        "distribution": {"distribution_type": "Mpi", "process_count_per_instance": 2},
        "limits": {"job_limits_type": "Command", "timeout": "PT1M"},
        "identity": {"identity_type": "UserIdentity"},
        "services": {"my_ssh": {"job_service_type": "SSH"}},
        "inputs": {
            "data": {
                "job_input_type": "literal",
                "value": "${{parent.jobs.transform-job.outputs.transformed_data}}",
                "mode": "Download",
            },
            "rate": {"job_input_type": "literal", "value": "${{parent.inputs.rate}}"},
            "rounds": {"job_input_type": "literal", "value": "4"},
            "table": {"job_input_type": "uri_file", "uri": "upload:data/a.csv"},
        },
        "outputs": {"model": {"type": "literal", "value": "${{parent.outputs.model}}"}},
    }


def test_an_inline_step_becomes_an_anonymous_component() -> None:
    _, components = _pipeline()
    assert components[1] == {
        "properties": {
            "isAnonymous": True,
            "isArchived": False,
            "description": "trains",
            "tags": {"step": "two"},
            "componentSpec": {
                "type": "command",
                "name": "azureml_anonymous",
                "version": "1",
                "description": "trains",
                "tags": {"step": "two"},
                "is_deterministic": True,
                "command": "python train.py ${{inputs.data}} ${{inputs.rate}} ${{inputs.rounds}} ${{outputs.model}}",
                "code": "azureml:code:src",
                "environment": "azureml:environments:azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest",
                "resources": {"instance_count": 2},
                "distribution": {"type": "mpi", "process_count_per_instance": 2},
                "inputs": {
                    "data": {"type": "uri_folder", "mode": "download"},
                    "rate": {"type": "number"},
                    "rounds": {"type": "integer", "default": "4"},
                    "table": {"type": "uri_file"},
                },
                "outputs": {"model": {"type": "mlflow_model", "mode": "rw_mount"}},
                "_source": "YAML.JOB",
            },
        }
    }


def test_dashes_in_step_names_are_taken() -> None:
    """On purpose unlike azure-ai-ml 1.35, which refuses them while files in az ml's documentation have them."""
    assert list(_pipeline()[0]["jobs"]) == ["transform-job", "train-job"]
    assert refusals(PipelineJob, PIPELINE.replace("train-job", "1 job"))


@pytest.mark.parametrize(
    ("component", "id_", "source"),
    [
        ("azureml:my_train@latest", "components:azureml:my_train@latest", "REMOTE.WORKSPACE.COMPONENT"),
        (
            "azureml://registries/azureml/components/evaluate/labels/latest",
            "components:azureml://registries/azureml/components/evaluate/labels/latest",
            "REMOTE.REGISTRY",
        ),
        ("train.yml", "component 1", "YAML.COMPONENT"),
        ("file:./train.yml", "component 1", "YAML.COMPONENT"),
    ],
)
def test_steps_that_run_components(component: str, id_: str, source: str) -> None:
    made, _ = _pipeline(
        f"""
        type: pipeline
        jobs:
          train: {{component: "{component}", inputs: {{data: {{path: "azureml:d:1"}}, rate: 0.5}}, compute: azureml:c}}
        """
    )
    assert made["jobs"]["train"] == {
        "name": "train",
        "type": "command",
        "componentId": id_,
        "_source": source,
        "computeId": "computes:azureml:c",
        "inputs": {
            "data": {"job_input_type": "uri_folder", "uri": "data:azureml:d:1"},
            "rate": {"job_input_type": "literal", "value": "0.5"},
        },
    }


def test_a_pipeline_may_run_a_pipeline_component() -> None:
    made, components = _pipeline(
        """
        type: pipeline
        compute: azureml:c
        component: {type: pipeline, jobs: {one: {component: train.yml}}}
        """
    )
    assert (made["componentId"], made["jobs"]) == ("component 2", {})
    assert components[1]["properties"]["componentSpec"]["jobs"]["one"]["componentId"] == "component 1"


def test_command_component() -> None:
    component = load(CommandComponent, COMPONENT)
    made = request_body(component, "components/versions")["properties"]
    assert made == {
        "isAnonymous": False,
        "isArchived": False,
        "componentSpec": {
            "$schema": "https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json",
            "type": "command",
            "name": "train",
            "version": "9",
            "display_name": "Train",
            "is_deterministic": True,
            "command": "python train.py ${{inputs.data}} $[[--rate ${{inputs.rate}}]] ${{outputs.model}}",
            "code": "azureml:code:src",
            "environment": "azureml:environments:azureml:basic-env:1",
            "resources": {"instance_count": 2},
            "inputs": {
                "data": {"type": "uri_folder"},
                "rate": {"type": "number", "default": "0.01", "min": "0.0", "max": "1.0", "optional": True},
            },
            "outputs": {"model": {"type": "mlflow_model"}},
            "_source": "YAML.COMPONENT",
        },
    }


def test_pipeline_component() -> None:
    component = load(
        PipelineComponent,
        """
        name: data_pipeline
        type: pipeline
        inputs: {raw: {type: uri_folder, optional: true}}
        outputs: {model: {type: mlflow_model}}
        jobs:
          train:
            component: train.yml
            inputs: {data: "${{parent.inputs.raw}}"}
            outputs: {model: "${{parent.outputs.model}}"}
        """,
    )
    made = request_body(component, "components/versions")["properties"]["componentSpec"]
    assert made == {
        "type": "pipeline",
        "name": "data_pipeline",
        "inputs": {"raw": {"type": "uri_folder", "optional": True}},
        "outputs": {"model": {"type": "mlflow_model"}},
        "_source": "YAML.COMPONENT",
        "jobs": {
            "train": {
                "name": "train",
                "type": "command",
                "componentId": "anonymous:command component",
                "_source": "YAML.COMPONENT",
                "inputs": {"data": {"job_input_type": "literal", "value": "${{parent.inputs.raw}}"}},
                "outputs": {"model": {"type": "literal", "value": "${{parent.outputs.model}}"}},
            }
        },
    }


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


@pytest.mark.parametrize(
    ("model", "text", "where", "what"),
    [
        (CommandJob, "{command: x}", "environment", "Field required"),
        (
            CommandJob,
            "{command: x, environment: e, inputs: {a: {type: uri_file}}}",
            "inputs.a",
            "the input has no value",
        ),
        (CommandJob, "{command: x, environment: e, code: gone}", "code", '"gone" doesn\'t exist'),
        (
            CommandJob,
            "{command: x, environment: e, distribution: {type: mpi, worker_count: 2}}",
            "distribution",
            "`worker_count` has no meaning with type mpi",
        ),
        (PipelineJob, "{type: pipeline}", "", "there are no steps"),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {type: parallel, task: {}}}}",
            "jobs.a",
            "steps of type parallel can't be used yet",
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: no.yml}}}",
            "jobs.a.component.component",
            '"no.yml" doesn\'t exist',
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: {type: spark}}}}",
            "jobs.a.component.component",
            "components of type spark can't be used yet",
        ),
    ],
)
def test_jobs_that_are_refused(model: type[Entity], text: str, where: str, what: str) -> None:
    assert [refusal[:2] for refusal in refusals(model, text)] == [(where, what)]


def test_a_mistake_in_a_components_file_names_the_file(folder: Path) -> None:
    (folder / "train.yml").write_text(COMPONENT.replace("environment:", "environmen:"), "utf-8")
    (refusal,) = refusals(PipelineJob, "{type: pipeline, jobs: {train: {component: train.yml}}}")
    assert refusal[1] == "train.yml: environment: Field required"


def _name(text: str = COMMAND, **words: str) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    job = load(CommandJob, text)
    return job_name(job, body(job, PlainResolver()))


def test_a_jobs_name_is_its_content() -> None:
    assert _name() == _name()
    assert _name().startswith("diabetes-data-example-")
    assert _name(ro_mount="download") != _name()
    assert _name(main="other") != _name()
    assert _name(COMMAND + "name: mine\n").startswith("mine-")


def test_labels_make_no_other_run() -> None:
    assert _name(Train="Teach") == _name()
    assert _name(COMMAND + "tags: {a: b}\n") == _name()


def test_labels_of_steps_make_no_other_run() -> None:
    def name(more: str) -> str:
        job = load(PipelineJob, f"{{type: pipeline, jobs: {{a: {{component: 'azureml:train:1'{more}}}}}}}")
        return job_name(job, body(job, PlainResolver()))

    assert name(", display_name: Train, description: trains, tags: {a: b}") == name("")
    assert name(", compute: azureml:cpu") != name("")


def test_a_title_makes_no_other_name() -> None:
    plain = "command: x\nenvironment: {image: a/b}\n"
    assert _name(plain + "display_name: Neu\n") == _name(plain)


def test_a_jobs_name_follows_its_files_where_ids_are_not_known_yet(folder: Path) -> None:
    """A workspace whose name is an Output makes every id one, which hides what changed."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    request = {"properties": {"codeId": pulumi.Output.from_input("later")}}
    before = job_name(load(CommandJob, COMMAND), request)
    assert job_name(load(CommandJob, COMMAND), request) == before
    (folder / "src" / "main.py").write_text("print(2)\n", "utf-8")
    assert job_name(load(CommandJob, COMMAND), request) != before
