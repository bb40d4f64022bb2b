"""Azure Pipelines: the person behind a run, by the run that the job's ID token names."""

from typing import Any

import pytest

from azureml_policies.requester import Requester, identify
from kit.ci_host import CARL, DANA, Host, Refusal, keys, sign, with_times

ORGANIZATION, PROJECT_ID, REPOSITORY_ID = (f"0ca3ddd9-0000-4000-8000-00000000000{end}" for end in "123")
TOKEN, JWKS = "/contoso/oidctoken", "/.well-known/jwks"
API = f"/contoso/{PROJECT_ID}/_apis"
BUILD, GIT = f"{API}/build/builds/345", f"{API}/git/repositories/{REPOSITORY_ID}"
PULL = f"{GIT}/pullrequests/12"
TIMELINE, PUSHES, COMMITS, TRY = f"{BUILD}/timeline", f"{PULL}/iterations", f"{PULL}/commits", f"{GIT}/commits/3e"
REPOSITORY = "https://dev.azure.com/contoso/ML%20Platform/_git/infra"
PEOPLE = {
    "azure-devops:dana@contoso.com": {"object_id": DANA, "name": "dana"},
    "azure-devops:Carl@Contoso.com": {"object_id": CARL, "name": "carl", "emails": ["carl@home.example"]},
}


@pytest.fixture
def host(host: Host) -> Host:
    host.answers = {
        JWKS: keys(),
        BUILD: build(),
        TIMELINE: {"records": [{"type": "Stage", "name": "preview", "attempt": 1, "previousAttempts": []}]},
        PULL: pull(),
        PUSHES: pushes("dana@contoso.com"),
        COMMITS: commits("dana@contoso.com"),
    }
    return host


def pull(**more: Any) -> dict[str, Any]:
    heads = {"lastMergeCommit": {"commitId": "3e"}, "lastMergeSourceCommit": {"commitId": "c0ffee"}}
    return {"pullRequestId": 12, "createdBy": {"uniqueName": "dana@contoso.com"}, **heads, **more}


def pushes(*by: str) -> dict[str, Any]:
    return {"value": [{"id": number, "author": {"uniqueName": name}} for number, name in enumerate(by, 1)]}


def commits(*by: str, **more: Any) -> dict[str, Any]:
    return {
        "value": [{"commitId": "c0ffee", "author": {"email": one}, "committer": {"email": one}, **more} for one in by]
    }


def build(**more: Any) -> dict[str, Any]:
    asked = {"displayName": "Dana", "uniqueName": "Dana@contoso.com"}
    run = {"reason": "pullRequest", "sourceBranch": "refs/pull/12/merge", "sourceVersion": "3e"}
    return {**run, "requestedFor": asked, **more}


def claims(host: Host, **more: Any) -> dict[str, Any]:
    issued = {"iss": f"{host.url}/{ORGANIZATION}", "aud": "api://AzureADTokenExchange", "prj_id": PROJECT_ID}
    run = {"rpo_ref": "refs/pull/12/merge", "run_id": "345", "rpo_id": REPOSITORY_ID}
    address = REPOSITORY.replace("dev.azure.com", "contoso@dev.azure.com")
    return with_times({**issued, **run, "rpo_uri": address, **more}, more.pop("ago", 0))


def config(host: Host, **settings: Any) -> dict[str, Any]:
    host_settings = {"collection": f"{host.url}/contoso/", "organization": ORGANIZATION, "issuer": host.url}
    return {"people": PEOPLE, "azure_devops": {**host_settings, "repository": REPOSITORY, **settings}}


def ask(host: Host, token: str, settings: dict[str, Any] | None = None, **more: str) -> Requester:
    host.answers.setdefault(TOKEN, {"oidcToken": token})
    environ = {
        "TF_BUILD": "True",
        "BUILD_BUILDID": "999",
        "BUILD_REQUESTEDFOREMAIL": "carl@contoso.com",
        "SYSTEM_ACCESSTOKEN": "access",
        "SYSTEM_COLLECTIONURI": "https://evil.example/",
        "SYSTEM_OIDCREQUESTURI": f"{host.url}{TOKEN}",
    }
    return identify({**environ, **more}, settings or config(host))


def test_a_pull_requests_author_asks(host: Host) -> None:
    found = ask(host, sign(claims(host)))
    assert [(person.object_id, person.name) for person in found.persons] == [(DANA, "dana")]
    assert [(one.method, one.path) for one in host.asked] == [
        ("POST", TOKEN),
        ("GET", JWKS),
        ("GET", BUILD),
        ("GET", TIMELINE),
        ("GET", PULL),
        ("GET", PUSHES),
        ("GET", COMMITS),
    ]
    assert {one.headers.get("Authorization") for one in host.asked if one.path != JWKS} == {"Bearer access"}
    assert host.asked[1].headers.get("Authorization") is None


def test_whoever_the_run_was_requested_for_must_be_allowed_too(host: Host) -> None:
    host.answers[BUILD] = build(requestedFor={"uniqueName": "carl@contoso.com"})
    found = ask(host, sign(claims(host)))
    assert [person.name for person in found.persons] == ["dana", "carl"]


