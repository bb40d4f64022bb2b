"""GitLab CI/CD: who asks, by the job's signed ID token.

Claims: https://docs.gitlab.com/ci/secrets/id_token_authentication. `user_login` is who runs the job. In a merge
request's pipeline `ref` is the source branch's name (of a fork, even), so it can't tell a merge request from a merge:
`pipeline_source` does. The token has no merge request's number; the API gives it for the pipeline that the token names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from azureml_policies.requester import tokens, web
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import GitLab, Settings

HOW = "GitLab"
_MERGE_REQUEST = re.compile(r"refs/merge-requests/([1-9][0-9]*)/(head|merge|train)")


class GitLabPipeline:
    """Whoever opened the merge request, and whoever runs the job."""

    name = HOW

    def applies(self, environ: Mapping[str, str]) -> bool:
        """Return whether this is a job of GitLab."""
        return environ.get("GITLAB_CI", "").lower() == "true"

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return the persons whom the token vouches for; UnidentifiedError where there is none to be believed."""
        if not settings.gitlab.project:
            raise UnidentifiedError(
                "`guardrails.gitlab.project` isn't set, so any project's token would do: "
                "set it to GROUP/NAME in the pack's config"
            )
        claims = _claims(environ, settings.gitlab)
        source = tokens.text(claims, "pipeline_source")
        if source not in settings.gitlab.sources:
            raise UnidentifiedError(
                f"the pipeline was started by '{source}', and only {', '.join(settings.gitlab.sources)} are allowed: "
                "start it by one of them, or see `guardrails.gitlab.sources`"
            )
        proposed = source == "merge_request_event"
        return _proposal(environ, settings, claims) if proposed else _merge(settings, source, claims)


def _claims(environ: Mapping[str, str], settings: GitLab) -> dict[str, Any]:
    token = environ.get(settings.token_variable)
    if not token:
        raise UnidentifiedError(
            f"the job has no ID token in {settings.token_variable}: "
            f"give it `id_tokens: {{{settings.token_variable}: {{aud: {settings.audience}}}}}`"
        )
    keys = f"{settings.issuer}/oauth/discovery/keys"
    claims = tokens.verify(token, tokens.Trust(settings.issuer, settings.audience, keys, "guardrails.gitlab"))
    project = tokens.text(claims, "project_path")
    if project.lower() != settings.project.lower():
        raise UnidentifiedError(
            f"the ID token is for the project '{project}', not for '{settings.project}': "
            "run it there (a fork's branch must be pushed to the project), or set `guardrails.gitlab.project`"
        )
    return claims


def _proposal(environ: Mapping[str, str], settings: Settings, claims: dict[str, Any]) -> Requester:
    user, pipeline = tokens.text(claims, "user_login"), tokens.text(claims, "pipeline_id")
    number = _merge_request(environ, settings.gitlab, pipeline)
    author = _read(environ, settings.gitlab, f"merge_requests/{number}").get("author")
    login = author.get("username") if isinstance(author, dict) else None
    if not isinstance(login, str) or not login:
        raise UnidentifiedError(_unread(settings.gitlab, f"merge request {number} names no author"))
    how = f"{HOW}: author of merge request {number} in {settings.gitlab.project}"
    persons: tuple[Person, ...] = (settings.person("gitlab", login),)
    if user.lower() != login.lower():
        persons += (settings.person("gitlab", user),)
        how += f", and '{user}' who runs the job"
    return Requester.of(persons, how)


def _merge_request(environ: Mapping[str, str], settings: GitLab, pipeline: str) -> str:
    ref = _read(environ, settings, f"pipelines/{quote(pipeline, safe='')}").get("ref")
    found = _MERGE_REQUEST.fullmatch(str(ref))
    if not found:
        raise UnidentifiedError(_unread(settings, f"pipeline {pipeline} is on '{ref}'"))
    return found.group(1)


def _read(environ: Mapping[str, str], settings: GitLab, path: str) -> dict[str, Any]:
    secret = environ.get(settings.api_token_variable)
    url = f"{settings.issuer}/api/v4/projects/{quote(settings.project, safe='')}/{path}"
    try:
        return web.fetch(url, {"PRIVATE-TOKEN": secret} if secret else {})
    except web.WebError as error:
        raise UnidentifiedError(_unread(settings, str(error))) from None


def _unread(settings: GitLab, why: str) -> str:
    return (
        f"the merge request's author can't be read from {settings.issuer} ({why}): put a project access token with "
        f"the scope read_api in the CI/CD variable {settings.api_token_variable}"
    )


def _merge(settings: Settings, source: str, claims: dict[str, Any]) -> Requester:
    kind, name = tokens.text(claims, "ref_type"), tokens.text(claims, "ref")
    ref = f"refs/heads/{name}" if kind == "branch" else f"refs/tags/{name}"
    if ref not in settings.gitlab.main:
        raise UnidentifiedError(
            f"the pipeline ('{source}') is on '{ref}', and only {', '.join(settings.gitlab.main)} may be run on so: "
            "open a merge request, or see `guardrails.gitlab.main`"
        )
    done = f"merged to {name}" if source == "push" else f"started it ({source}) on {name}"
    how = f"{HOW}: whoever {done} of {settings.gitlab.project}"
    return Requester.of((settings.person("gitlab", tokens.text(claims, "user_login")),), how)
