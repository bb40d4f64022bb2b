"""Rights read from Azure Resource Manager, by the real client over a transport that answers as ARM does."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._requests_basic import RestRequestsTransportResponse

from azureml_arm.rbac.builtin import differences
from azureml_arm.rbac.evaluate import decide, roles_of
from azureml_arm.rbac.model import EVERYONE, Decision
from azureml_policies.rbac.azure import AzureRoles
from azureml_policies.rbac.source import RolesUnavailableError
from azureml_policies.requester.model import Person

SUBSCRIPTION = "11111111-0000-4000-8000-000000000001"
S = f"/subscriptions/{SUBSCRIPTION}"
AUTHORIZATION = f"{S}/providers/Microsoft.Authorization"
CLUSTER = f"{S}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/c"
CREATE = "Microsoft.MachineLearningServices/workspaces/computes/write"
DANA = Person("d0000000-0000-4000-8000-00000000da7a", "dana")
EVE = "e0000000-0000-4000-8000-0000000000ee"
TEAM = "a0000000-0000-4000-8000-0000000000aa"
OTHER_TEAM = "b0000000-0000-4000-8000-0000000000bb"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CUSTOM = "c0000000-0000-4000-8000-0000000000cc"

Answer = tuple[int, Any, Mapping[str, str]] | Exception


def role(name: str, guid: str, *actions: str, custom: bool = False) -> dict[str, Any]:
    permissions = [{"actions": list(actions), "notActions": [], "dataActions": [], "notDataActions": []}]
    kind = "CustomRole" if custom else "BuiltInRole"
    return {"name": guid, "properties": {"roleName": name, "type": kind, "permissions": permissions}}


def holds(guid: str, principal: str = DANA.object_id, kind: str = "User", scope: str = S) -> dict[str, Any]:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{guid}",
        "properties": {
            "roleDefinitionId": f"{AUTHORIZATION}/roleDefinitions/{guid.upper()}",
            "principalId": principal.upper(),
            "principalType": kind,
            "scope": scope,
            "condition": None,
        },
    }


def deny(name: str, *principals: tuple[str, str], excluded: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "id": f"{AUTHORIZATION}/denyAssignments/{name}",
        "properties": {
            "denyAssignmentName": name,
            "scope": S,
            "permissions": [{"actions": ["*/write"], "notActions": []}],
            "principals": [{"id": identity, "type": kind} for identity, kind in principals],
            "excludePrincipals": [{"id": identity, "type": "User"} for identity in excluded],
            "doNotApplyToChildScopes": False,
        },
    }


class Arm(HttpTransport[Any, Any]):
    """Answers the three lists; `script` has answers that come first, in their order."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {
            "roleDefinitions": [role("Owner", OWNER, "*"), role("Reader", READER, "*/read")],
            "roleAssignments": [holds(OWNER)],
            "denyAssignments": [],
        }
        self.denies_of_person: list[dict[str, Any]] = []
        self.script: list[Answer] = []
        self.page_size = 100
        self.asked: list[str] = []
        self.queries: list[dict[str, list[str]]] = []
        self.slept: list[float] = []
        self.hanging: threading.Event | None = None

    def send(self, request: HttpRequest, **_: Any) -> Any:
        url = urlsplit(request.url)
        kind, query = url.path.rpartition("/")[2], parse_qs(url.query)
        assert url.hostname == "management.azure.com"
        assert url.path == f"{AUTHORIZATION}/{kind}"
        assert request.headers["Authorization"] == "Bearer token"
        self.asked.append(kind)
        self.queries.append(query)
        if self.hanging:
            self.hanging.wait(30)
        answer = self.script.pop(0) if self.script else (200, self._page(kind, query), {})
        if isinstance(answer, Exception):
            raise answer
        return _response(request, *answer)

    def _page(self, kind: str, query: dict[str, list[str]]) -> dict[str, Any]:
        person = "assignedTo" in query.get("$filter", [""])[0]
        items = self.denies_of_person if kind == "denyAssignments" and person else self.lists[kind]
        at = int(query.get("$skiptoken", ["0"])[0])
        page: dict[str, Any] = {"value": items[at : at + self.page_size]}
        if at + self.page_size < len(items):
            kept = "&".join(f"{name}={values[0]}" for name, values in query.items() if name != "$skiptoken")
            following = f"{kept}&$skiptoken={at + self.page_size}"
            page["nextLink"] = f"https://management.azure.com{AUTHORIZATION}/{kind}?{following}"
        return page

    def sleep(self, duration: float) -> None:
        self.slept.append(duration)

    def open(self) -> None: ...

    def close(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def _response(request: HttpRequest, status: int, body: Any, headers: Mapping[str, str]) -> Any:
    internal = requests.Response()
    internal.status_code, internal.reason = status, {403: "Forbidden", 503: "Service Unavailable"}.get(status, "")
    internal.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    internal.headers.update({"Content-Type": "application/json", **headers})
    response = RestRequestsTransportResponse(request=request, internal_response=internal)  # type: ignore[no-untyped-call]
    response.read()  # as the transport does, unless asked for a stream
    return response


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"error": {"code": code, "message": message}}, named


