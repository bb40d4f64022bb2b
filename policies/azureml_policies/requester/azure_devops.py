"""Azure Pipelines: who asks, by the run that the job's signed ID token names.

The token (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create) names no person, but the
organization (`iss`), project (`prj_id`), repository (`rpo_id`, `rpo_uri`), ref (`rpo_ref`) and run (`run_id`). Who the
run was requested for, and who opened the pull request, pushed to it and wrote its commits, is read from the REST API of
the organization that the config names. Claims as seen in https://github.com/sigstore/fulcio/issues/1803.

A stage or job that is run again stays in the run of whom it was first requested for; the API says that it is another
attempt (https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get), but not whose.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from azureml_policies.requester import tokens, web
from azureml_policies.requester.model import Requester, UnidentifiedError
from azureml_policies.requester.settings import AzureDevOps, Settings, check_branch, check_start

_PULL = re.compile(r"refs/pull/([1-9][0-9]*)/merge")
_VERSION = "api-version=7.1"
_MOST_COMMITS = 100
"""More of a pull request come in further answers, whose address is in a header."""


@dataclass(frozen=True)
class _Api:
    """The organization's REST API, in one project."""

    collection: str
    project: str
    secret: str

    def read(self, path: str, what: str, query: str = "") -> dict[str, Any]:
        """Return what is at a path."""
        url = f"{self.collection}/{quote(self.project, safe='')}/_apis/{path}?{query}{_VERSION}"
        try:
            return web.fetch(url, {"Authorization": f"Bearer {self.secret}"})
        except web.WebError as error:
            raise self._unread(what, str(error)) from None

    def read_list(self, path: str, key: str, what: str, query: str = "") -> list[dict[str, Any]]:
        """Return the list that is at a path; UnidentifiedError where it is empty."""
        found = self.read(path, what, query).get(key)
        if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
            raise self._unread(what, "there are none")
        return found

    def _unread(self, what: str, why: str) -> UnidentifiedError:
        return UnidentifiedError(
            f"{what} can't be read from {self.collection} ({why}): let the project's build service view builds "
            "and read the repository"
        )


