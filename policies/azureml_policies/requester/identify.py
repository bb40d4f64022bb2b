"""From a process's environment and the pack's config to who asks. Whatever is wrong ends in nobody, with the reason."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from azureml_arm import clouds, stack
from azureml_arm.credentials import credential as signed_in
from azureml_arm.sandbox import TENANT
from azureml_policies.requester.azure_devops import AzurePipelines
from azureml_policies.requester.explicit import Explicit
from azureml_policies.requester.github import GitHubActions
from azureml_policies.requester.gitlab import GitLabPipeline
from azureml_policies.requester.local import CredentialFactory, SignedIn
from azureml_policies.requester.model import Requester, UnidentifiedError
from azureml_policies.requester.settings import Settings, SettingsError, read


class RequesterSource(Protocol):
    """One way to know who asks."""

    def applies(self, environ: Mapping[str, str]) -> bool:
        """Return whether it is this source's to say, be it nobody."""

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return who asks. UnidentifiedError says why nobody can be identified."""


def sources(local: SignedIn, sandbox: Callable[[], bool] | None = None) -> tuple[RequesterSource, ...]:
    """Return all sources, the signed-in identity last. The first that applies has the say: a pipeline's own identity
    never stands in for a person."""
    explicit = Explicit(sandbox or (lambda: _in_sandbox(local)))
    return explicit, GitHubActions(), GitLabPipeline(), AzurePipelines(), local


def _in_sandbox(local: SignedIn) -> bool:
    try:
        return local.tenant == TENANT
    except UnidentifiedError:
        return False


def identify(
    environ: Mapping[str, str],
    config: Mapping[str, Any],
    *,
    credential: CredentialFactory | None = None,
    sandbox: Callable[[], bool] | None = None,
) -> Requester:
    """Return who asks, by the `guardrails` section of the pack's config. Never raises.

    `credential` makes the credential whose token names the local identity: azureml_arm's own where it isn't given.
    `sandbox` says whether the run's Azure is
    the sandbox; where it isn't given, the local identity's tenant does.
    """
    settings = stack.settings(environ)
    try:
        cloud = clouds.choose(settings, environ)
    except clouds.CloudError as error:
        return Requester(problem=str(error))
    local = SignedIn(credential or (lambda: signed_in(cloud, settings, environ)), cloud.scope)
    source = next(one for one in sources(local, sandbox) if one.applies(environ))
    try:
        return source.requester(environ, read(config))
    except UnidentifiedError as error:
        return Requester(problem=str(error))
    except SettingsError as error:
        return Requester(problem=f"the pack's config is malformed, fix it first:\n{error}")
    except Exception as error:  # A fault here must deny, not leave the run without an answer.
        return Requester(problem=f"a fault in the pack, to be reported ({type(error).__name__}: {error})")
