"""GitHub Actions as the policies see it: a run's environment, its ID token's claims, the pull request behind it."""

import json
from typing import Any

from azureml_policies.requester import Requester, identify
from kit.ci_host import CARL, DANA, Host, with_times

REPOSITORY = "contoso/ml"
API = f"/api/repos/{REPOSITORY}"
TOKEN, PULL, JWKS = "/token", f"{API}/pulls/12", "/.well-known/jwks"
COMMITS, ATTEMPT, MERGE = f"{PULL}/commits", f"{API}/actions/runs/77/attempts/2", f"{API}/git/commits/3e"
PEOPLE = {
    "github:dana": {"object_id": DANA},
    "github:Carl": {"object_id": CARL, "name": "Carl Compute", "groups": [DANA.upper()]},
}


def proposal(author: str, *commits: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a pull request with one commit of its author's, or with the commits given."""
    listed = commits or (commit(author),)
    head = {"sha": listed[-1]["sha"]}
    pull = {"user": {"login": author}, "head": head, "merge_commit_sha": "3e", "commits": len(listed), **more}
    return {PULL: pull, COMMITS: json.dumps(listed).encode()}


def commit(author: str | None, committer: str | None = "", *, sha: str = "c0ffee", verified: bool = False) -> Any:
    """Return a commit as the API lists it: no users where its addresses are nobody's."""
    users = {"author": author, "committer": author if committer == "" else committer}
    named = {part: login and {"login": login} for part, login in users.items()}
    return {"sha": sha, "commit": {"verification": {"verified": verified}}, **named}


def config(host: Host, **github: Any) -> dict[str, Any]:
    """Return the pack's config."""
    settings = {"repository": REPOSITORY, "issuer": host.url, "api": f"{host.url}/api", **github}
    return {"people": PEOPLE, "github": settings, "baseline": {"file": "none of ours"}}


def environ(host: Host, **more: str) -> dict[str, str]:
    """Return the environment of a job."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "olga",
        "GITHUB_TOKEN": "ghs",
        "CI": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{host.url}{TOKEN}?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
        **more,
    }


def claims(host: Host, **more: Any) -> dict[str, Any]:
    """Return the claims of a run for a pull request that dana opened and pushed to."""
    issued = {"iss": host.url, "aud": "azureml-infra", "repository": REPOSITORY, "actor": "dana"}
    issued |= {"run_id": "77", "run_attempt": "1", "sha": "3e"}
    return with_times({**issued, "event_name": "pull_request", "ref": "refs/pull/12/merge", **more}, more.pop("ago", 0))


def push(host: Host, **more: Any) -> dict[str, Any]:
    """Return the claims of a run on main."""
    return claims(host, **{"event_name": "push", "ref": "refs/heads/main", **more})


def ask(host: Host, token: str, settings: dict[str, Any] | None = None, **more: str) -> Requester:
    """Return who asks, by the ID token that GitHub hands out."""
    host.answers[TOKEN] = {"value": token}
    return identify(environ(host, **more), settings or config(host), credential=no_credential)


def no_credential() -> Any:
    """Refuse to sign in."""
    raise AssertionError("a pipeline's own identity is never looked at")