class AzurePipelines:
    """Whoever opened the pull request, pushed to it, wrote its commits, and whoever the run was requested for."""

    def applies(self, environ: Mapping[str, str]) -> bool:
        """Return whether this is a job of Azure Pipelines."""
        return environ.get("TF_BUILD", "").lower() == "true"

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return the persons behind the run that the token vouches for; UnidentifiedError where there is none."""
        ours = settings.azure_devops
        collection = _check_settings(ours)
        secret = environ.get("SYSTEM_ACCESSTOKEN")
        if not secret:
            raise UnidentifiedError(
                "the step has no access token: give it `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`"
            )
        claims = _claims(environ, ours, collection, secret)
        api = _Api(collection, tokens.text(claims, "prj_id"), secret)
        ref, run = tokens.text(claims, "rpo_ref"), tokens.text(claims, "run_id")
        build = api.read(f"build/builds/{quote(run, safe='')}", f"run {run}")
        reason = _check_build(build, ref, run, ours)
        _check_first_attempt(api, run)
        asked = _requesters(build, run)
        if reason == "pullRequest":
            return _proposal(api, settings, claims, build, asked)
        return _merge(settings, reason, ref, asked)


def _check_settings(settings: AzureDevOps) -> str:
    needed = {
        "collection": settings.collection,
        "organization": settings.organization,
        "repository": settings.repository,
    }
    missing = [f"`guardrails.azure_devops.{name}`" for name, value in needed.items() if not value]
    if missing or not settings.collection:
        raise UnidentifiedError(
            f"{' and '.join(missing)} must be set in the pack's config: they say whose runs are believed"
        )
    return settings.collection


def _claims(environ: Mapping[str, str], settings: AzureDevOps, collection: str, secret: str) -> dict[str, Any]:
    issuer, keys = f"{settings.issuer}/{settings.organization}", f"{settings.issuer}/.well-known/jwks"
    trust = tokens.Trust(issuer, settings.audience, keys, "guardrails.azure_devops", "organization")
    claims = tokens.verify(_token(environ, collection, secret), trust)
    repository = tokens.text(claims, "rpo_uri")
    if _plain(repository) != _plain(settings.repository):
        raise UnidentifiedError(
            f"the ID token is for the repository '{repository}', not for '{settings.repository}': "
            "run it there, or set `guardrails.azure_devops.repository`"
        )
    return claims


def _token(environ: Mapping[str, str], collection: str, secret: str) -> str:
    url = environ.get("SYSTEM_OIDCREQUESTURI", "")
    if not url.lower().startswith(f"{collection.lower()}/"):
        raise UnidentifiedError(
            f"the job's address for ID tokens, '{url}', is not below '{collection}': "
            "set `guardrails.azure_devops.collection` to the organization that runs the job"
        )
    try:
        answer = web.fetch(f"{url}?{_VERSION}", {"Authorization": f"Bearer {secret}"}, "POST")
    except web.WebError as error:
        raise UnidentifiedError(f"Azure DevOps gave no ID token ({error}): run the job again") from None
    return str(answer.get("oidcToken", ""))


def _plain(address: str) -> str:
    """Return a repository's address without the user's name that clones have in it."""
    parts = urlsplit(address)
    return f"{parts.hostname}{unquote(parts.path).rstrip('/').removesuffix('.git')}".lower()


def _check_build(build: dict[str, Any], ref: str, run: str, settings: AzureDevOps) -> str:
    if build.get("sourceBranch") != ref:
        raise UnidentifiedError(
            f"run {run} is on '{build.get('sourceBranch')}', but the ID token is for '{ref}': run the job again"
        )
    reason = str(build.get("reason"))
    check_start("run", reason, settings.reasons, "azure_devops.reasons")
    return reason


def _check_first_attempt(api: _Api, run: str) -> None:
    """Raise UnidentifiedError where a part of a run was run again, by nobody knows whom."""
    path, what = f"build/builds/{quote(run, safe='')}/timeline", f"the timeline of run {run}"
    for record in api.read_list(path, "records", what):
        if record.get("attempt", 1) != 1 or record.get("previousAttempts"):
            raise UnidentifiedError(
                f"'{record.get('name')}' of run {run} was run again, and Azure DevOps doesn't say by whom: "
                "start a new run instead"
            )


def _requesters(build: dict[str, Any], run: str) -> list[str]:
    """Return whom a run was requested for and, where somebody else started it by hand, by whom."""
    asked = [_unique_name(build.get("requestedFor"), f"run {run} was requested for")]
    if build.get("reason") == "manual":
        asked.append(_unique_name(build.get("requestedBy"), f"run {run} was requested by"))
    return asked


def _unique_name(identity: Any, what: str) -> str:
    name = identity.get("uniqueName") if isinstance(identity, dict) else None
    if not isinstance(name, str) or not name:
        raise UnidentifiedError(f"{what} nobody with a unique name: let a person start it")
    return name


def _proposal(
    api: _Api, settings: Settings, claims: dict[str, Any], build: dict[str, Any], asked: list[str]
) -> Requester:
    ref = tokens.text(claims, "rpo_ref")
    found = _PULL.fullmatch(ref)
    if not found:
        raise UnidentifiedError(
            f"the run is for a pull request, but on '{ref}', not on refs/pull/N/merge: run it there"
        )
    number = found.group(1)
    repository = quote(tokens.text(claims, "rpo_id"), safe="")
    author, *others = _people_behind(
        api, settings, f"git/repositories/{repository}/pullrequests/{number}", number, build
    )
    return settings.requester("azure-devops", [author, *asked, *others])


def _people_behind(api: _Api, settings: Settings, path: str, number: str, build: dict[str, Any]) -> Iterator[str]:
    """Yield everybody behind a proposal, its author first.

    An iteration is a push to it: https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-iterations/list.
    """
    pull = api.read(path, f"the author of pull request {number}")
    yield _unique_name(pull.get("createdBy"), f"pull request {number} was opened by")
    for push in api.read_list(f"{path}/iterations", "value", f"the pushes to pull request {number}"):
        yield _unique_name(push.get("author"), f"pull request {number} was pushed to by")
    commits = api.read_list(
        f"{path}/commits", "value", f"the commits of pull request {number}", f"$top={_MOST_COMMITS}&"
    )
    if len(commits) >= _MOST_COMMITS:
        raise UnidentifiedError(
            f"pull request {number} has {_MOST_COMMITS} commits or more, and all that are in it are asked for: "
            "propose fewer at once"
        )
    for commit in commits:
        for part in ("author", "committer"):
            user = commit.get(part)
            email = str(user.get("email") or "") if isinstance(user, dict) else ""
            yield settings.login_of("azure-devops", email, str(commit.get("commitId")))
    _check_newest(api, path.partition("/pullrequests/")[0], pull, build)


def _check_newest(api: _Api, repository: str, pull: dict[str, Any], build: dict[str, Any]) -> None:
    """Raise UnidentifiedError where a run isn't on a try to merge the newest commit of a pull request."""
    tried, version = _commit(pull.get("lastMergeCommit")), str(build.get("sourceVersion") or "")
    if version and version == tried:
        return
    commit = api.read(f"{repository}/commits/{quote(version, safe='')}", f"commit {version}")
    if _commit(pull.get("lastMergeSourceCommit")) not in (commit.get("parents") or ()):
        raise UnidentifiedError(
            "the pull request has changed since this run began, so it can't be known who is behind it: "
            "the run of its newest commit decides"
        )


def _commit(reference: Any) -> str | None:
    return reference.get("commitId") if isinstance(reference, dict) else None


def _merge(settings: Settings, reason: str, ref: str, asked: list[str]) -> Requester:
    check_branch(f"run ('{reason}')", ref, settings.azure_devops.main, "pull request", "azure_devops.main")
    return settings.requester("azure-devops", asked)
