"""GitLab CI/CD: who asks, by the job's signed ID token.

Claims: https://docs.gitlab.com/ci/secrets/id_token_authentication. `user_login` is who runs the job. In a merge
request's pipeline `ref` is the source branch's name (of a fork, even), so it can't tell a merge request from a merge:
`pipeline_source` does. The token has no merge request's number; the API gives it for the pipeline that the token names.
A job that is retried is a new job of whoever retried it (https://gitlab.com/gitlab-org/gitlab/-/issues/508785), whom
`user_login` then is; who began the pipeline is read from the API. A commit has addresses and no logins
(https://docs.gitlab.com/api/merge_requests/#list-merge-request-commits).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from azureml_policies.requester import tokens, web
from azureml_policies.requester.model import Requester, UnidentifiedError
from azureml_policies.requester.settings import GitLab, Settings, check_branch, check_start

_MERGE_REQUEST = re.compile(r"refs/merge-requests/([1-9][0-9]*)/(head|merge|train)")


class GitLabPipeline:
    """Whoever opened the merge request, wrote its commits, began the pipeline, and runs the job."""

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
        check_start("pipeline", source, settings.gitlab.sources, "gitlab.sources")
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
    api = _Api(settings.gitlab, environ.get(settings.gitlab.api_token_variable, ""))
    identifier = tokens.text(claims, "pipeline_id")
    pipeline = api.read(f"pipelines/{quote(identifier, safe='')}")
    found = _MERGE_REQUEST.fullmatch(str(pipeline.get("ref")))
    if not found:
        raise api.unread(f"pipeline {identifier} is on '{pipeline.get('ref')}'")
    return settings.requester("gitlab", _people_behind(api, settings, claims, pipeline, found.group(1)))


def _people_behind(
    api: _Api, settings: Settings, claims: dict[str, Any], pipeline: dict[str, Any], number: str
) -> Iterator[str]:
    """Yield everybody behind a proposal."""
    request = api.read(f"merge_requests/{number}")
    yield api.username(request.get("author"), f"merge request {number} names no author")
    yield tokens.text(claims, "user_login")
    yield api.username(pipeline.get("user"), "its pipeline names no user")
    for commit in api.commits(number):
        for part in ("author_email", "committer_email"):
            email, name = str(commit.get(part) or ""), str(commit.get("id"))
            yield settings.login_of("gitlab", email, name)
    _check_newest(api, pipeline, request)


def _check_newest(api: _Api, pipeline: dict[str, Any], request: dict[str, Any]) -> None:
    """Raise UnidentifiedError where a pipeline is neither on a merge request's newest commit, nor on a try to merge it.

    https://docs.gitlab.com/ci/pipelines/merged_results_pipelines.
    """
    commit, head = str(pipeline.get("sha") or ""), str(request.get("sha") or "")
    if head and commit == head:
        return
    parents = api.read(f"repository/commits/{quote(commit, safe='')}").get("parent_ids") if commit and head else None
    if not isinstance(parents, list) or head not in parents:
        raise UnidentifiedError(
            "the merge request has changed since this pipeline began, so it can't be known who is behind it: "
            "the pipeline of its newest commit decides"
        )


@dataclass(frozen=True)
class _Api:
    """A project's REST API."""

    settings: GitLab
    secret: str

    def read(self, path: str) -> dict[str, Any]:
        """Return what is at a path."""
        try:
            return web.fetch(self._url(path), self._headers())
        except web.WebError as error:
            raise self.unread(str(error)) from None

    def commits(self, number: str) -> list[dict[str, Any]]:
        """Return a merge request's commits; UnidentifiedError where there is none."""
        try:
            found = web.fetch_pages(self._url(f"merge_requests/{number}/commits"), self._headers())
        except web.WebError as error:
            raise self.unread(str(error)) from None
        if not found:
            raise self.unread(f"merge request {number} has no commits")
        return found

    def username(self, user: Any, otherwise: str) -> str:
        """Return a user's name."""
        name = user.get("username") if isinstance(user, dict) else None
        if not isinstance(name, str) or not name:
            raise self.unread(otherwise)
        return name

    def unread(self, why: str) -> UnidentifiedError:
        """Return the refusal of a merge request of which not everything is known."""
        return UnidentifiedError(
            f"the merge request's author and commits can't be read from {self.settings.issuer} ({why}): put a project "
            f"access token with the scope read_api in the CI/CD variable {self.settings.api_token_variable}"
        )

    def _url(self, path: str) -> str:
        return f"{self.settings.issuer}/api/v4/projects/{quote(self.settings.project, safe='')}/{path}"

    def _headers(self) -> dict[str, str]:
        return {"PRIVATE-TOKEN": self.secret} if self.secret else {}


def _merge(settings: Settings, source: str, claims: dict[str, Any]) -> Requester:
    kind, name = tokens.text(claims, "ref_type"), tokens.text(claims, "ref")
    ref = f"refs/heads/{name}" if kind == "branch" else f"refs/tags/{name}"
    check_branch(f"pipeline ('{source}')", ref, settings.gitlab.main, "merge request", "gitlab.main")
    return settings.requester("gitlab", [tokens.text(claims, "user_login")])
