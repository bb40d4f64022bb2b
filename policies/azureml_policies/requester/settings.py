"""What the pack's config says about who asks: the people behind CI logins, and which pipelines are believed.

The config is to be read from the base branch: whoever can change it decides who is who.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from azureml_arm.roles import is_guid
from azureml_policies.requester.model import Person, Requester, UnidentifiedError

ROOT = "guardrails"
"""The config's section, as messages call it."""
SYSTEMS = ("github", "gitlab", "azure-devops")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """The config is malformed; the text has one line for each mistake, with its path."""


def _guid(text: str) -> str:
    if not is_guid(text.strip()):
        raise ValueError(f"{text!r} is not an object id: take it from `az ad user show --id NAME --query id`")
    return text.strip().lower()


def safe_url(text: str) -> str:
    """Return a URL without its last slash, if what it answers can be believed; ValueError otherwise."""
    parts = urlsplit(text)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ValueError(f"{text!r} is not an https:// address")
    return text.rstrip("/")


def _branch(text: str) -> str:
    if not text.startswith("refs/heads/"):
        raise ValueError(f"{text!r} is not a branch's full name: write 'refs/heads/{text}'")
    return text


Guid = Annotated[str, AfterValidator(_guid)]
Url = Annotated[str, AfterValidator(safe_url)]
Branch = Annotated[str, AfterValidator(_branch)]
_MAIN = ("refs/heads/main",)
Event = Literal["pull_request", "push", "workflow_dispatch", "schedule"]
Reason = Literal["pullRequest", "individualCI", "batchedCI", "manual", "schedule"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Entry(_Model):
    """The person behind a login."""

    object_id: Guid
    """Their object id in Entra."""
    name: str = ""
    """How messages call them; the login where nothing is set."""
    emails: tuple[str, ...] = ()
    """Addresses in their commits, where the CI system knows no login of a commit: GitLab, and Azure DevOps where it
    isn't the login."""
    groups: tuple[Guid, ...] = ()
    """Object ids of their groups, for runs in which Azure can't be asked."""


class GitHub(_Model):
    """Which runs of GitHub Actions are believed."""

    repository: str = ""
    """OWNER/NAME: the repository whose workflows are believed. Needed."""
    audience: str = "azureml-infra"
    """The audience that the ID token is requested for."""
    issuer: Url = "https://token.actions.githubusercontent.com"
    """Who issues ID tokens; https://HOST/_services/token for GitHub Enterprise Server."""
    api: Url = "https://api.github.com"
    """GitHub's REST API; https://HOST/api/v3 for GitHub Enterprise Server."""
    main: tuple[Branch, ...] = _MAIN
    """Branches on which whoever started the run is the one who asks."""
    events: tuple[Event, ...] = get_args(Event)
    """Events that may start a run."""
    signed_commits: bool = False
    """Whether each commit of a pull request needs a signature that GitHub has verified: else anybody who can push may
    write somebody else's name on a commit."""


class GitLab(_Model):
    """Which pipelines of GitLab are believed."""

    project: str = ""
    """GROUP/NAME: the project whose pipelines are believed. Needed."""
    audience: str = "azureml-infra"
    """The `aud` of the job's `id_tokens`."""
    issuer: Url = "https://gitlab.com"
    """The address of the GitLab instance."""
    main: tuple[Branch, ...] = _MAIN
    """Branches on which whoever started the pipeline is the one who asks."""
    sources: tuple[Literal["merge_request_event", "push", "web", "schedule", "api", "trigger"], ...] = (
        "merge_request_event",
        "push",
        "web",
        "schedule",
    )
    """What may start a pipeline."""
    token_variable: str = "GUARDRAILS_ID_TOKEN"  # noqa: S105 - the name of a variable
    """The variable that the job's `id_tokens` puts the ID token in."""
    api_token_variable: str = "GUARDRAILS_GITLAB_TOKEN"  # noqa: S105 - the name of a variable
    """The variable with a project access token (scope read_api): it reads a merge request's author."""


class AzureDevOps(_Model):
    """Which runs of Azure Pipelines are believed."""

    collection: Url | None = None
    """The organization's address, https://dev.azure.com/NAME. Needed."""
    organization: Guid | None = None
    """The organization's id: the last part of the issuer of its ID tokens. Needed."""
    repository: str = ""
    """The repository's address, https://dev.azure.com/ORGANIZATION/PROJECT/_git/NAME. Needed."""
    audience: str = "api://AzureADTokenExchange"
    """The audience that Azure DevOps writes in ID tokens."""
    issuer: Url = "https://vstoken.dev.azure.com"
    """Who issues ID tokens; the organization's id is added."""
    main: tuple[Branch, ...] = _MAIN
    """Branches on which whoever the run was requested for is the one who asks."""
    reasons: tuple[Reason, ...] = get_args(Reason)
    """What may start a run."""


class Settings(_Model):
    """All that the config says about who asks."""

    people: dict[str, Entry] = Field(default_factory=dict)
    """Who is behind a login: `github:LOGIN`, `gitlab:LOGIN` or `azure-devops:UNIQUE_NAME`, in any case of letters."""
    github: GitHub = Field(default_factory=GitHub)
    """GitHub Actions."""
    gitlab: GitLab = Field(default_factory=GitLab)
    """GitLab CI/CD."""
    azure_devops: AzureDevOps = Field(default_factory=AzureDevOps)
    """Azure Pipelines."""

    @model_validator(mode="after")
    def _logins(self) -> Settings:
        seen: dict[str, str] = {}
        for login in self.people:
            system, _, name = login.partition(":")
            if system.lower() not in SYSTEMS or not name.strip():
                raise ValueError(f"people[{login!r}]: expected github:LOGIN, gitlab:LOGIN or azure-devops:UNIQUE_NAME")
            if (other := seen.setdefault(login.lower(), login)) != login:
                raise ValueError(f"people[{login!r}] and people[{other!r}] are one login: keep one of them")
        self._check_addresses()
        return self

    def _check_addresses(self) -> None:
        """Raise ValueError where a commit's address would be two persons'."""
        owners: dict[str, str] = {}
        for login, entry in self.people.items():
            system, _, name = login.lower().partition(":")
            for address in {name, *(one.lower() for one in entry.emails)}:
                if (other := owners.setdefault(f"{system}:{address}", login)) != login:
                    raise ValueError(f"people[{login!r}] and people[{other!r}] have one address, {address!r}: keep one")

    @property
    def pipelines(self) -> bool:
        """Return whether a CI system is set up: then a person asks, never the pipeline's own identity."""
        return bool(self.github.repository or self.gitlab.project or self.azure_devops.repository)

    def person(self, system: str, login: str) -> Person:
        """Return the person behind a login; UnidentifiedError where the config has none."""
        for key, entry in self.people.items():
            if key.lower() == f"{system}:{login}".lower():
                return Person(entry.object_id, entry.name or login, frozenset(entry.groups))
        raise UnidentifiedError(
            f"the login '{login}' has no entry in `people` of the pack's config: "
            f'add "{system}:{login}": {{"object_id": …}} on the base branch'
        )

    def requester(self, system: str, logins: Iterable[str]) -> Requester:
        """Return the persons behind logins, each of them once; UnidentifiedError where one has no entry."""
        found: dict[str, Person] = {}
        for login in [*logins]:  # all of them are known before one is looked for
            person = self.person(system, login)
            found.setdefault(person.object_id, person)
        return Requester(tuple(found.values()))

    def login_of(self, system: str, email: str, commit: str) -> str:
        """Return the login whose address a commit has; UnidentifiedError where the config has none."""
        for key, entry in self.people.items():
            its, _, login = key.partition(":")
            if its.lower() == system and email.lower() in (login.lower(), *(one.lower() for one in entry.emails)):
                return login
        raise UnidentifiedError(
            f"the address '{email}' in commit {commit[:10]} is nobody's in `people` of the pack's config: commit with "
            f"your own, or add it to `emails` of your entry {system}:… on the base branch"
        )

    def name_of(self, object_id: str) -> str:
        """Return what the config calls the person with an object id, or nothing."""
        return next((entry.name for entry in self.people.values() if entry.object_id == object_id), "")


def check_start(started: str, by: str, allowed: Sequence[str], setting: str) -> None:
    """Raise UnidentifiedError where what started a run isn't among what a setting allows."""
    if by not in allowed:
        raise UnidentifiedError(
            f"the {started} was started by '{by}', and only {', '.join(allowed)} are allowed: "
            f"start it by one of them, or see `{ROOT}.{setting}`"
        )


def check_branch(run: str, ref: str, main: Sequence[str], proposal: str, setting: str) -> None:
    """Raise UnidentifiedError where a run for no proposal isn't on one of the branches that a setting has."""
    if ref not in main:
        raise UnidentifiedError(
            f"the {run} is on '{ref}', and only {', '.join(main)} may be run on so: "
            f"open a {proposal}, or see `{ROOT}.{setting}`"
        )


def read(section: Mapping[str, Any]) -> Settings:
    """Return the settings in the config's `guardrails`; keys that aren't about who asks are left to others."""
    own = {key: value for key, value in section.items() if key in Settings.model_fields}
    try:
        return Settings.model_validate(own)
    except ValidationError as error:
        raise SettingsError("\n".join(_describe(one) for one in error.errors())) from None


def _describe(error: Any) -> str:
    path = "".join(_step(step) for step in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{ROOT}{path}: {text}" if path else f"{ROOT}.{text}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() else f'["{step}"]'
