"""Workspaces in time: deleted and made again, hubs and projects, what they answer."""

from typing import Any

import pytest

from kit.clouds import BODIES, INSIGHTS, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, WORKSPACE, body, refused
from kit.timed import Timed

HUB = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/hub-acme"
PROJECT = f"{PROVIDERS}/Microsoft.MachineLearningServices/workspaces/project-acme"
DAY = 86_400


def hub(timed: Timed) -> dict[str, Any]:
    return timed.azure.put(HUB, {**BODIES[WORKSPACE], "kind": "Hub"})


def project(timed: Timed, **properties: Any) -> dict[str, Any]:
    given = {"location": REGION, "kind": "Project", "properties": {"hubResourceId": HUB, **properties}}
    return timed.azure.put(PROJECT, given)


def test_a_deleted_workspace_keeps_its_name_for_14_days(timed: Timed) -> None:
    timed.azure.delete(WORKSPACE)
    timed.wait(13 * DAY)
    with refused("BadRequest", 400, says="Soft-deleted workspace exists"):
        timed.azure.put(WORKSPACE, BODIES[WORKSPACE])
    timed.wait(DAY)
    assert timed.azure.put(WORKSPACE, BODIES[WORKSPACE])["id"] == WORKSPACE


def test_what_was_to_happen_in_a_deleted_workspace_does_not(timed: Timed) -> None:
    timed.submit("train")
    timed.azure.delete(WORKSPACE, {"forceToPurge": "true"})
    timed.azure.put(WORKSPACE, BODIES[WORKSPACE])
    assert timed.wait(60).jobs() == []


def test_a_project_stands_on_its_hub(timed: Timed) -> None:
    hub(timed)
    made = project(timed)
    assert (made["kind"], made["properties"]["storageAccount"]) == ("Project", STORAGE)
    assert (made["properties"]["keyVault"], made["properties"]["applicationInsights"]) == (VAULT, INSIGHTS)
    assert len(timed.azure.list(PROJECT, "Microsoft.MachineLearningServices/workspaces/datastores")) == 4
    assert timed.azure.get(HUB)["properties"]["associatedWorkspaces"] == [PROJECT]
    with refused("UserError", 409):
        timed.azure.delete(HUB)
    timed.azure.delete(PROJECT)
    assert timed.azure.get(HUB)["properties"]["associatedWorkspaces"] == []
    assert timed.azure.delete(HUB)


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        ("Project", {}, "needs properties.hubResourceId"),
        ("Default", {"hubResourceId": HUB}, "is no Project"),
        ("Project", {"hubResourceId": WORKSPACE}, "is no hub"),
        ("Palace", {}, "'Palace' is no kind of workspace: expected Default"),
    ],
)
def test_kinds_that_do_not_go_together_are_refused(
    timed: Timed, kind: str, properties: dict[str, Any], message: str
) -> None:
    hub(timed)
    with refused("ValidationError", 400, says=message):
        timed.azure.put(PROJECT, {**body(WORKSPACE, **properties), "kind": kind})


def test_a_diagnosis_tells_what_is_gone(timed: Timed) -> None:
    def diagnosis() -> dict[str, Any]:
        results: dict[str, Any] = timed.azure.action(WORKSPACE, "diagnose", {"value": {}})["value"]
        return {place: [one["code"] for one in found] for place, found in results.items() if found}

    assert diagnosis() == {}
    timed.azure.delete(INSIGHTS)
    assert diagnosis() == {"applicationInsightsResults": ["ResourceNotFound"]}


def test_keys_have_the_registrys_where_its_admin_account_is_on(timed: Timed) -> None:
    timed.azure.put(REGISTRY, {**BODIES[REGISTRY], "properties": {"adminUserEnabled": True}})
    timed.azure.put(WORKSPACE, body(WORKSPACE, containerRegistry=REGISTRY))
    keys = timed.azure.action(WORKSPACE, "listKeys")["containerRegistryCredentials"]
    own = timed.azure.action(REGISTRY, "listCredentials")
    assert (keys["username"], keys["passwords"], keys["location"]) == (own["username"], own["passwords"], REGION)


def test_a_workspace_tells_of_its_notebooks_and_what_it_must_reach(timed: Timed) -> None:
    info = timed.azure.get(WORKSPACE)["properties"]["notebookInfo"]
    prepared = timed.azure.action(WORKSPACE, "prepareNotebook")
    assert (prepared["fqdn"], prepared["resourceId"]) == (info["fqdn"], info["resourceId"])
    token = timed.azure.action(WORKSPACE, "listNotebookAccessToken")["accessToken"]
    assert timed.azure.action(WORKSPACE, "listNotebookAccessToken")["accessToken"] == token
    timed.wait(hours=2)
    assert timed.azure.action(WORKSPACE, "listNotebookAccessToken")["accessToken"] != token
    hosts = {
        end["domainName"]
        for one in timed.listing("outboundNetworkDependenciesEndpoints", {})
        for end in one["properties"]["endpoints"]
    }
    assert {"login.microsoftonline.com", f"{REGION}.api.azureml.ms"} <= hosts
