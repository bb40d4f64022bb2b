"""GitHub Actions: who asks, by the workflow's signed ID token.

Claims: https://docs.github.com/en/actions/reference/security/oidc. The token names whoever set off the run (`actor`),
but neither a pull request's author, nor who wrote its commits, nor who ran it again; that is read from GitHub's API, at
the repository, number, run and attempt that the token vouches for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from azureml_policies.requester import tokens, web
from azureml_policies.requester.github_api import GitHubApi, PullRequest
from azureml_policies.requester.model import Requester, UnidentifiedError
from azureml_policies.requester.settings import GitHub, Settings, check_branch, check_start

_PULL = re.compile(r"refs/pull/([1-9][0-9]*)/merge")
_UNSAFE = {
    "pull_request_target": "it runs with the base branch's rights on what anyone proposes: use `on: pull_request`"
}
"""Events that can't be allowed, with what to do."""


@dataclass(frozen=True)
class _Run:
    """A run as the token vouches for it."""

    claims: dict[str, Any]

    @property
    def event(self) -> str:
        """Return what started it."""
        return tokens.text(self.claims, "event_name")

    @property
    def ref(self) -> str:
        """Return the branch or pull request that it is on."""
        return tokens.text(self.claims, "ref")

    @property
    def commit(self) -> str:
        """Return the commit that it is on: of a pull request, the one that tries the merge."""
        return tokens.text(self.claims, "sha")

    @property
    def actor(self) -> str:
        """Return who set it off. Another attempt keeps that, whoever asks for it:
        https://docs.github.com/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs.
        """
        return tokens.text(self.claims, "actor")

    def repeated_by(self, api: GitHubApi) -> str:
        """Return who asked for this attempt; an empty text where it is the first."""
        attempt = tokens.text(self.claims, "run_attempt")
        return "" if attempt == "1" else api.rerun_login(tokens.text(self.claims, "run_id"), attempt)


class GitHubActions:
    """Whoever opened the pull request, wrote its commits, set off the run, and ran it again."""

    def applies(self, environ: Mapping[str, str]) -> bool:
        """Return whether this is a job of GitHub Actions."""
        return environ.get("GITHUB_ACTIONS", "").lower() == "true"

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return the persons whom the token vouches for; UnidentifiedError where there is none to be believed."""
        if not settings.github.repository:
            raise UnidentifiedError(
                "`guardrails.github.repository` isn't set, so any repository's token would do: "
                "set it to OWNER/NAME in the pack's config"
            )
        claims = _claims(environ, settings.github)
        run = _Run(claims)
        _check_event(run.event, settings.github)
        api = GitHubApi(settings.github, environ.get("GITHUB_TOKEN", ""))
        return (_proposal if run.event == "pull_request" else _merge)(api, settings, run)


def _claims(environ: Mapping[str, str], settings: GitHub) -> dict[str, Any]:
    keys = f"{settings.issuer}/.well-known/jwks"
    trust = tokens.Trust(settings.issuer, settings.audience, keys, "guardrails.github")
    claims = tokens.verify(_token(environ, settings.audience), trust)
    repository = tokens.text(claims, "repository")
    if repository.lower() != settings.repository.lower():
        raise UnidentifiedError(
            f"the ID token is for the repository '{repository}', not for '{settings.repository}': "
            "run it there, or set `guardrails.github.repository`"
        )
    return claims


def _token(environ: Mapping[str, str], audience: str) -> str:
    url, secret = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"), environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not secret:
        raise UnidentifiedError(
            "the job can't get an ID token: give it `permissions: {id-token: write}`. A pull request from a fork "
            "never gets one: push the branch to this repository"
        )
    joint = "&" if "?" in url else "?"
    try:
        answer = web.fetch(f"{url}{joint}audience={quote(audience, safe='')}", {"Authorization": f"Bearer {secret}"})
    except web.WebError as error:
        raise UnidentifiedError(f"GitHub gave no ID token ({error}): run the job again") from None
    return str(answer.get("value", ""))


def _check_event(event: str, settings: GitHub) -> None:
    if event in _UNSAFE:
        raise UnidentifiedError(f"the run was started by '{event}', which can't be allowed: {_UNSAFE[event]}")
    check_start("run", event, settings.events, "github.events")


def _proposal(api: GitHubApi, settings: Settings, run: _Run) -> Requester:
    found = _PULL.fullmatch(run.ref)
    if not found:
        raise UnidentifiedError(
            f"the run is for a pull request, but on '{run.ref}', not on refs/pull/N/merge: "
            "run it when a pull request is opened or changed, not when it is closed"
        )
    return settings.requester("github", _people_behind(api, api.pull_request(found.group(1)), run))


def _people_behind(api: GitHubApi, pull: PullRequest, run: _Run) -> Iterator[str]:
    """Yield everybody behind a proposal, as long as the run is of its newest commit."""
    yield pull.author
    yield run.actor
    if repeating := run.repeated_by(api):
        yield repeating
    yield from api.commit_logins(pull)
    if pull.head and run.commit != pull.merged_as and not api.holds(run.commit, pull.head):
        raise pull.changed_error()


def _merge(api: GitHubApi, settings: Settings, run: _Run) -> Requester:
    check_branch(f"run ('{run.event}')", run.ref, settings.github.main, "pull request", "github.main")
    return settings.requester("github", [run.repeated_by(api) or run.actor])
