"""Jobs whose compute may not pull the image, or reach the data; and those of which that can't be known."""

from typing import Any

import pytest

from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.services.machinelearning import job_access
from azureml_sandbox.services.machinelearning.runs import run_details
from kit.clouds import BODIES, REGISTRY, WORKSPACE, body, compute
from kit.timed import CLUSTER, Timed

pytestmark = pytest.mark.any_body("what a job needs to be submitted is not what these tests are about")
ENVIRONMENT = f"{WORKSPACE}/environments/conda/versions/1"
CONDA = {"properties": {"image": "mcr.microsoft.com/x:1", "condaFile": "dependencies: [python]"}}
SIZE: dict[str, Any] = {"vmSize": "Standard_DS3_v2", "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 1}}
NO_DATA = "needs Storage Blob Data Contributor"
NO_IMAGE = "Failed to pull Docker image from cracme.azurecr.io"


def outcome(timed: Timed, **job: Any) -> tuple[str, str]:
    """Return what becomes of a job on the cluster, and all that Azure ML says of it."""
    timed.submit("train", computeId=CLUSTER, **job)
    timed.wait(minutes=10)
    return timed.state("train"), str(run_details(timed.azure, timed.azure.get(f"{WORKSPACE}/jobs/train")))


@pytest.mark.parametrize("identity", [{}, {"identity": {"type": "SystemAssigned"}}], ids=["none", "no role"])
def test_data_needs_a_role(timed: Timed, identity: dict[str, Any]) -> None:
    timed.azure.put(CLUSTER, {**compute("AmlCompute", **SIZE), **identity})
    timed.wait(2)
    state, answer = outcome(timed)
    assert (state, NO_DATA in answer) == ("Failed", True)


def test_an_image_needs_a_role(timed: Timed) -> None:
    timed.azure.put(REGISTRY, BODIES[REGISTRY])
    timed.azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    timed.azure.put(ENVIRONMENT, CONDA)
    timed.cluster()
    state, answer = outcome(timed, environmentId=ENVIRONMENT)
    assert (state, NO_IMAGE in answer) == ("Failed", True)


@pytest.mark.parametrize(
    "job",
    [
        {"environmentId": None},
        {"environmentId": "azureml:conda:1"},
        {"environmentId": "azureml://registries/azureml/environments/sklearn-1.5/versions/1"},
        {"identity": {"identityType": "UserIdentity"}},
    ],
    ids=["no-environment", "by-name", "of-a-registry", "no-code"],
)
def test_what_a_job_doesnt_name_isnt_asked(timed: Timed, job: dict[str, Any]) -> None:
    timed.azure.put(REGISTRY, BODIES[REGISTRY])
    timed.azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    timed.cluster()
    assert outcome(timed, **job)[0] == "Completed"


def test_a_job_whose_next_step_is_refused_fails(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for ever otherwise."""

    def refuse(*_: Any) -> None:
        raise bad_request("Not so.")

    timed.cluster()
    monkeypatch.setattr(job_access, "refusal", refuse)
    state, answer = outcome(timed)
    assert (state, "Not so." in answer) == ("Failed", True)
    assert timed.wait(minutes=10).settings()["currentNodeCount"] == 0
