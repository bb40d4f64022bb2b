"""Which kind an entity's file is of."""

import pytest

from azureml_infra.entities.kinds import KINDS, UnknownKindError, find_kind
from azureml_infra.entities.references import FAMILIES
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


def test_no_two_kinds_answer_to_the_same_schema_and_type() -> None:
    words = [(schema, kind.types, kind.apart) for kind in KINDS for schema in kind.schemas if not kind.told_by]
    assert len(set(words)) == len(words)
    assert {kind.model.family for kind in KINDS} == {*FAMILIES, "workspaces"}
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