@pytest.mark.parametrize("reason", ["individualCI", "batchedCI", "manual", "schedule"])
def test_on_main_it_is_whom_the_run_was_requested_for(host: Host, reason: str) -> None:
    asked = {"uniqueName": "carl@contoso.com"}
    host.answers[BUILD] = build(reason=reason, sourceBranch="refs/heads/main", requestedFor=asked, requestedBy=asked)
    found = ask(host, sign(claims(host, rpo_ref="refs/heads/main")))
    assert [person.object_id for person in found.persons] == [CARL]


def test_a_run_in_anothers_name_needs_both(host: Host) -> None:
    """The API to queue a run takes whom it is for; who queues it is in `requestedBy`."""
    host.answers[BUILD] = build(
        reason="manual",
        sourceBranch="refs/heads/main",
        requestedFor={"uniqueName": "carl@contoso.com"},
        requestedBy={"uniqueName": "dana@contoso.com"},
    )
    found = ask(host, sign(claims(host, rpo_ref="refs/heads/main")))
    assert [person.name for person in found.persons] == ["carl", "dana"]
    host.answers[BUILD]["requestedBy"] = None
    del host.answers[TOKEN]
    found = ask(host, sign(claims(host, rpo_ref="refs/heads/main")))
    assert found.problem == "run 345 was requested by nobody with a unique name: let a person start it"


@pytest.mark.parametrize(
    "changed",
    [
        {PUSHES: pushes("dana@contoso.com", "CARL@contoso.com")},
        {PUSHES: pushes("carl@contoso.com", "dana@contoso.com")},
        {COMMITS: commits("dana@contoso.com", "carl@contoso.com")},
        {COMMITS: commits("carl@home.example", "dana@contoso.com")},
        {COMMITS: commits("dana@contoso.com", committer={"email": "Carl@home.example"})},
        {COMMITS: commits("dana@contoso.com", author={"email": "carl@contoso.com"})},
    ],
    ids=["pushed last", "pushed first", "last commit", "first commit", "committer", "author"],
)
def test_everybody_behind_it_must_be_allowed(host: Host, changed: dict[str, Any]) -> None:
    host.answers |= changed
    found = ask(host, sign(claims(host)))
    assert [person.name for person in found.persons] == ["dana", "carl"], found.problem


UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "somebody's address": ({COMMITS: commits("eve@example.com")}, "the address 'eve@example.com' in commit c0ffee is"),
    "no address": ({COMMITS: commits("dana@contoso.com", committer=None)}, "the address '' in commit c0ffee is nobody"),
    "a push of nobody": (
        {PUSHES: {"value": [{"id": 1}]}},
        "pull request 12 was pushed to by nobody with a unique name",
    ),
    "no pushes": ({PUSHES: {"value": []}}, "the pushes to pull request 12 can't be read from {url}/contoso (there are"),
    "no commits": ({COMMITS: {"value": []}}, "the commits of pull request 12 can't be read from {url}/contoso (there"),
    "commits refused": ({COMMITS: 403}, "the commits of pull request 12 can't be read from {url}/contoso (HTTP 403"),
    "more than one answer": (
        {COMMITS: commits(*["dana@contoso.com"] * 100)},
        "pull request 12 has 100 commits or more, and all that are in it are asked for: propose fewer at once",
    ),
    "pushed since": (
        {BUILD: build(sourceVersion="2d"), f"{GIT}/commits/2d": {"parents": ["base", "older"]}},
        "the pull request has changed since this run began",
    ),
    "an unknown version": ({BUILD: build(sourceVersion="")}, "commit  can't be read from"),
    "no timeline": ({TIMELINE: 404}, "the timeline of run 345 can't be read from {url}/contoso (HTTP 404 Not Found)"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_somebody_who_is_not_known_names_nobody(host: Host, case: str) -> None:
    answers, message = UNKNOWN[case]
    host.answers |= answers
    found = ask(host, sign(claims(host)))
    assert found.persons == ()
    assert found.problem.startswith(message.format(url=host.url))


def test_a_target_that_moved_since_changes_nobody(host: Host) -> None:
    host.answers |= {PULL: pull(lastMergeCommit={"commitId": "4f"}), TRY: {"parents": ["base", "c0ffee"]}}
    assert [person.name for person in ask(host, sign(claims(host))).persons] == ["dana"]


@pytest.mark.parametrize("kind", ["Stage", "Phase", "Job", "Task"])
@pytest.mark.parametrize("again", [{"attempt": 2}, {"attempt": 1, "previousAttempts": [{"attempt": 1}]}])
@pytest.mark.parametrize("reason", ["pullRequest", "individualCI", "manual"])
def test_what_was_run_again_names_nobody(host: Host, kind: str, again: dict[str, Any], reason: str) -> None:
    carl = {"uniqueName": "carl@contoso.com"}
    host.answers[BUILD] = build(reason=reason, requestedFor=carl, requestedBy=carl)
    host.answers[TIMELINE] = {"records": [{"type": "Checkpoint", "attempt": 1}, {"type": kind, "name": "up", **again}]}
    assert ask(host, sign(claims(host))) == Requester(
        problem="'up' of run 345 was run again, and Azure DevOps doesn't say by whom: start a new run instead"
    )


REFUSED = {
    "issuer": Refusal(
        {"iss": "https://vstoken.dev.azure.com/other"},
        "the ID token was issued by 'https://vstoken.dev.azure.com/other', not by '{url}/{organization}': "
        "set `guardrails.azure_devops.organization` if that is yours",
    ),
    "audience": Refusal(
        {"aud": "api://other"},
        "the ID token is for the audience 'api://other', not for 'api://AzureADTokenExchange': "
        "set `guardrails.azure_devops.audience`",
    ),
    "repository": Refusal(
        {"rpo_uri": "https://github.com/contoso/infra"},
        "the ID token is for the repository 'https://github.com/contoso/infra', not for "
        "'https://dev.azure.com/contoso/ML%20Platform/_git/infra': run it there, "
        "or set `guardrails.azure_devops.repository`",
    ),
    "another run": Refusal(
        {"run_id": "999"},
        "run 999 can't be read from {url}/contoso (HTTP 404 Not Found): "
        "let the project's build service view builds and read the repository",
    ),
    "another ref": Refusal(
        {"rpo_ref": "refs/heads/main"},
        "run 345 is on 'refs/pull/12/merge', but the ID token is for 'refs/heads/main': run the job again",
    ),
    "another repository's pull request": Refusal(
        {"rpo_id": "contoso/infra"},
        "the author of pull request 12 can't be read from {url}/contoso (HTTP 404 Not Found): "
        "let the project's build service view builds and read the repository",
    ),
    "no run": Refusal(
        {"run_id": None}, "the ID token has no claim 'run_id': the CI system is too old, or it is another one"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_does_not_hold_names_nobody(host: Host, case: str) -> None:
    changed, message = REFUSED[case]
    problem = message.format(url=host.url, organization=ORGANIZATION)
    assert ask(host, sign(claims(host, **changed))) == Requester(problem=problem)


BUILDS = {
    "reason": Refusal(
        {"reason": "resourceTrigger"},
        "the run was started by 'resourceTrigger', and only pullRequest, individualCI, batchedCI, manual, schedule "
        "are allowed: start it by one of them, or see `guardrails.azure_devops.reasons`",
    ),
    "branch": Refusal(
        {"reason": "manual", "requestedBy": {"uniqueName": "dana@contoso.com"}},
        "the run ('manual') is on 'refs/pull/12/merge', and only refs/heads/main may be run on so: "
        "open a pull request, or see `guardrails.azure_devops.main`",
    ),
    "nobody": Refusal(
        {"requestedFor": {}}, "run 345 was requested for nobody with a unique name: let a person start it"
    ),
    "unmapped": Refusal(
        {"requestedFor": {"uniqueName": "eve@contoso.com"}},
        "the login 'eve@contoso.com' has no entry in `people` of the pack's config: "
        'add "azure-devops:eve@contoso.com": {"object_id": …} on the base branch',
    ),
}


@pytest.mark.parametrize("case", BUILDS)
def test_a_run_that_is_not_allowed_names_nobody(host: Host, case: str) -> None:
    changed, message = BUILDS[case]
    host.answers[BUILD] = build(**changed)
    assert ask(host, sign(claims(host))) == Requester(problem=message)


def test_a_foreign_signature_is_refused(host: Host) -> None:
    assert ask(host, sign(claims(host), by="foreign")).problem == (
        f"the ID token isn't signed by '{host.url}/{ORGANIZATION}': let the job request one itself"
    )


@pytest.mark.parametrize("address", ["https://evil.example/contoso/token", "{url}/contoso-evil/token", ""])
def test_the_host_comes_from_the_config(host: Host, address: str) -> None:
    endpoint = address.format(url=host.url)
    assert ask(host, sign(claims(host)), SYSTEM_OIDCREQUESTURI=endpoint).problem == (
        f"the job's address for ID tokens, '{endpoint}', is not below '{host.url}/contoso': "
        "set `guardrails.azure_devops.collection` to the organization that runs the job"
    )
    assert host.asked == []


def test_an_access_token_is_needed(host: Host) -> None:
    assert ask(host, sign(claims(host)), SYSTEM_ACCESSTOKEN="").problem == (
        "the step has no access token: give it `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`"
    )


def test_no_token_is_given(host: Host) -> None:
    host.answers[TOKEN] = 401
    assert ask(host, "").problem == "Azure DevOps gave no ID token (HTTP 401 Unauthorized): run the job again"


def test_whose_runs_are_believed_is_needed(host: Host) -> None:
    settings = {"people": PEOPLE, "azure_devops": {"collection": "https://dev.azure.com/contoso"}}
    assert ask(host, sign(claims(host)), settings).problem == (
        "`guardrails.azure_devops.organization` and `guardrails.azure_devops.repository` must be set in the pack's "
        "config: they say whose runs are believed"
    )
