"""Batch endpoints and their deployments by azure-ai-ml's MLClient."""

import pytest
from azure.ai.ml import Input
from azure.ai.ml import entities as ml
from azure.core.exceptions import ResourceNotFoundError

from kit.clients import Kit
from kit.mlclient.client import folder, names, suite

SUITE = suite("batch_endpoints", "batch_deployments")
IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest"
NAME = "clients-batch"


@SUITE.tries("batch_endpoints.begin_create_or_update", "batch_endpoints.get", "batch_endpoints.list")
def endpoint(kit: Kit) -> None:
    """Make a batch endpoint, and list endpoints."""
    group = kit.client.batch_endpoints
    made = group.begin_create_or_update(ml.BatchEndpoint(name=NAME, description="nightly")).result()
    assert (made.name, made.description) == (NAME, "nightly")
    assert group.get(NAME).scoring_uri.endswith("/jobs")
    assert names(group.list()) == [NAME]
    with pytest.raises(ResourceNotFoundError):
        group.get("nobody")


@SUITE.tries("batch_deployments.begin_create_or_update", "batch_deployments.get", "batch_deployments.list")
def deployment(kit: Kit) -> None:
    """Make a batch deployment, and list deployments."""
    local = folder(kit, {"src/score.py": "def run(batch): ...\n", "model/model.pkl": "weights"})
    kit.client.compute.begin_create_or_update(ml.AmlCompute(name="batch-cpu", size="Standard_DS3_v2")).result()
    asked = ml.ModelBatchDeployment(
        name="first",
        endpoint_name=NAME,
        model=ml.Model(path=str(local / "model"), type="custom_model"),
        environment=ml.Environment(image=IMAGE),
        code_configuration=ml.CodeConfiguration(code=str(local / "src"), scoring_script="score.py"),
        compute="batch-cpu",
        settings=ml.ModelBatchDeploymentSettings(mini_batch_size=5, instance_count=1),
    )
    group = kit.client.batch_deployments
    made = group.begin_create_or_update(asked).result()
    assert (made.name, made.mini_batch_size) == ("first", 5)
    assert group.get("first", NAME).endpoint_name == NAME
    assert names(group.list(NAME)) == ["first"]
    with pytest.raises(ResourceNotFoundError):
        group.get("second", NAME)


@SUITE.tries("batch_endpoints.invoke", "batch_endpoints.list_jobs", "batch_deployments.list_jobs")
def invoke(kit: Kit) -> None:
    """Start a batch job, and list the jobs."""
    group = kit.client.batch_endpoints
    asked = group.get(NAME)
    asked.defaults = {"deployment_name": "first"}
    assert group.begin_create_or_update(asked).result().defaults.deployment_name == "first"
    path = "azureml://datastores/workspaceblobstore/paths/in/"
    job = group.invoke(endpoint_name=NAME, deployment_name="first", input=Input(type="uri_folder", path=path))
    assert job.name in names(group.list_jobs(endpoint_name=NAME))
    assert job.name in names(kit.client.batch_deployments.list_jobs(endpoint_name=NAME, name="first"))


@SUITE.tries("batch_deployments.begin_delete", "batch_endpoints.begin_delete")
def delete(kit: Kit) -> None:
    """Delete the deployment and the endpoint."""
    kit.client.batch_deployments.begin_delete("first", NAME).result()
    assert names(kit.client.batch_deployments.list(NAME)) == []
    kit.client.batch_endpoints.begin_delete(NAME).result()
    assert names(kit.client.batch_endpoints.list()) == []
