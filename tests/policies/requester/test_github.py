"""GitHub Actions: the person behind a run, by its signed ID token and the pull request's author."""

import json
from typing import Any

import pytest

from azureml_policies.requester import Requester, identify
from kit.ci_host import CARL, DANA, Host, Refusal, keys, sign
from kit.github_runs import (
    ATTEMPT,
    COMMITS,
    JWKS,
    MERGE,
    PEOPLE,
    PULL,
    TOKEN,
    ask,
    claims,
    commit,
    config,
    environ,
    no_credential,
    proposal,
    push,
)


@pytest.fixture
def host(host: Host) -> Host:
    host.answers = {JWKS: keys(), **proposal("dana")}
    return host


def names(requester: Requester) -> list[tuple[str, str]]:
    return [(person.object_id, person.name) for person in requester.persons]


def test_a_pull_requests_author_asks(host: Host) -> None:
    found = ask(host, sign(claims(host)))
    assert names(found) == [(DANA, "dana")]
    assert found.problem == ""
    token, _, pull, commits = host.asked
    assert (token.query["audience"], token.query["api-version"]) == (["azureml-infra"], ["2.0"])
    assert token.headers["Authorization"] == "Bearer request"
    assert (pull.path, pull.headers["Authorization"]) == (PULL, "Bearer ghs")
    assert (commits.path, commits.headers["Authorization"]) == (COMMITS, "Bearer ghs")
    assert (commits.query["per_page"], commits.query["page"]) == (["100"], ["1"])


def test_whoever_pushed_to_anothers_pull_request_must_be_allowed_too(host: Host) -> None:
    found = ask(host, sign(claims(host, actor="carl")))
    assert names(found) == [(DANA, "dana"), (CARL, "Carl Compute")]
    assert found.persons[1].groups == {DANA}


BEHIND: dict[str, tuple[tuple[dict[str, Any], ...], list[str]]] = {
    "written by another": ((commit("carl", "dana"),), ["dana", "Carl Compute"]),
    "committed by another": ((commit("dana", "carl"),), ["dana", "Carl Compute"]),
    "an earlier one": ((commit("CARL", sha="b"), commit("dana")), ["dana", "Carl Compute"]),
    "on GitHub's pages": ((commit("carl", "web-flow", verified=True),), ["dana", "Carl Compute"]),
    "all their own": ((commit("dana"), commit("Dana")), ["dana"]),
}


@pytest.mark.parametrize("case", BEHIND)
def test_everybody_with_a_commit_in_it_must_be_allowed(host: Host, case: str) -> None:
    commits, expected = BEHIND[case]
    host.answers |= proposal("dana", *commits)
    found = ask(host, sign(claims(host)))
    assert [person.name for person in found.persons] == expected, found.problem


def test_commits_on_every_page_count(host: Host) -> None:
    first, last = [commit("dana", sha=f"c{number}") for number in range(100)], [commit("carl")]
    host.answers |= {PULL: proposal("dana", *first, *last)[PULL], COMMITS: [json.dumps(first).encode(), b"[]"]}
    assert "of 101 commits of pull request 12 GitHub lists 100" in ask(host, sign(claims(host))).problem
    host.answers[COMMITS] = [json.dumps(first).encode(), json.dumps(last).encode()]
    assert [person.name for person in ask(host, sign(claims(host))).persons] == ["dana", "Carl Compute"]


UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "no user's address, as author": (
        proposal("dana", commit(None, "dana")),
        "commit c0ffee of the pull request has no author whom GitHub knows",
    ),
    "no user's address, as committer": (
        proposal("dana", commit("dana", None)),
        "commit c0ffee of the pull request has no committer whom GitHub knows",
    ),
    "an empty user": (
        proposal("dana", {**commit("dana"), "author": {}}),
        "commit c0ffee of the pull request has no author whom GitHub knows",
    ),
    "somebody without an entry": (proposal("dana", commit("eve", "dana")), "the login 'eve' has no entry in `people`"),
    "GitHub's name, not its signature": (
        proposal("dana", commit("dana", "web-flow")),
        "the login 'web-flow' has no entry in `people`",
    ),
    "a bot": (proposal("dana", commit("renovate[bot]")), "the login 'renovate[bot]' has no entry in `people`"),
    "none": ({COMMITS: b"[]"}, "of 1 commits of pull request 12 GitHub lists 0, and all that are in it"),
    "more than are listed": (proposal("dana", commits=300), "of 300 commits of pull request 12 GitHub lists 1"),
    "not a list": ({COMMITS: b"{}"}, "the commits of pull request 12 in contoso/ml can't be read (the answer is not"),
    "refused": ({COMMITS: 403}, "the commits of pull request 12 in contoso/ml can't be read (HTTP 403 Forbidden)"),
    "pushed since, before they were listed": (
        {COMMITS: json.dumps([commit("dana", sha="beef")]).encode()},
        "pull request 12 has changed since this run began",
    ),
    "pushed since": (
        {**proposal("dana", merge_commit_sha="4f"), MERGE: {"parents": [{"sha": "base"}, {"sha": "older"}]}},
        "pull request 12 has changed since this run began",
    ),
    "a merge that can't be read": (proposal("dana", merge_commit_sha="4f"), "commit 3e in contoso/ml can't be read"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_commits_of_nobody_known_name_nobody(host: Host, case: str) -> None:
    answers, message = UNKNOWN[case]
    host.answers |= answers
    found = ask(host, sign(claims(host)))
    assert found.persons == ()
    assert found.problem.startswith(message)


def test_a_base_that_moved_since_changes_nobody(host: Host) -> None:
    moved = proposal("dana", merge_commit_sha=None)
    host.answers |= {**moved, MERGE: {"parents": [{"sha": "base"}, {"sha": "c0ffee"}]}}
    assert names(ask(host, sign(claims(host)))) == [(DANA, "dana")]


def test_signatures_can_be_needed(host: Host) -> None:
    settings = config(host, signed_commits=True)
    host.answers |= proposal("dana", commit("dana", verified=True))
    assert names(ask(host, sign(claims(host)), settings)) == [(DANA, "dana")]
    host.answers |= proposal("dana", commit("dana", verified=True, sha="a"), commit("dana"))
    assert ask(host, sign(claims(host)), settings).problem == (
        "commit c0ffee of the pull request has no signature that GitHub has verified, which "
        "`guardrails.github.signed_commits` wants: sign it, and push it again"
    )


def test_whoever_runs_it_again_on_main_asks(host: Host) -> None:
    host.answers[ATTEMPT] = {"actor": {"login": "carl"}, "triggering_actor": {"login": "dana"}}
    found = ask(host, sign(push(host, actor="carl", run_attempt="2")))
    assert names(found) == [(DANA, "dana")]
    assert host.asked[-1].headers["Authorization"] == "Bearer ghs"


def test_whoever_runs_a_pull_request_again_must_be_allowed_too(host: Host) -> None:
    host.answers |= {**proposal("carl"), ATTEMPT: {"triggering_actor": {"login": "dana"}}}
    found = ask(host, sign(claims(host, actor="carl", run_attempt="2")))
    assert names(found) == [(CARL, "Carl Compute"), (DANA, "dana")]


@pytest.mark.parametrize("attempt", ["2", "02", "10", "../1", "0"])
@pytest.mark.parametrize("answer", [404, 403, {}, {"triggering_actor": None}, {"actor": {"login": "carl"}}])
def test_who_ran_it_again_must_be_known(host: Host, attempt: str, answer: Any) -> None:
    host.answers[ATTEMPT] = answer
    found = ask(host, sign(push(host, actor="carl", run_attempt=attempt)))
    assert found.persons == ()
    assert found.problem.startswith(f"who started attempt {attempt} of run 77 in contoso/ml can't be read (")
    assert "`permissions: {actions: read}`" in found.problem


@pytest.mark.parametrize("event", ["push", "workflow_dispatch", "schedule"])
def test_on_main_whoever_started_the_run_asks(host: Host, event: str) -> None:
    found = ask(host, sign(push(host, event_name=event, actor="CARL")))
    assert names(found) == [(CARL, "Carl Compute")]
    assert PULL not in host.paths()


def test_a_login_in_other_case_is_one_person(host: Host) -> None:
    found = ask(host, sign(claims(host, actor="DANA", repository="Contoso/ML")))
    assert names(found) == [(DANA, "dana")]


def test_the_audience_is_escaped(host: Host) -> None:
    settings = config(host, audience="api://a&b")
    assert ask(host, sign(claims(host, aud="api://a&b")), settings).persons
    assert host.asked[0].query["audience"] == ["api://a&b"]


def test_a_busy_server_is_asked_again(host: Host) -> None:
    host.answers |= {JWKS: [503, keys()], PULL: [429, 500, host.answers[PULL]]}
    assert names(ask(host, sign(claims(host)))) == [(DANA, "dana")]


NO_PERMISSION = (
    "give the job `permissions: {pull-requests: read}` and the step `env: {GITHUB_TOKEN: ${{ github.token }}}`"
)
ALLOWED = "pull_request, push, workflow_dispatch, schedule"
REFUSED = {
    "expired": Refusal({"ago": 3600}, "the ID token expired at "),
    "not yet": Refusal({"ago": -3600}, "the ID token isn't valid yet: set the clock of the machine that runs the job"),
    "issuer": Refusal(
        {"iss": "https://token.evil.example"},
        "the ID token was issued by 'https://token.evil.example', not by '{url}': "
        "set `guardrails.github.issuer` if that is yours",
    ),
    "audience": Refusal(
        {"aud": "https://github.com/contoso"},
        "the ID token is for the audience 'https://github.com/contoso', not for 'azureml-infra': "
        "set `guardrails.github.audience`",
    ),
    **{
        f"repository {name}": Refusal(
            {"repository": name},
            f"the ID token is for the repository '{name}', not for 'contoso/ml': "
            "run it there, or set `guardrails.github.repository`",
        )
        for name in ("eve/ml", "contoso/ml-of-eve")
    },
    "pull_request_target": Refusal(
        {"event_name": "pull_request_target", "ref": "refs/heads/main"},
        "the run was started by 'pull_request_target', which can't be allowed: it runs with the base branch's "
        "rights on what anyone proposes: use `on: pull_request`",
    ),
    "event": Refusal(
        {"event_name": "issue_comment", "ref": "refs/heads/main"},
        f"the run was started by 'issue_comment', and only {ALLOWED} are allowed: "
        "start it by one of them, or see `guardrails.github.events`",
    ),
    **{
        f"push on {ref}": Refusal(
            {"event_name": "push", "ref": ref},
            f"the run ('push') is on '{ref}', and only refs/heads/main may be run on so: "
            "open a pull request, or see `guardrails.github.main`",
        )
        for ref in ("refs/heads/feature", "refs/tags/main")
    },
    **{
        f"pull request on {ref}": Refusal(
            {"ref": ref},
            f"the run is for a pull request, but on '{ref}', not on refs/pull/N/merge: "
            "run it when a pull request is opened or changed, not when it is closed",
        )
        for ref in ("refs/heads/main", "refs/heads/refs/pull/13/merge", "refs/pull/12/../13/merge")
    },
    "no actor": Refusal(
        {"actor": ""}, "the ID token has no claim 'actor': the CI system is too old, or it is another one"
    ),
    "unmapped": Refusal(
        {"actor": "eve"},
        "the login 'eve' has no entry in `people` of the pack's config: "
        'add "github:eve": {{"object_id": …}} on the base branch',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_that_does_not_hold_names_nobody(host: Host, case: str) -> None:
    changed, message = REFUSED[case]
    found = ask(host, sign(claims(host, **changed)))
    assert found.persons == ()
    assert found.problem.startswith(message.format(url=host.url))
    if case == "expired":
        assert found.problem.endswith(" UTC: run the job again")
    else:
        assert found.problem == message.format(url=host.url)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (404, "HTTP 404 Not Found"),
        (403, "HTTP 403 Forbidden"),
        (302, "HTTP 302 Found"),
        (b"<html>", "the answer is not a JSON object"),
        ({"user": None}, "it names no user"),
    ],
)
def test_an_author_who_cannot_be_read(host: Host, answer: Any, why: str) -> None:
    host.answers |= {PULL: answer, "/elsewhere": {"user": {"login": "carl"}}}
    found = ask(host, sign(claims(host)))
    assert found.persons == ()
    assert found.problem == (f"the author of pull request 12 in contoso/ml can't be read ({why}): {NO_PERMISSION}")
    assert "/elsewhere" not in host.paths()


def test_an_author_who_is_not_mapped(host: Host) -> None:
    host.answers |= proposal("eve")
    assert ask(host, sign(claims(host, actor="carl"))).problem == (
        "the login 'eve' has no entry in `people` of the pack's config: "
        'add "github:eve": {"object_id": …} on the base branch'
    )


def test_the_environment_alone_is_never_believed(host: Host) -> None:
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "carl",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
    }
    found = identify(variables, config(host), credential=no_credential)
    assert found == Requester(
        problem="the job can't get an ID token: give it `permissions: {id-token: write}`. A pull request from a fork "
        "never gets one: push the branch to this repository",
    )
    assert host.asked == []


