"""Pipeline jobs and the components that they run: az ml's YAML in, ARM's request bodies out."""

from typing import Any

import pytest

from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import body
from azureml_infra.entities.component import CommandComponent
from azureml_infra.entities.job import PipelineComponent, PipelineJob
from kit.entity_bodies import PlainResolver, conforms, load, refusals, request_body
from kit.job_yaml import COMPONENT, PIPELINE

pytestmark = pytest.mark.usefixtures("folder")


class _Registering(PlainResolver):
    """Remembers the assets that have to be registered, and what is sent for them."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def anonymous(self, entity: Entity) -> Any:
        made = body(entity, self)
        conforms("Microsoft.MachineLearningServices/workspaces/components/versions", "2025-12-01", made)
        self.bodies.append(made)
        return f"component {len(self.bodies)}"


def _pipeline(text: str = PIPELINE) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the job's properties and the bodies of the components that its steps need."""
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


def test_a_type_that_is_a_list_is_refused() -> None:
    """It ended the command: a list was looked for in a set."""
    text = "{name: c, command: echo, environment: 'azureml:e:1', inputs: {a: {type: [x]}}}"
    assert [where for where, _, _ in refusals(CommandComponent, text)] == ["inputs.a.type"]
