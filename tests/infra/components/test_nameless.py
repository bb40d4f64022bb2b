"""Components written in place: Azure chooses their versions, and what uses them refers to what Azure chose."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from azureml_infra import BatchEndpoint, Job
from azureml_infra.entities import endpoint as entities
from azureml_infra.entities.job import PipelineJob
from azureml_sandbox import Sandbox
from kit.platforms import ML, beside, changes, existing_workspace, live

COMPONENT = f"{ML}/components/versions"
COMMAND: dict[str, Any] = {"type": "command", "command": "true", "environment": {"image": "a/b"}}
INNER = {"type": "pipeline", "jobs": {"deep": {**COMMAND, "command": "echo deep"}}}
STEPS = {"one": COMMAND, "two": {"component": {**COMMAND, "command": "false"}}, "three": {"component": INNER}}


def job(**what: Any) -> Callable[[], Any]:
    given = {"experiment_name": "hello", "compute": "serverless", **what}
    return lambda: Job("hello", PipelineJob.model_validate(given), workspace=existing_workspace())


def submitted_job(sandbox: Sandbox) -> dict[str, Any]:
    """Return the only job that nobody but the program made."""
    (found,) = (one for one in sandbox.azure.resources(f"{ML}/jobs") if one["name"].startswith("hello-"))
    return dict(found)


def component_ids(body: Any) -> Iterator[str]:
    """Yield every `componentId` in a body."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key == "componentId":
                yield value["assetId"] if isinstance(value, dict) else value
            else:
                yield from component_ids(value)


def components(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.azure.resources(COMPONENT)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ({"jobs": STEPS}, "hello-56e09f4ce20d"),
        ({"component": INNER}, "hello-c7d99900f87c"),
        ({"component": COMMAND}, "hello-b80235982249"),
    ],
    ids=["steps", "pipeline", "command"],
)
def test_a_job_names_what_azure_made_of_its_components_and_keeps_its_own_name(what: dict[str, Any], name: str) -> None:
    """Its own is that of releases before, which computed ids: nothing is submitted again; a preview knows the name."""
    sandbox = beside()
    assert f"create {name}" in changes(sandbox.preview(job(**what)))
    sandbox.up(job(**what))
    assert submitted_job(sandbox)["name"] == name
    made = components(sandbox)
    used = [*component_ids(submitted_job(sandbox)), *(id_ for one in made for id_ in component_ids(one))]
    assert sorted(used) == sorted(one["id"] for one in made)
    sandbox.refresh(job(**what))
    assert changes(sandbox.up(job(**what))) == []


def test_another_content_is_another_job() -> None:
    sandbox = beside(job(jobs=STEPS))
    deeper = {**INNER, "jobs": {"deep": {**COMMAND, "command": "echo deeper"}}}
    made = changes(sandbox.up(job(jobs={**STEPS, "three": {"component": deeper}})))
    assert len([one for one in made if one.startswith("create component-")]) == 2
    assert len([one for one in made if one.startswith("create hello-")]) == 1


def endpoint(**component: Any) -> Callable[[], Any]:
    given = {"name": "ep-batch", "identity": {"type": "system_assigned"}}
    deployed = {"name": "pipeline", "endpoint_name": "ep-batch", "type": "pipeline", "component": component}

    def run() -> None:
        BatchEndpoint(
            "batch",
            entities.BatchEndpoint.model_validate(given),
            [entities.PipelineBatchDeployment.model_validate(deployed)],
            workspace=existing_workspace(),
        )

    return run


def test_a_deployment_names_what_azure_made_of_its_component() -> None:
    sandbox = beside(endpoint(**INNER))
    deployed = live(sandbox, f"{ML}/batchEndpoints/deployments")
    (used,) = component_ids(deployed)
    (inner,) = (id_ for one in components(sandbox) for id_ in component_ids(one))
    assert {used, inner} == {one["id"] for one in components(sandbox)}
    assert changes(sandbox.up(endpoint(**INNER))) == []


def test_a_component_that_comes_back_is_the_one_that_it_was() -> None:
    sandbox = beside(job(jobs=STEPS))
    before = components(sandbox)
    sandbox.up(existing_workspace)
    sandbox.up(job(jobs=STEPS))
    assert components(sandbox) == before
    assert changes(sandbox.up(job(jobs=STEPS))) == []


def test_a_component_that_azure_finds_by_what_was_asked_for_is_taken_back() -> None:
    """Whether it does isn't known; what an earlier sandbox has kept is found so."""
    sandbox = beside()
    asked_for: dict[str, dict[str, Any]] = {}
    sandbox.azure.observers.append(
        lambda put: asked_for.update({put.id: dict(put.body)}) if put.type == COMPONENT else None
    )
    sandbox.up(job(component=COMMAND))
    sandbox.up(existing_workspace)
    for resource_id, body in asked_for.items():
        sandbox.azure.provide(resource_id, body)
    assert [one for one in changes(sandbox.up(job(component=COMMAND))) if "component-" in one] == [
        "import component-fa8fb5343139"
    ]
    assert changes(sandbox.up(job(component=COMMAND))) == []
