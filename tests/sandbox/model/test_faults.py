"""The fault switch, and Azure's own clients that meet what it does: they retry, wait, give up or raise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError, ServiceResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from hypothesis import given
from hypothesis import strategies as st

from azureml_sandbox import faults
from azureml_sandbox.__main__ import main
from azureml_sandbox.azure import SUBSCRIPTION, Azure
from azureml_sandbox.faults import FaultRule, FaultRuleError, Subject, parse
from azureml_sandbox.services.authorization.rights import Rights, SignedInPrincipal
from kit import warm
from kit.arm_requests import follow, manager, read, refusal, send
from kit.clouds import BODIES, CLUSTER, GROUP, PROVIDERS, REGION, REGISTRY, STORAGE, VAULT, foundation
from kit.served import Served, serving
from kit.shell import output
from kit.timed import StillClock

VERSION: dict[str, Any] = {"api_version": "2023-07-01"}
KUBERNETES = {"location": REGION, "properties": {"dnsPrefix": "acme"}}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
SOMEBODY = "9f2d6c1e-0000-4000-8000-00000000da7a"


@pytest.fixture
def azure() -> Azure:
    made = foundation(Azure())
    made.clock = StillClock()
    made.operations.seconds = 0
    return made


def add(azure: Azure, text: str) -> FaultRule:
    return faults.add(azure, parse(text))


def rule(azure: Azure) -> FaultRule:
    (found,) = faults.rules(azure)
    return found


def hit(text: str) -> dict[str, str]:
    return {"x_sandbox_fault": text}


# -- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("throtle", "did you mean 'throttle'"),
        ("throttle;tiems=1", "did you mean 'times'"),
        ("throttle;times=0", "expected a whole number from 1"),
        ("throttle;times=x", "expected a whole number from 1"),
        ("throttle;probability=2", "a number from 0 to 1"),
        ("throttle;seconds=nan", "a number of seconds"),
        ("throttle;method", "says nothing"),
        ("", "there is no fault ''"),
    ],
)
def test_a_rule_that_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(FaultRuleError, match=message):
        parse(text)


@given(
    fault=st.sampled_from(sorted(faults.FAULTS)),
    times=st.none() | st.integers(1, 9),
    probability=st.floats(0, 1),
    seed=st.integers(-5, 5),
    seconds=st.floats(0, 1e6),
)
def test_a_rule_reads_as_it_is_written(
    fault: str, times: int | None, probability: float, seed: int, seconds: float
) -> None:
    made = FaultRule(fault, "GET", "*/x", "*/vaults", times, probability, seed, seconds)
    assert parse(str(made)) == made


def test_the_seed_tells_which_requests_are_struck() -> None:
    def struck(seed: int) -> list[bool]:
        one, found = parse(f"throttle;probability=0.5;seed={seed}"), []
        for _ in range(64):
            one, strikes = one.next()
            found.append(strikes)
        return found

    assert struck(1) == struck(1) != struck(2)
    assert 16 < sum(struck(1)) < 48


def test_a_rule_is_about_some_requests() -> None:
    some = parse("error;method=PUT;type=*/storageaccounts;path=*/rg-acme/*")
    assert some.matches(Subject.of("PUT", STORAGE))
    assert not some.matches(Subject.of("GET", STORAGE))
    assert not some.matches(Subject.of("PUT", VAULT))
    assert not some.matches(Subject.of("PUT", STORAGE.replace("rg-acme", "other")))
    assert Subject.of("POST", f"{STORAGE}/listKeys").type == "Microsoft.Storage/storageAccounts"
    assert Subject.of("GET", STORAGE.rpartition("/")[0]).type == "Microsoft.Storage/storageAccounts"


# -- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttle;retry-after=3", 429, "SubscriptionRequestsThrottled"),
        ("429", 429, "SubscriptionRequestsThrottled"),
        ("error", 500, "InternalServerError"),
        ("503", 503, "ServiceUnavailable"),
        ("quota", 409, "QuotaExceeded"),
        ("quuota", 400, "InvalidFault"),
    ],
)
def test_a_header_strikes_its_own_request(azure: Azure, fault: str, status: int, code: str) -> None:
    answer = send(azure, "PUT", REGISTRY, BODIES[REGISTRY], **hit(fault))
    assert refusal(answer) == (status, code)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert not azure.exists(REGISTRY)
    assert send(azure, "PUT", REGISTRY, BODIES[REGISTRY]).status == 200


@pytest.mark.parametrize("fault", ["throttle;seconds=0", "error", "unavailable;seconds=0", "drop"])
def test_azures_client_tries_again(azure: Azure, fault: str) -> None:
    add(azure, f"{fault};type=*/registries;method=PUT;times=2")
    with manager(azure) as client:
        made = client.resources.begin_create_or_update_by_id(REGISTRY, BODIES[REGISTRY], **VERSION).result()
    assert made.name == "cracme"
    assert rule(azure).hits == 2


def test_azures_client_gives_up(azure: Azure) -> None:
    add(azure, "unavailable;seconds=0;type=*/storageaccounts")
    with manager(azure, retry_total=2) as client:
        with pytest.raises(HttpResponseError, match="ServiceUnavailable"):
            client.resources.get_by_id(STORAGE, **VERSION)
        assert rule(azure).hits == 3
        faults.clear(azure)
        assert client.resources.get_by_id(STORAGE, **VERSION).name == "stacme"


def test_a_dropped_connection_is_one_to_the_client(azure: Azure) -> None:
    add(azure, "drop;type=*/storageaccounts")
    with manager(azure, retry_total=1) as client, pytest.raises(ServiceResponseError):
        client.resources.get_by_id(STORAGE, **VERSION)
    assert rule(azure).hits == 2


def test_a_quota_is_the_clients_own_exception(azure: Azure) -> None:
    add(azure, "quota;type=*/registries")
    with manager(azure) as client, pytest.raises(ResourceExistsError, match="QuotaExceeded"):
        client.resources.begin_create_or_update_by_id(REGISTRY, BODIES[REGISTRY], **VERSION)


# -- operations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "state"), [("fail", "Failed"), ("cancel", "Canceled")])
def test_an_operation_ends_badly(azure: Azure, fault: str, state: str) -> None:
    add(azure, f"{fault};type=*/managedclusters;times=1")
    with manager(azure) as client:
        with pytest.raises(HttpResponseError, match="as a fault rule says"):
            client.resources.begin_create_or_update_by_id(CLUSTER, KUBERNETES, **VERSION).result()
        assert azure.get(CLUSTER)["properties"]["provisioningState"] == state
        again = client.resources.begin_create_or_update_by_id(CLUSTER, KUBERNETES, **VERSION).result()
        assert (again.properties or {})["provisioningState"] == "Succeeded"


def test_a_deletion_that_fails_leaves_the_resource(azure: Azure) -> None:
    azure.put(CLUSTER, KUBERNETES)
    answer = send(azure, "DELETE", CLUSTER, **hit("fail"))
    assert answer.status == 202
    assert refusal(follow(azure, answer.headers["Location"])) == (409, "InternalServerError")
    assert azure.exists(CLUSTER)


def test_polls_hang_as_often_as_the_rule_says(azure: Azure) -> None:
    add(azure, "hang;type=*/managedclusters;times=3")
    with manager(azure) as client:
        made = client.resources.begin_create_or_update_by_id(CLUSTER, KUBERNETES, **VERSION).result()
    assert made.name == "aks-acme"
    assert rule(azure).hits == 3


def test_an_operation_that_never_ends(azure: Azure) -> None:
    answer = send(azure, "PUT", CLUSTER, KUBERNETES, **hit("hang"))
    azure.clock = lambda: 1_900_000_000.0
    assert read(follow(azure, answer.headers["Azure-AsyncOperation"]))["status"] == "InProgress"
    assert read(send(azure, "GET", CLUSTER))["properties"]["provisioningState"] == "Creating"


# -- what lasts ------------------------------------------------------------------------------------------------------


def test_reads_are_stale_for_a_while(azure: Azure) -> None:
    time = StillClock()
    azure.clock = time
    add(azure, "stale;seconds=30;type=*/userAssignedIdentities")
    target = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-acme"
    assert send(azure, "PUT", target, {"location": REGION}).status == 201
    assert refusal(send(azure, "GET", target)) == (404, "ResourceNotFound")
    assert send(azure, "HEAD", target).status == 404
    assert read(send(azure, "GET", target.rpartition("/")[0]))["value"] == []
    time.now += 30
    assert read(send(azure, "GET", target))["tags"] == {}
    assert send(azure, "PATCH", target, {"tags": {"a": "b"}}).status == 200
    assert read(send(azure, "GET", target))["tags"] == {}
    time.now += 30
    assert read(send(azure, "GET", target))["tags"] == {"a": "b"}
    assert send(azure, "DELETE", target).status == 200
    assert read(send(azure, "GET", target))["tags"] == {"a": "b"}
    assert send(azure, "HEAD", target).status == 204
    time.now += 30
    assert refusal(send(azure, "GET", target)) == (404, "ResourceNotFound")


def test_a_new_role_is_heeded_after_a_while(azure: Azure) -> None:
    time = StillClock()
    azure.clock = time
    role = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    target = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{SOMEBODY}"
    given = {"properties": {"roleDefinitionId": role, "principalId": SOMEBODY, "principalType": "User"}}
    assert send(azure, "PUT", target, given, **hit("rbac-lag;seconds=20")).status == 201
    assert read(send(azure, "GET", target))["properties"]["principalId"] == SOMEBODY
    rights, principal = Rights(azure), SignedInPrincipal(SOMEBODY, "somebody")
    assert rights.of(principal).assignments == ()
    time.now += 20
    assert [one.id for one in rights.of(principal).assignments] == [target]


def test_a_soft_deleted_name_is_in_the_way(azure: Azure) -> None:
    target = VAULT.replace("kv-acme", "kv-other")
    add(azure, "soft-deleted;type=*/vaults;times=1")
    with manager(azure) as client:
        with pytest.raises(ResourceExistsError, match="deleted state"):
            client.resources.begin_create_or_update_by_id(target, BODIES[VAULT], **VERSION)
        with pytest.raises(ResourceNotFoundError):
            client.resources.get_by_id(target, **VERSION)
    assert azure.purge(target)
    assert send(azure, "PUT", target, BODIES[VAULT]).status == 200


def test_nothing_happens_where_there_is_no_rule(azure: Azure) -> None:
    assert [send(azure, "GET", STORAGE).status for _ in range(20)] == [200] * 20


# -- the command, and a real server ----------------------------------------------------------------------------------


def test_the_command_turns_rules_on_and_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["faults", "--cwd", str(tmp_path)]
    assert main([*here, "list"]) == 0
    assert "no faults are on" in capsys.readouterr().out
    assert main([*here, "add", "throttle", "--type", "*/computes", "--times", "2", "--retry-after", "3"]) == 0
    assert main([*here, "add", "error;method=GET"]) == 0
    assert main([*here, "list"]) == 0
    printed = capsys.readouterr().out
    assert "1: throttle;type=*/computes;times=2;seconds=3.0  (struck 0 of 0)" in printed
    assert "2: error;method=GET" in printed
    assert main([*here, "clear", "7"]) == 1
    assert main([*here, "clear", "1"]) == 0
    assert main([*here, "clear"]) == 0
    assert main([*here, "add", "nonsense"]) == 1
    assert "there is no fault 'nonsense'" in capsys.readouterr().err


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), "--fault", "drop;type=*/resourceGroups;times=1") as server:
        yield server


@pytest.fixture
def client(server: Served, monkeypatch: pytest.MonkeyPatch) -> ResourceManagementClient:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.authority))
    names = ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET")
    credential = ClientSecretCredential(
        *(server.environment[f"AZURE_{name}"] for name in names), authority=server.url, disable_instance_discovery=True
    )
    scopes = [f"{server.url}/.default"]
    return ResourceManagementClient(
        credential, SUBSCRIPTION, base_url=server.url, credential_scopes=scopes, retry_backoff_factor=0, retry_total=3
    )


def command(server: Served, *arguments: str) -> str:
    line = [warm.python(), "-m", "azureml_sandbox", "faults", "--cwd", str(server.folder), *arguments]
    return output(line)


def test_a_server_really_drops_connections(server: Served, client: ResourceManagementClient) -> None:
    assert "struck 0 of 0" in command(server, "list")
    assert client.resource_groups.create_or_update("rg-acme", {"location": REGION}).name == "rg-acme"
    assert "struck 1 of" in command(server, "list")
    command(server, "add", "drop;type=*/resourceGroups")
    with pytest.raises(ServiceResponseError):
        client.resource_groups.get("rg-acme")
    command(server, "clear")
    assert client.resource_groups.get("rg-acme").location == REGION


def test_a_server_heeds_what_another_process_adds(server: Served, client: ResourceManagementClient) -> None:
    client.resource_groups.create_or_update("rg-acme", {"location": REGION})
    command(server, "add", "429", "--method", "GET", "--times", "2", "--retry-after", "0")
    assert client.resource_groups.get("rg-acme").name == "rg-acme"
    assert "struck 2 of 3" in command(server, "list")
    command(server, "clear")