class Credential:
    """Signs in, or fails as azure-identity does."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        if self.failure:
            raise self.failure
        return AccessToken("token", 2**40)


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Arm:
    fake = Arm()
    monkeypatch.setattr("azure.core.pipeline.transport._requests_basic.RequestsTransport", lambda **_: fake)
    return fake


@pytest.fixture
def roles(arm: Arm) -> AzureRoles:
    assert not arm.asked
    return AzureRoles(Credential())


def ask(roles: AzureRoles, person: Person = DANA) -> Decision:
    return decide(CREATE, CLUSTER, person, roles.facts(person, SUBSCRIPTION))


def refusal(roles: AzureRoles, person: Person = DANA, subscription: str = SUBSCRIPTION) -> str:
    with pytest.raises(RolesUnavailableError) as unavailable:
        roles.facts(person, subscription)
    return str(unavailable.value)


def test_an_owner_takes_three_requests_however_often_one_asks(arm: Arm, roles: AzureRoles) -> None:
    assert ask(roles).allowed
    assert ask(roles).allowed
    assert sorted(arm.asked) == ["denyAssignments", "roleAssignments", "roleDefinitions"]
    queries = dict(zip(arm.asked, arm.queries, strict=True))
    assert queries == {
        "roleDefinitions": {"api-version": ["2022-05-01-preview"], "$filter": ["atScopeAndBelow()"]},
        "roleAssignments": {"api-version": ["2022-04-01"], "$filter": [f"assignedTo('{DANA.object_id}')"]},
        "denyAssignments": {"api-version": ["2022-04-01"]},
    }


def test_a_second_person_takes_one_more_request(arm: Arm, roles: AzureRoles) -> None:
    assert ask(roles).allowed
    arm.lists["roleAssignments"] = [holds(READER, EVE)]
    assert not ask(roles, Person(EVE, "eve")).allowed
    assert arm.asked[3:] == ["roleAssignments"]


def test_an_assignment_of_a_group_is_the_persons(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleAssignments"] = [holds(OWNER, TEAM, "Group")]
    decision = ask(roles)
    assert decision.allowed
    assert str(decision.reasons[0]) == f"Owner at {S}: grants {CREATE} through group {TEAM}"
    assert roles_of(DANA, roles.facts(DANA, SUBSCRIPTION), CLUSTER) == ["Owner"]


def test_pages_are_followed(arm: Arm, roles: AzureRoles) -> None:
    arm.page_size = 1
    arm.lists["roleAssignments"] = [holds(READER), holds(READER, TEAM, "Group"), holds(OWNER)]
    assert ask(roles).allowed
    assert arm.asked.count("roleAssignments") == 3
    assert arm.asked.count("roleDefinitions") == 2
    assert all(query["api-version"] for query in arm.queries)


def test_a_role_that_azure_does_not_define_grants_nothing(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleAssignments"] = [holds(CUSTOM)]
    decision = ask(roles)
    assert not decision.allowed
    assert str(decision.reasons[0]).endswith(f"the definition of role {CUSTOM} isn't known, so it isn't counted")
    arm.lists["roleDefinitions"].append(role("Cluster Admin", CUSTOM, "*/computes/*", custom=True))
    again = AzureRoles(Credential())
    assert ask(again).allowed
    assert again.facts(DANA, SUBSCRIPTION).assignments[0].role.custom


def test_conditions_are_read(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleAssignments"][0]["properties"]["condition"] = "@Resource[x] StringEquals 'y'"
    assert not ask(roles).allowed
    arm.lists["roleAssignments"][0]["properties"]["condition"] = ""
    assert ask(AzureRoles(Credential())).allowed
    arm.lists["roleDefinitions"][0]["properties"]["permissions"][0]["condition"] = "@Request[x]"
    assert not ask(AzureRoles(Credential())).allowed


def test_a_deny_for_everyone_needs_no_further_request(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["denyAssignments"] = [deny("lock", (EVERYONE, "SystemDefined"))]
    assert not ask(roles).allowed
    assert len(arm.asked) == 3
    arm.lists["denyAssignments"] = [deny("lock", (EVERYONE, "SystemDefined"), excluded=(DANA.object_id,))]
    assert ask(AzureRoles(Credential())).allowed


def test_a_deny_for_someone_else_needs_no_further_request(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["denyAssignments"] = [deny("lock", (EVE, "User"))]
    assert ask(roles).allowed
    assert len(arm.asked) == 3


def test_azure_says_whether_a_deny_for_a_group_is_for_the_person(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["denyAssignments"] = [deny("mine", (TEAM, "Group")), deny("not-mine", (OTHER_TEAM, "Group"))]
    assert ask(roles).allowed
    assert arm.asked[3:] == ["denyAssignments"]
    assert arm.queries[3]["$filter"] == [f"assignedTo('{DANA.object_id}')"]
    arm.denies_of_person = [deny("mine", (TEAM, "Group"))]
    decision = ask(AzureRoles(Credential()))
    assert not decision.allowed
    assert [reason.what for reason in decision.reasons] == [f"Owner at {S}", f"deny assignment mine at {S}"]


def test_everyone_is_asked_for_without_a_filter(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleAssignments"] = [holds(OWNER), holds(READER, TEAM, "Group")]
    facts = roles.everyone(SUBSCRIPTION)
    assert [(item.role.name, item.principal_id, item.principal_type) for item in facts.assignments] == [
        ("Owner", DANA.object_id, "User"),
        ("Reader", TEAM, "Group"),
    ]
    assert not facts.resolved
    assert arm.queries[arm.asked.index("roleAssignments")] == {"api-version": ["2022-04-01"]}


def test_the_table_of_roles_is_compared_with_what_azure_returns(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleDefinitions"][1] = role("Reader", READER, "*/read", "*/list")
    lines = differences(roles.definition_bodies(SUBSCRIPTION))
    assert f"Reader ({READER}): actions: Azure has */list; add it in arm/roles.json" in lines
    assert not [line for line in lines if line.startswith("Owner")]
    assert arm.asked == ["roleDefinitions"]


# What goes wrong


def test_a_busy_azure_is_asked_again_after_the_time_it_says(arm: Arm, roles: AzureRoles) -> None:
    arm.script = [error(429, "TooManyRequests", "slow down", Retry_After="7"), error(503, "Busy", "later")]
    assert ask(roles).allowed
    assert len(arm.asked) == 5
    assert arm.slept[0] == 7


def test_an_azure_that_stays_busy_is_given_up_and_not_asked_again(arm: Arm, roles: AzureRoles) -> None:
    arm.script = [error(503, "Busy", "later")] * 50
    message = refusal(roles)
    assert message.startswith(f"the rights of dana in subscription {SUBSCRIPTION} can't be read: Azure refused to show")
    assert "Busy: later (HTTP 503)" in message
    count = len(arm.asked)
    assert count < 10
    assert refusal(roles) == message
    assert len(arm.asked) == count


def test_without_the_right_to_read_rights_the_message_says_which(arm: Arm, roles: AzureRoles) -> None:
    arm.script = [error(403, "AuthorizationFailed", "The client does not have authorization")]
    assert refusal(roles) == (
        f"the rights of dana in subscription {SUBSCRIPTION} can't be read: Azure refused to show "
        f"{AUTHORIZATION}/roleDefinitions: AuthorizationFailed: The client does not have authorization (HTTP 403); "
        "whoever is signed in here needs the role Reader there. It takes Microsoft.Authorization/*/read on the "
        "subscription, which the role Reader has; or give the pack the assignments in its config, with `roles: given`"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (error(404, "SubscriptionNotFound", "no"), "Azure knows no such subscription, or doesn't show it"),
        (error(401, "ExpiredAuthenticationToken", "expired"), "sign in again (`az login`)"),
        (ServiceRequestError("Failed to resolve 'management.azure.com'"), "Azure can't be reached"),
        ((200, b"<html>proxy</html>", {"Content-Type": "text/html"}), "isn't Azure Resource Manager: check the proxy"),
        ((200, b"{", {}), "can't be read: "),
        ((200, [], {}), "isn't Azure Resource Manager"),
        ((200, {}, {}), "Azure's answer isn't as documented (value: expected a list, found None)"),
        ((200, {"value": [1]}, {}), "isn't as documented (expected a resource with properties, found 1)"),
        ((200, {"value": [], "nextLink": 7}, {}), "isn't as documented (nextLink: expected a text, found 7)"),
    ],
)
def test_whatever_azure_answers_instead_is_reported(arm: Arm, roles: AzureRoles, answer: Answer, message: str) -> None:
    arm.script = [answer] * 20
    assert message in refusal(roles)


@pytest.mark.parametrize("kind", ["roleAssignments", "denyAssignments"])
def test_a_part_that_is_missing_is_no_part_that_is_empty(arm: Arm, roles: AzureRoles, kind: str) -> None:
    broken: dict[str, list[dict[str, Any]]] = {
        "roleAssignments": [{"id": "x", "properties": {}}],
        "denyAssignments": [{"id": "x"}],
    }
    arm.lists[kind] = broken[kind]
    assert "Azure's answer isn't as documented" in refusal(roles)


def test_assignments_of_others_are_never_taken_for_the_persons(arm: Arm, roles: AzureRoles) -> None:
    arm.lists["roleAssignments"] = [holds(OWNER, EVE)]
    assert "the role assignments of dana have some of other people among them" in refusal(roles)


def test_who_is_not_signed_in_reads_that(arm: Arm) -> None:
    message = refusal(AzureRoles(Credential(ClientAuthenticationError("no account"))))
    assert "not signed in to Azure: no account; run `az login`" in message
    message = refusal(AzureRoles(Credential(OSError("no such file: az"))))
    assert "OSError: no such file: az; run again, or give the pack the assignments" in message
    assert arm.asked == []


@pytest.fixture
def release(arm: Arm) -> Iterator[Callable[[], None]]:
    arm.hanging = threading.Event()
    yield arm.hanging.set
    arm.hanging.set()


@pytest.mark.usefixtures("release")
def test_an_azure_that_does_not_answer_is_given_up(arm: Arm) -> None:
    message = refusal(AzureRoles(Credential(), seconds=0.05))
    assert message == (
        f"the rights of dana in subscription {SUBSCRIPTION} can't be read: Azure hasn't answered within 0.05 seconds; "
        "check the network and run again, or give the pack the assignments in its config, with `roles: given`"
    )
    assert len(arm.asked) <= 1


@pytest.mark.parametrize(
    ("subscription", "message"),
    [
        ("", "'' is no subscription's GUID; set `azure-native:subscriptionId`"),
        ("x/../y", "'x/../y' is no subscription's GUID"),
        ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "isn't known until the update"),
    ],
)
def test_no_subscription_no_request(arm: Arm, roles: AzureRoles, subscription: str, message: str) -> None:
    assert message in refusal(roles, subscription=subscription)
    assert arm.asked == []


def test_an_object_id_never_becomes_part_of_a_filter_unless_it_is_one(arm: Arm, roles: AzureRoles) -> None:
    message = refusal(roles, Person("x') or ('1", "mallory"))
    assert message.startswith("mallory has no object id that Azure could be asked for (\"x') or ('1\")")
    assert arm.asked == []