def test_the_environment_does_not_move_the_api(host: Host) -> None:
    found = ask(host, sign(claims(host)), GITHUB_API_URL="https://evil.example", GITHUB_REPOSITORY="eve/ml")
    assert names(found) == [(DANA, "dana")]


def test_no_token_is_given(host: Host) -> None:
    host.answers[TOKEN] = 403
    found = identify(environ(host), config(host))
    assert found.problem == "GitHub gave no ID token (HTTP 403 Forbidden): run the job again"


def test_a_token_from_elsewhere_is_not_asked_for_in_plain_text(host: Host) -> None:
    variables = environ(host, ACTIONS_ID_TOKEN_REQUEST_URL="file:///etc/passwd")
    assert identify(variables, config(host)).problem == (
        "GitHub gave no ID token ('file:///etc/passwd&audience=azureml-infra' is not an https:// address): "
        "run the job again"
    ).replace("&audience", "?audience")


def test_a_repository_is_needed(host: Host) -> None:
    assert identify(environ(host), {"people": PEOPLE}).problem == (
        "`guardrails.github.repository` isn't set, so any repository's token would do: "
        "set it to OWNER/NAME in the pack's config"
    )
    assert host.asked == []


def test_events_and_branches_are_settings(host: Host) -> None:
    settings = config(host, events=["push"], main=["refs/heads/release"])
    assert ask(host, sign(push(host, ref="refs/heads/release")), settings).persons
    assert ask(host, sign(push(host)), settings).problem == (
        "the run ('push') is on 'refs/heads/main', and only refs/heads/release may be run on so: "
        "open a pull request, or see `guardrails.github.main`"
    )
    assert ask(host, sign(claims(host)), settings).problem == (
        "the run was started by 'pull_request', and only push are allowed: "
        "start it by one of them, or see `guardrails.github.events`"
    )
