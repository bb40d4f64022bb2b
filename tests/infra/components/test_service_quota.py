"""Preflight beside Azure ML: providers of everything that is made, nodes of AKS, cores of Container Instances."""

from collections.abc import Callable
from pathlib import Path

import pytest

from azureml_arm.types import BY_TOKEN
from azureml_infra import load
from azureml_infra.components import preflight
from azureml_infra.components.azure import Destination
from azureml_infra.components.fit import Fit
from azureml_infra.components.names import names_of
from azureml_infra.components.service_quota import CONTAINERS, demands_of, unfit_demands
from azureml_infra.description.located import Located
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.tables import UNREGISTERED
from kit.paths import EXAMPLES
from kit.platforms import stack
from kit.scenarios import Scenario

ALWAYS = {"Microsoft.Authorization", "Microsoft.Resources"}
"""Providers that every subscription has, without being registered for them."""
TEXT = """\
name: churn
location: westeurope
computes:
  - name: aks
    type: kubernetes
    create:
      pools:
        - {name: system, size: Standard_D4ds_v5, count: 60}
        - {name: more, size: Standard_D8ds_v5, min: 20, max: 90}
        - {name: gpu, size: Standard_NC24ads_A100_v4, min: 0, max: 4}
    extension: {allow_insecure_connections: true}
ingestion:
  - name: photos
    source: {type: blob, account_name: contosoraw, container_name: drop}
    into: azureml://datastores/workspaceblobstore/paths/photos
    data: photos
    trigger: {type: blob_created}
online_endpoints: [{name: trial}]
online_deployments:
  - name: first
    on: aci
    endpoint_name: trial
    public: true
    cpu: 3
    command: [serve]
    environment:
      image: mcr.microsoft.com/a:1
      inference_config:
        liveness_route: &route {port: 80, path: /}
        readiness_route: *route
        scoring_route: *route
"""


def unregister(azure: Azure) -> None:
    with azure.changing():
        for namespace in ("datafactory", "eventgrid", "containerinstance", "kubernetesconfiguration"):
            azure.store.set(UNREGISTERED, f"microsoft.{namespace}", "NotRegistered")


def findings(folder: Path, change: Callable[[Azure], None] = lambda _: None) -> list[str]:
    """Return what a preview of the platform is told."""
    (folder / "platform.yml").write_text(TEXT, "utf-8")
    sandbox, found = stack(), list[str]()
    change(sandbox.azure)
    sandbox.preview(lambda: found.extend(map(str, preflight.check_fit(load(folder)))))
    return found


def test_pools_take_the_quota_of_virtual_machines_one_after_the_other(tmp_path: Path) -> None:
    """A pool that begins with nothing needs nothing now."""
    (found,) = findings(tmp_path)
    assert found == (
        "platform.yml:9:53: warning: won't fit: 20 nodes of Standard_D8ds_v5 need 160 vCPUs, and 110 are left of "
        "standardDDSv5Family vCPUs in westeurope (350, less 0 in use and 240 for what comes before); expected less of "
        "it, or more quota (https://learn.microsoft.com/azure/quotas/per-vm-quota-requests)"
    )


def test_providers_of_what_is_made_beside_the_workspace_are_asked_for(tmp_path: Path) -> None:
    told = [one.partition("; expected")[0] for one in findings(tmp_path, unregister) if "registered for" in one]
    assert told == [
        f"platform.yml:{place}: warning: won't fit: the subscription isn't registered for Microsoft.{name}"
        for place, name in (
            ("7:7", "KubernetesConfiguration"),
            ("20:11", "ContainerInstance"),
            ("13:11", "DataFactory"),
            ("13:11", "EventGrid"),
        )
    ]


@pytest.mark.parametrize(
    ("used", "said"), [(97, []), (98, ["a container group needs 3 cores, and 2 are left of Cores"])]
)
def test_a_group_takes_cores_of_container_instances(tmp_path: Path, used: int, said: list[str]) -> None:
    (tmp_path / "platform.yml").write_text(TEXT, "utf-8")
    (group,) = (one for one in load(tmp_path).entities if one.entity.family == "test_deployments")
    usages = [
        {"name": {"value": "ContainerGroups"}, "limit": 100, "currentValue": 99},
        {"name": {"value": "StandardCores", "localizedValue": "Cores"}, "limit": 100, "currentValue": used},
    ]
    found = [str(one) for one in unfit_demands(list(demands_of(group)), {CONTAINERS: usages}, "westeurope")]
    assert [one.partition("won't fit: ")[2].partition(" in westeurope")[0] for one in found] == said


@pytest.mark.parametrize(
    "name",
    ["aci-test", "autoscale", "databricks", "ingestion", "network", "production-aks", "quickstart", "synapse-spark"],
)
def test_every_provider_of_what_an_example_makes_is_asked_for(name: str) -> None:
    registered = Scenario(name).up().registered.values()
    made = {BY_TOKEN[goal.type].type.partition("/")[0] for goal in registered if goal.type in BY_TOKEN} - ALWAYS
    asked: set[str] = set()

    def program() -> None:
        description = load(EXAMPLES / name)
        assert description.document is not None
        platform = Located(description.platform, "platform.yml", 1, description.document)
        fit = Fit(description, platform, names_of(description.platform, Destination().subscription))
        asked.update(fit.namespaces)

    Scenario(name).sandbox.preview(program)
    assert made <= asked
