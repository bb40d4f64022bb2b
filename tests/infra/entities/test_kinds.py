"""Which kind an entity's file is of."""

import pytest

from azureml_infra.description.check import RUNS
from azureml_infra.entities.component import Component
from azureml_infra.entities.connection import ServiceConnection
from azureml_infra.entities.job import Job
from azureml_infra.entities.kinds import KINDS, SERVICES, Kind, UnknownKindError, find_kind
from azureml_infra.entities.references import FAMILIES
from azureml_infra.entities.runtime import Command
from azureml_infra.entities.spark import SparkSettings
from kit.rows import each


@each(
    ("data", "section", "kind"),
    [
        ({"$schema": "https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json"}, None, "compute cluster"),
        ({"$schema": "../schemas/AMLCompute.schema.json", "type": "amlcompute"}, "computes", "compute cluster"),
        ({"type": "AmlCompute"}, None, "compute cluster"),
        ({"type": "kubernetes"}, "online_deployments", "Kubernetes online deployment"),
        ({}, "environments", "environment"),
        ({"compute": "azureml:k8s"}, "online_endpoints", "Kubernetes online endpoint"),
        ({"$schema": "x/onlineEndpoint.schema.json", "compute": "k8s"}, None, "Kubernetes online endpoint"),
        ({}, "online_endpoints", "online endpoint"),
        ({"command": "echo"}, "jobs", "command job"),
        ({"type": "pipeline"}, "jobs", "pipeline job"),
        ({"$schema": "x/batchDeployment.schema.json", "type": "pipeline"}, None, "pipeline component batch deployment"),
        ({"$schema": "x/batchDeployment.schema.json"}, None, "model batch deployment"),
    ],
)
def test_a_kind_follows_from_schema_type_or_section(data: dict[str, str], section: str | None, kind: str) -> None:
    assert find_kind(data, section).model.kind == kind


@pytest.mark.parametrize("data", [{}, {"type": "kubernetes"}, {"type": "svn"}, {"$schema": "x/Flow.schema.json"}])
def test_a_kind_that_is_not_clear_is_an_error(data: dict[str, str]) -> None:
    with pytest.raises(UnknownKindError):
        find_kind(data)


@each("kind", KINDS, ids=lambda kind: kind.place)
def test_a_row_leads_to_its_model(kind: Kind) -> None:
    assert kind.model.family == kind.family
    assert (kind.model is ServiceConnection) == (kind.types == SERVICES)


@each("kind", KINDS, ids=lambda kind: kind.place)
def test_what_has_commands_or_steps_is_checked_for_what_they_name(kind: Kind) -> None:
    """Those rules are passed over for other families, whose files need none of the models of runs."""
    runs = issubclass(kind.model, Component | Job | Command | SparkSettings)
    if runs or kind.model.model_fields.keys() & {"jobs", "create_job", "job_definition", "trial"}:
        assert kind.family in RUNS


def test_no_two_kinds_answer_to_the_same_schema_and_type() -> None:
    words = [(schema, kind.types, kind.apart) for kind in KINDS for schema in kind.schemas if not kind.told_by]
    assert len(set(words)) == len(words)
    assert {kind.family for kind in KINDS} == {*FAMILIES, "workspaces"}
    assert {kind.section for kind in KINDS} <= {*FAMILIES, "workspaces"}


@pytest.mark.parametrize(
    ("data", "section"),
    [
        ({"type": "pipeline", "jobs": {}, "experiment_name": "e"}, "jobs"),
        ({"type": "pipeline", "component": "azureml:c:1", "endpoint_name": "e"}, "batch_deployments"),
    ],
)
def test_a_file_without_a_schema_is_told_by_what_only_one_kind_has(data: dict[str, object], section: str) -> None:
    assert find_kind(data).section == section


def test_a_pipeline_that_may_be_several_things_is_refused() -> None:
    with pytest.raises(UnknownKindError, match="may be a component, a batch deployment or a job"):
        find_kind({"type": "pipeline", "jobs": {}})
