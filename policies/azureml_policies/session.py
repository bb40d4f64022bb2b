"""A run with everything that it needs to find out who asks, what they may and what is there."""

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from azureml_arm import clouds
from azureml_arm import stack as of_stack
from azureml_arm.credentials import credential
from azureml_arm.sandbox import SUBSCRIPTION
from azureml_policies import baseline, requester
from azureml_policies.azure import ArmReader, AzureUnavailableError
from azureml_policies.baseline.model import Baseline
from azureml_policies.config import PackConfig
from azureml_policies.rbac.azure import AzureRoles
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.rbac.source import RoleSource, RolesUnavailableError
from azureml_policies.requester.model import Requester
from azureml_policies.requests import Defaults
from azureml_policies.run import Run, Sources


def begin(
    config: PackConfig,
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    preview: bool = True,
    stack: str = "",
    past: Callable[[], Baseline] | None = None,
    asking: Callable[[], Requester] | None = None,
) -> Run:
    """Return a run under a config.

    `folder` is what paths in the config are seen from; `past` and `asking` stand in for the config's baseline and for
    whoever is signed in.
    """
    given = os.environ if environ is None else environ
    defaults = Defaults(subscription=subscription(given))

    @lru_cache(1)
    def reader() -> ArmReader:
        return arm_reader(given)

    def there() -> Baseline:
        setting, *ages = (config.pack[name] for name in ("baseline", "baseline_hours", "baseline_days"))
        return baseline.load(setting, folder, run.past_writes, reader, *ages)

    def who() -> Requester:
        # Besides the signed-in tenant: a stack of a real subscription has no explicit requester, whoever is signed in.
        elsewhere = defaults.subscription.lower() != SUBSCRIPTION
        return requester.identify(given, config.pack, sandbox=(lambda: False) if elsewhere else None)

    sources = Sources(requester=asking or who, roles=lambda: roles(config, reader), baseline=past or there)
    run = Run(config, sources, defaults, preview=preview, stack=stack)
    return run


def arm_reader(environ: Mapping[str, str]) -> ArmReader:
    """Return what reads the Azure that a stack is in, as whoever is signed in; AzureUnavailableError."""
    settings = of_stack.settings(environ)
    try:
        cloud = clouds.choose(settings, environ)
    except clouds.CloudError as error:
        raise AzureUnavailableError(str(error)) from error
    return ArmReader(cloud, credential(cloud, settings, environ))


def roles(config: PackConfig, reader: Callable[[], ArmReader] = lambda: arm_reader(os.environ)) -> RoleSource:
    """Return where the config has role assignments read from."""
    if config.pack["roles"] == "given":
        return GivenRoles(config.pack["assignments"], groups=config.pack["groups"], denies=config.pack["denies"])
    try:
        return AzureRoles(reader=reader())
    except AzureUnavailableError as error:
        raise RolesUnavailableError(str(error)) from error


def subscription(environ: Mapping[str, str]) -> str:
    """Return the subscription that a stack is set to, where no provider says: config first, as in Pulumi."""
    config = of_stack.settings(environ)
    named = (config.get(f"{package}:subscriptionId") for package in ("azure-native", "azure"))
    found = (*named, environ.get("ARM_SUBSCRIPTION_ID"), environ.get("AZURE_SUBSCRIPTION_ID"))
    return next((str(item) for item in found if item), "")
