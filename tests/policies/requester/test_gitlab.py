"""GitLab: the person behind a pipeline, by the job's ID token and the merge request's author."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from azureml_policies.requester import Requester, identify
from kit.ci_host import CARL, DANA, Host, Refusal, keys, sign, with_times

PROJECT = "contoso/platform/ml"
API = f"/api/v4/projects/{quote(PROJECT, safe='')}"
PIPELINE, MERGE_REQUEST, JWKS = f"{API}/pipelines/455", f"{API}/merge_requests/7", "/oauth/discovery/keys"
COMMITS, TRY = f"{MERGE_REQUEST}/commits", f"{API}/repository/commits/3e"
PEOPLE = {
    "gitlab:dana": {"object_id": DANA, "emails": ["Dana@contoso.com", "dana@home.example"]},
    "GitLab:carl": {"object_id": CARL, "emails": ["carl@contoso.com"]},
    "github:eve": {"object_id": CARL, "emails": ["eve@contoso.com"]},
}


@pytest.fixture
def host(host: Host) -> Host:
    host.answers = {
        JWKS: keys(),
        PIPELINE: pipeline(),
        MERGE_REQUEST: {"iid": 7, "author": {"username": "dana"}, "sha": "c0ffee"},
        COMMITS: commits("dana@contoso.com"),
    }
    return host


def pipeline(kind: str = "head", **more: Any) -> dict[str, Any]:
    return {"ref": f"refs/merge-requests/7/{kind}", "sha": "c0ffee", "user": {"username": "dana"}, **more}


def commits(*authors: str, **more: Any) -> bytes:
    """Commits as the API lists them, each by one author."""
    made = [
        {"id": f"c0ffee-{number}", "author_email": one, "committer_email": one} for number, one in enumerate(authors)
    ]
    return json.dumps([{**one, **more} for one in made]).encode()


def claims(host: Host, **more: Any) -> dict[str, Any]:
    """Return the claims of a merge request's pipeline, by dana: `ref` is the source branch, whatever it is called."""
    issued = {"iss": host.url, "aud": "azureml-infra", "project_path": PROJECT, "user_login": "dana"}
    run = {"pipeline_id": "455", "pipeline_source": "merge_request_event", "ref": "main", "ref_type": "branch"}
    return with_times({**issued, **run, **more}, more.pop("ago", 0))


def ask(host: Host, token: str, **settings: Any) -> Requester:
    environ = {"GITLAB_CI": "true", "CI": "true", "GITLAB_USER_LOGIN": "carl", "GUARDRAILS_GITLAB_TOKEN": "glpat"}
    config = {"people": PEOPLE, "gitlab": {"project": PROJECT, "issuer": host.url, **settings}}
    return identify({**environ, **({"GUARDRAILS_ID_TOKEN": token} if token else {})}, config)


def test_a_merge_requests_author_asks(host: Host) -> None:
    found = ask(host, sign(claims(host)))
    assert [(person.object_id, person.name) for person in found.persons] == [(DANA, "dana")]
    assert host.paths() == [JWKS, PIPELINE, MERGE_REQUEST, COMMITS]
    assert {one.headers.get("Private-Token") for one in host.asked if one.path != JWKS} == {"glpat"}


@pytest.mark.parametrize("kind", ["head", "merge", "train"])
def test_whoever_runs_the_job_must_be_allowed_too(host: Host, kind: str) -> None:
    host.answers[PIPELINE] = pipeline(kind)
    found = ask(host, sign(claims(host, user_login="carl")))
    assert [person.name for person in found.persons] == ["dana", "carl"]


def test_whoever_began_the_pipeline_stays_behind_it_when_a_job_is_retried(host: Host) -> None:
    host.answers |= {
        PIPELINE: pipeline(user={"username": "carl"}),
        COMMITS: commits("dana@home.example", "DANA@contoso.com"),
    }
    found = ask(host, sign(claims(host)))
    assert [person.object_id for person in found.persons] == [DANA, CARL]


@pytest.mark.parametrize(
    "listed",
    [
        commits("dana@contoso.com", "carl@contoso.com"),
        commits("carl@contoso.com", "dana@contoso.com"),
        commits("dana@contoso.com", committer_email="Carl@contoso.com"),
        commits("dana@contoso.com", author_email="carl@contoso.com"),
    ],
    ids=["the last", "the first", "the committer", "the author"],
)
def test_everybody_with_a_commit_in_it_must_be_allowed(host: Host, listed: bytes) -> None:
    host.answers[COMMITS] = listed
    found = ask(host, sign(claims(host)))
    assert [person.name for person in found.persons] == ["dana", "carl"], found.problem


@pytest.mark.parametrize("email", ["eve@contoso.com", "mallory@example.com", ""])
def test_an_address_of_nobody_known_names_nobody(host: Host, email: str) -> None:
    host.answers[COMMITS] = commits("dana@contoso.com", committer_email=email)
    assert ask(host, sign(claims(host))) == Requester(
        problem=f"the address '{email}' in commit c0ffee-0 is nobody's in `people` of the pack's config: commit with "
        "your own, or add it to `emails` of your entry gitlab:… on the base branch",
    )


@pytest.mark.parametrize(
    ("parents", "is_known"), [(["base", "c0ffee"], True), (["base", "older"], False), (None, False), ([], False)]
)
def test_a_pipeline_on_a_try_to_merge_is_of_the_newest_commit(host: Host, parents: Any, is_known: bool) -> None:
    host.answers |= {PIPELINE: pipeline("merge", sha="3e"), TRY: {"parent_ids": parents}}
    found = ask(host, sign(claims(host)))
    assert bool(found.persons) is is_known, found.problem
    assert is_known or found.problem.startswith("the merge request has changed since this pipeline began")


