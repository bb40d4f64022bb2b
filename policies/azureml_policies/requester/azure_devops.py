"""Azure Pipelines: who asks, by the run that the job's signed ID token names.

The token (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create) names no person, but the
organization (`iss`), project (`prj_id`), repository (`rpo_id`, `rpo_uri`), ref (`rpo_ref`) and run (`run_id`). Who the
run was requested for, and who opened the pull request, is read from the REST API of the organization that the config
names. Claims as seen in https://github.com/sigstore/fulcio/issues/1803.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from azureml_policies.requester import tokens, web
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import AzureDevOps, Settings

HOW = "Azure Pipelines"
_PULL = re.compile(r"refs/pull/([1-9][0-9]*)/merge")
_VERSION = "api-version=7.1"


@dataclass(frozen=True)
class _Api:
    """The organization's REST API, in one project."""

    collection: str
    project: str
    secret: str

    def read(self, path: str, what: str) -> dict[str, Any]:
        """Return what is at a path."""
        url = f"{self.collection}/{quote(self.project, safe='')}/_apis/{path}?{_VERSION}"
        try:
            return web.fetch(url, {"Authorization": f"Bearer {self.secret}"})
        except web.WebError as error:
            raise UnidentifiedError(
                f"{what} can't be read from {self.collection} ({error}): let the project's build service view builds "
                "and read the repository"
            ) from None


class AzurePipelines:
    """Whoever opened the pull request, and whoever the run was requested for."""

    name = HOW

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
        asked = _unique_name(build.get("requestedFor"), f"run {run} was requested for")
        if reason == "pullRequest":
            return _proposal(api, settings, claims, asked)
        return _merge(settings, reason, ref, asked)


def _check_settings(settings: AzureDevOps) -> str:
    told = {
        "collection": settings.collection,
        "organization": settings.organization,
        "repository": settings.repository,
    }
    missing = [f"`guardrails.azure_devops.{name}`" for name, value in told.items() if not value]
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
    if reason not in settings.reasons:
        raise UnidentifiedError(
            f"the run was started by '{reason}', and only {', '.join(settings.reasons)} are allowed: "
            "start it by one of them, or see `guardrails.azure_devops.reasons`"
        )
    return reason


def _unique_name(identity: Any, what: str) -> str:
    name = identity.get("uniqueName") if isinstance(identity, dict) else None
    if not isinstance(name, str) or not name:
        raise UnidentifiedError(f"{what} nobody with a unique name: let a person start it")
    return name


def _proposal(api: _Api, settings: Settings, claims: dict[str, Any], asked: str) -> Requester:
    ref, repository = tokens.text(claims, "rpo_ref"), tokens.text(claims, "rpo_id")
    found = _PULL.fullmatch(ref)
    if not found:
        raise UnidentifiedError(
            f"the run is for a pull request, but on '{ref}', not on refs/pull/N/merge: run it there"
        )
    number = found.group(1)
    path = f"git/repositories/{quote(repository, safe='')}/pullrequests/{number}"
    pull = api.read(path, f"the author of pull request {number}")
    author = _unique_name(pull.get("createdBy"), f"pull request {number} was opened by")
    how = f"{HOW}: author of pull request {number} in {settings.azure_devops.repository}"
    persons: tuple[Person, ...] = (settings.person("azure-devops", author),)
    if asked.lower() != author.lower():
        persons += (settings.person("azure-devops", asked),)
        how += f", and '{asked}' whom the run was requested for"
    return Requester.of(persons, how)


def _merge(settings: Settings, reason: str, ref: str, asked: str) -> Requester:
    ours = settings.azure_devops
    if ref not in ours.main:
        raise UnidentifiedError(
            f"the run ('{reason}') is on '{ref}', and only {', '.join(ours.main)} may be run on so: "
            "open a pull request, or see `guardrails.azure_devops.main`"
        )
    how = f"{HOW}: whom the run ({reason}) on {ref.removeprefix('refs/heads/')} of {ours.repository} was requested for"
    return Requester.of((settings.person("azure-devops", asked),), how)
