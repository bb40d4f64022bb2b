"""What takes time: each service's answer, what its polls say, and Azure's own pollers that follow them to the end."""

from typing import Any

import pytest

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from kit.arm_requests import follow, manager, read, refusal, send
from kit.clouds import BODIES, GROUP, INSIGHTS, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT

NETWORK = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"
LOGS = f"{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs"
MACHINE = f"{PROVIDERS}/Microsoft.Compute/virtualMachines/vm"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"
OTHERS: dict[str, dict[str, Any]] = {target: {"location": REGION} for target in (NETWORK, LOGS, IDENTITY, MACHINE)}
STATUS, LOCATION = "Azure-AsyncOperation", "Location"


@pytest.fixture
def azure() -> Azure:
    made = Azure()
    made.put(GROUP, BODIES[GROUP])
    made.operations.seconds = 60
    return made


def end(azure: Azure) -> None:
    """Let all that goes on come to its end."""
    now = azure.clock() + 61
    azure.clock = lambda: now


def body_of(target: str) -> Any:
    return {**BODIES, **OTHERS}[target]


@pytest.mark.parametrize(
    ("target", "status", "headers", "state"),
    [
        (STORAGE, 202, {LOCATION}, None),
        (REGISTRY, 200, set(), "Succeeded"),
        (NETWORK, 201, {STATUS}, "Updating"),
        (LOGS, 201, set(), "Creating"),
        (VAULT, 200, set(), "RegisteringDns"),
        (INSIGHTS, 200, set(), "Succeeded"),
        (IDENTITY, 201, set(), None),
    ],
)
def test_each_service_answers_a_put_in_its_own_way(
    azure: Azure, target: str, status: int, headers: set[str], state: str | None
) -> None:
    answer = send(azure, "PUT", target, body_of(target))
    assert (answer.status, {STATUS, LOCATION} & answer.headers.keys()) == (status, headers)
    assert ((read(answer) or {}).get("properties") or {}).get("provisioningState") == state
    end(azure)
    assert read(send(azure, "GET", target))["properties"].get("provisioningState") in ("Succeeded", None)


def test_the_status_of_an_operation_is_shown(azure: Azure) -> None:
    answer = send(azure, "PUT", MACHINE, OTHERS[MACHINE])
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    polled = follow(azure, answer.headers[STATUS])
    assert (polled.status, read(polled)["status"]) == (200, "InProgress")
    assert "Retry-After" in polled.headers
    assert read(send(azure, "GET", MACHINE))["properties"]["provisioningState"] == "Creating"
    end(azure)
    document = read(follow(azure, answer.headers[STATUS]))
    assert (document["status"], document["resourceId"], document["percentComplete"]) == ("Succeeded", MACHINE, 100)
    assert document["startTime"] < document["endTime"]


def test_a_location_answers_202_until_it_is_done(azure: Azure) -> None:
    answer = send(azure, "PUT", STORAGE, BODIES[STORAGE])
    polled = follow(azure, answer.headers[LOCATION])
    assert (polled.status, polled.body) == (202, b"")
    assert polled.headers[LOCATION] == answer.headers[LOCATION]
    end(azure)
    polled = follow(azure, answer.headers[LOCATION])
    assert (polled.status, read(polled)["id"]) == (200, STORAGE)
    assert send(azure, "PUT", STORAGE, BODIES[STORAGE]).status == 200


def test_a_deletion_that_takes_time(azure: Azure) -> None:
    send(azure, "PUT", REGISTRY, BODIES[REGISTRY])
    end(azure)
    answer = send(azure, "DELETE", REGISTRY)
    assert (answer.status, answer.body) == (202, b"")
    assert read(send(azure, "GET", REGISTRY))["properties"]["provisioningState"] == "Deleting"
    end(azure)
    assert follow(azure, answer.headers[LOCATION]).status == 204
    assert refusal(send(azure, "GET", REGISTRY)) == (404, "ResourceNotFound")
    assert send(azure, "DELETE", REGISTRY).status == 204


def test_a_change_waits_for_the_one_before(azure: Azure) -> None:
    send(azure, "PUT", NETWORK, OTHERS[NETWORK])
    assert refusal(send(azure, "PUT", NETWORK, OTHERS[NETWORK])) == (409, "Conflict")
    assert refusal(send(azure, "PUT", f"{NETWORK}/subnets/a", {})) == (409, "ParentResourceNotReady")
    assert refusal(send(azure, "DELETE", NETWORK)) == (409, "Conflict")
    end(azure)
    assert send(azure, "PUT", f"{NETWORK}/subnets/a", {}).status == 201


def test_an_operation_that_nobody_began(azure: Azure) -> None:
    where = GROUP.rpartition("/resourceGroups/")[0] + "/providers/Microsoft.Storage/locations/x"
    assert refusal(send(azure, "GET", f"{where}/operationStatuses/none")) == (404, "OperationNotFound")


@pytest.mark.parametrize("target", [GROUP, STORAGE, REGISTRY, NETWORK, LOGS, VAULT, INSIGHTS, IDENTITY])
def test_azures_own_pollers_come_to_the_end(target: str) -> None:
    azure = Azure()
    azure.operations.seconds = 0
    version = {"api_version": "2020-02-02"}
    with manager(azure) as client:
        client.resource_groups.create_or_update("rg-acme", BODIES[GROUP])
        made = client.resources.begin_create_or_update_by_id(target, body_of(target), **version).result()
        assert ids.same(made.id, target)
        changed = client.resources.begin_update_by_id(target, {"tags": {"a": "b"}}, **version).result()
        assert changed.tags == {"a": "b"}
        client.resources.begin_delete_by_id(target, **version).result()
        assert not client.resources.check_existence_by_id(target, **version)