def test_a_retried_job_on_main_is_asked_for_by_who_retried_it(host: Host) -> None:
    """GitLab makes a new job of theirs, whose token says so."""
    found = ask(host, sign(claims(host, pipeline_source="push", user_login="dana")))
    assert [person.object_id for person in found.persons] == [DANA]


@pytest.mark.parametrize("source", ["push", "web"])
def test_on_main_whoever_runs_the_job_asks(host: Host, source: str) -> None:
    found = ask(host, sign(claims(host, pipeline_source=source, user_login="carl")))
    assert [person.object_id for person in found.persons] == [CARL]
    assert host.paths() == [JWKS]


SOURCES = "merge_request_event, push, web, schedule"
UNREAD = "put a project access token with the scope read_api in the CI/CD variable GUARDRAILS_GITLAB_TOKEN"
REFUSED = {
    "issuer": Refusal(
        {"iss": "https://gitlab.example"},
        "the ID token was issued by 'https://gitlab.example', not by '{url}': "
        "set `guardrails.gitlab.issuer` if that is yours",
    ),
    "audience": Refusal(
        {"aud": ["one", "two"]},
        "the ID token is for the audience '['one', 'two']', not for 'azureml-infra': set `guardrails.gitlab.audience`",
    ),
    "a fork": Refusal(
        {"project_path": "eve/ml"},
        "the ID token is for the project 'eve/ml', not for 'contoso/platform/ml': run it there (a fork's branch "
        "must be pushed to the project), or set `guardrails.gitlab.project`",
    ),
    "source": Refusal(
        {"pipeline_source": "parent_pipeline"},
        f"the pipeline was started by 'parent_pipeline', and only {SOURCES} are allowed: "
        "start it by one of them, or see `guardrails.gitlab.sources`",
    ),
    **{
        f"push on {ref}": Refusal(
            {"pipeline_source": "push", **changed},
            f"the pipeline ('push') is on '{ref}', and only refs/heads/main may be run on so: "
            "open a merge request, or see `guardrails.gitlab.main`",
        )
        for ref, changed in (("refs/heads/feature", {"ref": "feature"}), ("refs/tags/main", {"ref_type": "tag"}))
    },
    "unmapped, though GitHub's is": Refusal(
        {"pipeline_source": "push", "user_login": "eve"},
        "the login 'eve' has no entry in `people` of the pack's config: "
        'add "gitlab:eve": {{"object_id": …}} on the base branch',
    ),
    "a pipeline that isn't there": Refusal(
        {"pipeline_id": "../455"},
        "the merge request's author and commits can't be read from {url} (HTTP 404 Not Found): " + UNREAD,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_does_not_hold_names_nobody(host: Host, case: str) -> None:
    changed, message = REFUSED[case]
    assert ask(host, sign(claims(host, **changed))) == Requester(problem=message.format(url=host.url))


def test_an_expired_token(host: Host) -> None:
    assert ask(host, sign(claims(host, ago=3600))).problem.startswith("the ID token expired at ")


def test_a_foreign_signature_is_refused(host: Host) -> None:
    assert ask(host, sign(claims(host), by="foreign")).problem == (
        f"the ID token isn't signed by '{host.url}': let the job request one itself"
    )


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        (PIPELINE, 401, "HTTP 401 Unauthorized"),
        (PIPELINE, pipeline(ref="main"), "pipeline 455 is on 'main'"),
        (PIPELINE, pipeline(user=None), "its pipeline names no user"),
        (COMMITS, 403, "HTTP 403 Forbidden"),
        (COMMITS, b"[]", "merge request 7 has no commits"),
        (COMMITS, b"{}", "the answer is not a list of JSON objects"),
        (PIPELINE, {"ref": "x/refs/merge-requests/8/head"}, "pipeline 455 is on 'x/refs/merge-requests/8/head'"),
        (MERGE_REQUEST, 404, "HTTP 404 Not Found"),
        (MERGE_REQUEST, {"author": None}, "merge request 7 names no author"),
    ],
)
def test_an_author_who_cannot_be_read(host: Host, path: str, answer: Any, why: str) -> None:
    host.answers[path] = answer
    found = ask(host, sign(claims(host)))
    assert found == Requester(
        problem=f"the merge request's author and commits can't be read from {host.url} ({why}): {UNREAD}"
    )


def test_the_environment_alone_is_never_believed(host: Host) -> None:
    assert ask(host, "") == Requester(
        problem="the job has no ID token in GUARDRAILS_ID_TOKEN: "
        "give it `id_tokens: {GUARDRAILS_ID_TOKEN: {aud: azureml-infra}}`",
    )


def test_a_project_is_needed(host: Host) -> None:
    assert ask(host, sign(claims(host)), project="").problem == (
        "`guardrails.gitlab.project` isn't set, so any project's token would do: "
        "set it to GROUP/NAME in the pack's config"
    )


@pytest.mark.parametrize("address", ["DANA@home.example", "Dana"])
def test_an_address_is_one_persons(host: Host, address: str) -> None:
    people = {**PEOPLE, "GitLab:carl": {"object_id": CARL, "emails": [address]}}
    found = identify({"GITLAB_CI": "true"}, {"people": people, "gitlab": {"project": PROJECT, "issuer": host.url}})
    assert "people['GitLab:carl'] and people['gitlab:dana'] have one address" in found.problem
