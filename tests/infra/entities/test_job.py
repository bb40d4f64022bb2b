"""Command jobs: az ml's YAML in, ARM's request bodies out, and what is refused."""

from pathlib import Path

import pytest

from azureml_infra.entities.base import Entity
from azureml_infra.entities.job import CommandJob, PipelineJob
from kit.entity_bodies import load, refusals, request_body
from kit.job_yaml import COMMAND, COMPONENT
from kit.rows import each

pytestmark = pytest.mark.usefixtures("folder")


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


@each(
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
            "{type: pipeline, jobs: {a: {type: parallel}}}",
            "jobs.a.ParallelStep.task",
            "Field required",
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {type: import}}}",
            "jobs.a",
            "steps of type import are a private preview, which azure-ai-ml refuses, too",
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: {type: automl}}}}",
            "jobs.a.ComponentStep.component",
            "components of type automl have nothing that could run: a pipeline has an automl step instead",
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: {type: data_transfer, task: copy_data}}}}",
            "jobs.a.ComponentStep.component",
            "a copy has one output",
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: no.yml}}}",
            "jobs.a.ComponentStep.component",
            '"no.yml" doesn\'t exist',
        ),
        (
            PipelineJob,
            "{type: pipeline, jobs: {a: {component: {type: import}}}}",
            "jobs.a.ComponentStep.component",
            "components of type import are a private preview, which azure-ai-ml refuses, too",
        ),
    ],
)
def test_jobs_that_are_refused(model: type[Entity], text: str, where: str, what: str) -> None:
    assert [refusal[:2] for refusal in refusals(model, text)] == [(where, what)]


def test_a_mistake_in_a_components_file_names_the_file(folder: Path) -> None:
    (folder / "train.yml").write_text(COMPONENT.replace("environment:", "environmen:"), "utf-8")
    (refusal,) = refusals(PipelineJob, "{type: pipeline, jobs: {train: {component: train.yml}}}")
    assert refusal[1] == "train.yml: environment: Field required"


def test_services_that_azure_adds_are_left_out_as_az_ml_prints_them() -> None:
    services = (
        "{Studio: {endpoint: 'https://ml'}, Tracking: {type: Tracking}, board: {type: tensor_board, status: Running}}"
    )
    job = load(CommandJob, f"{{command: echo, environment: 'azureml:e:1', services: {services}}}")
    assert request_body(job, "jobs")["properties"]["services"] == {"board": {"jobServiceType": "TensorBoard"}}
