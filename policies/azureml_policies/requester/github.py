"""GitHub Actions: who asks, by the workflow's signed ID token.

Claims: https://docs.github.com/en/actions/reference/security/oidc. The token names whoever set off the run (`actor`),
but no pull request's author; that is read from GitHub's API, at the repository and number that the token vouches for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from azureml_policies.requester import tokens, web
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import GitHub, Settings

HOW = "GitHub Actions"
_PULL = re.compile(r"refs/pull/([1-9][0-9]*)/merge")
_UNSAFE = {
    "pull_request_target": "it runs with the base branch's rights on what anyone proposes: use `on: pull_request`",
}
"""Events that can't be allowed, with what to do."""


class GitHubActions:
    """Whoever opened the pull request, and whoever set off the run."""

    name = HOW

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
        event, ref = tokens.text(claims, "event_name"), tokens.text(claims, "ref")
        _check_event(event, settings.github)
        actor = tokens.text(claims, "actor")
        if event == "pull_request":
            return _proposal(environ, settings, ref, actor)
        return _merge(settings, event, ref, actor)


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
    if event not in settings.events:
        raise UnidentifiedError(
            f"the run was started by '{event}', and only {', '.join(settings.events)} are allowed: "
            "start it by one of them, or see `guardrails.github.events`"
        )


def _proposal(environ: Mapping[str, str], settings: Settings, ref: str, actor: str) -> Requester:
    found = _PULL.fullmatch(ref)
    if not found:
        raise UnidentifiedError(
            f"the run is for a pull request, but on '{ref}', not on refs/pull/N/merge: "
            "run it when a pull request is opened or changed, not when it is closed"
        )
    number = found.group(1)
    author = _author(environ, settings.github, number)
    how = f"{HOW}: author of pull request {number} in {settings.github.repository}"
    persons: tuple[Person, ...] = (settings.person("github", author),)
    if actor.lower() != author.lower():
        persons += (settings.person("github", actor),)
        how += f", and '{actor}' who set off the run"
    return Requester.of(persons, how)


def _author(environ: Mapping[str, str], settings: GitHub, number: str) -> str:
    secret = environ.get("GITHUB_TOKEN")
    headers = {"Accept": "application/vnd.github+json"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    url = f"{settings.api}/repos/{quote(settings.repository)}/pulls/{number}"
    try:
        user = web.fetch(url, headers).get("user")
    except web.WebError as error:
        raise UnidentifiedError(_unread(number, settings, str(error))) from None
    login = user.get("login") if isinstance(user, dict) else None
    if not isinstance(login, str) or not login:
        raise UnidentifiedError(_unread(number, settings, "it names no user"))
    return login


def _unread(number: str, settings: GitHub, why: str) -> str:
    return (
        f"the author of pull request {number} in {settings.repository} can't be read ({why}): "
        "give the job `permissions: {pull-requests: read}` and the step `env: {GITHUB_TOKEN: ${{ github.token }}}`"
    )


def _merge(settings: Settings, event: str, ref: str, actor: str) -> Requester:
    if ref not in settings.github.main:
        raise UnidentifiedError(
            f"the run ('{event}') is on '{ref}', and only {', '.join(settings.github.main)} may be run on so: "
            "open a pull request, or see `guardrails.github.main`"
        )
    branch = ref.removeprefix("refs/heads/")
    done = f"merged to {branch}" if event == "push" else f"started {event} on {branch}"
    return Requester.of((settings.person("github", actor),), f"{HOW}: whoever {done} of {settings.github.repository}")
