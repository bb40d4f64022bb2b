"""Operations that take time: what a caller sees until they end, and how they end, by a clock that tests move."""

from pathlib import Path

import pytest

from azureml_arm import ids
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.operations import (
    ACCEPTED,
    CANCELED,
    CREATING,
    DELETING,
    FAILED,
    SUCCEEDED,
    UPDATING,
    LongRunning,
)
from azureml_sandbox.model.store import SqliteStore
from kit.clouds import BODIES, GROUP, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, foundation, refused
from kit.timed import StillClock

NETWORK = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"
SUBNET = f"{NETWORK}/subnets/one"


@pytest.fixture
def time() -> StillClock:
    return StillClock()


@pytest.fixture
def azure(time: StillClock) -> Azure:
    made = foundation(Azure())
    made.clock = time
    made.operations.seconds = 10
    made.put(REGISTRY, BODIES[REGISTRY])
    return made


def test_an_operation_goes_on_until_its_time(azure: Azure, time: StillClock) -> None:
    begun = azure.operations.begin(ids.parse(REGISTRY), "PUT", CREATING)
    assert azure.operations.running(REGISTRY.upper()) == begun
    assert azure.operations.view(azure.get(REGISTRY))["properties"]["provisioningState"] == CREATING
    assert azure.get(REGISTRY)["properties"]["provisioningState"] == SUCCEEDED
    assert azure.operations.wait(begun, ACCEPTED) == {"Retry-After": "10", "Retry-After-Ms": "10000"}
    time.now += 9.75
    assert azure.operations.wait(begun, ACCEPTED) == {"Retry-After-Ms": "250"}  # seconds would be whole ones
    time.now += 0.25
    assert azure.operations.running(REGISTRY) is None
    assert azure.operations.view(azure.get(REGISTRY)) == azure.get(REGISTRY)


def test_a_deletion_is_done_at_its_end(azure: Azure, time: StillClock) -> None:
    azure.operations.begin(ids.parse(GROUP), "DELETE", DELETING, query={})
    azure.settle()
    assert azure.exists(STORAGE)
    time.now += 10
    azure.settle()
    assert not azure.exists(GROUP)
    assert azure.resources() == []
    assert azure.get_deleted(VAULT)


@pytest.mark.parametrize("outcome", [FAILED, CANCELED])
def test_what_ends_badly_stays_and_says_so(azure: Azure, time: StillClock, outcome: str) -> None:
    begun = azure.operations.begin(ids.parse(REGISTRY), "PUT", UPDATING, outcome=outcome)
    time.now += 10
    azure.settle()
    assert azure.get(REGISTRY)["properties"]["provisioningState"] == outcome
    found = azure.operations.get(begun.id)
    assert found is not None
    assert found.outcome == outcome


def test_what_goes_on_can_be_canceled(azure: Azure) -> None:
    assert azure.operations.cancel(ids.parse(REGISTRY)) is None
    begun = azure.operations.begin(ids.parse(REGISTRY), "PUT", CREATING)
    canceled = azure.operations.cancel(ids.parse(REGISTRY))
    assert canceled == begun
    azure.settle()
    assert azure.operations.running(REGISTRY) is None
    assert azure.get(REGISTRY)["properties"]["provisioningState"] == CANCELED


def test_two_changes_of_one_resource_do_not_go_together(azure: Azure, time: StillClock) -> None:
    azure.operations.begin(ids.parse(REGISTRY), "PUT", UPDATING)
    with refused("Conflict", 409):
        azure.operations.check_idle(ids.parse(REGISTRY))
    azure.operations.check_idle(ids.parse(STORAGE))
    time.now += 10
    azure.operations.check_idle(ids.parse(REGISTRY))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (CREATING, "ParentResourceNotReady"),
        (DELETING, "ParentResourceBeingDeleted"),
        (UPDATING, "ParentResourceNotReady"),
    ],
)
def test_what_is_below_waits_for_its_network(azure: Azure, state: str, code: str) -> None:
    azure.put(NETWORK, {"location": REGION})
    azure.begin(ids.parse(NETWORK), "PUT", state)
    with refused(code, 409):
        azure.operations.check_idle(ids.parse(SUBNET))


def test_what_is_below_others_does_not_wait_for_their_change(azure: Azure) -> None:
    identity = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"
    azure.put(identity, {"location": REGION})
    azure.begin(ids.parse(identity), "PUT", UPDATING)
    assert azure.operations.running(identity) is not None
    azure.operations.check_idle(ids.parse(f"{identity}/federatedIdentityCredentials/fic"))


def test_nothing_is_changed_in_a_group_that_goes(azure: Azure) -> None:
    azure.operations.begin(ids.parse(GROUP), "DELETE", DELETING, query={})
    for target in (GROUP, REGISTRY, SUBNET):
        with refused("ResourceGroupBeingDeleted", 409):
            azure.operations.check_idle(ids.parse(target))


def test_operations_outlive_the_process(tmp_path: Path, time: StillClock) -> None:
    first = foundation(Azure(SqliteStore(tmp_path / "cloud.db")))
    first.clock = time
    begun = first.operations.begin(ids.parse(STORAGE), "DELETE", DELETING, seconds=5, query={})
    first.close()
    second = Azure(SqliteStore(tmp_path / "cloud.db"))
    second.clock = time
    second.operations.seconds = 0
    assert second.operations.get(begun.id) == begun
    assert second.operations.recent() == [begun]
    time.now += 5
    second.settle()
    assert not second.exists(STORAGE)
    second.close()


def test_old_operations_are_forgotten(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azureml_sandbox.model.operations.KEPT", 2)
    begun = [azure.operations.begin(ids.parse(STORAGE), "PUT", UPDATING) for _ in range(4)]
    assert [azure.operations.get(one.id) is not None for one in begun] == [False, False, True, True]


def test_a_service_says_whether_it_takes_time() -> None:
    once = LongRunning(202)
    assert (once.answer(created=True), once.answer(created=False)) == (202, None)
