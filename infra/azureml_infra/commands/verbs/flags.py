"""az's flags that are more than a field's name, in one table: what each writes or reads, or why it does nothing here.

Each field of a kind is a flag of ``create`` by its name, without a line here. Source of the names:
https://learn.microsoft.com/cli/azure/ml (MicrosoftDocs/azure-docs-cli, docs-ref-autogen/Latest-version/latest/ml,
2026-08-21, of extension ml 2.15.0 or later).
"""

from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WORKSPACE = {
    "application_insights": "-a",
    "container_registry": "-c",
    "image_build_compute": "-i",
    "managed_network": "-m",
    "primary_user_assigned_identity": "-p",
}
_ANY = {"name": "-n", "endpoint_name": "-e", "version": "-v", "type": "-t", "location": "-l"}
_SHORT: Mapping[str, Mapping[str, str]] = {
    "capability-host": {
        "ai_services_connections": "-a",
        "storage_connections": "-s",
        "vector_store_connections": "-v",
    },
    "compute": {"idle_time_before_scale_down": "-d", "ssh_public_access_enabled": "-p"},
    "data": {"description": "-d", "path": "-p"},
    "environment": {"conda_file": "-c", "image": "-i"},
    "feature-set": {"description": "-d", "materialization_settings": "-m", "specification": "-s"},
    "feature-store": {**_WORKSPACE, "materialization_identity": "-t"},
    "feature-store-entity": {"description": "-d"},
    "model": {"path": "-p", "stage": "-s"},
    "online-endpoint": {"traffic": "-r"},
    "workspace": {
        **_WORKSPACE,
        "allow_roleassignment_on_rg": "-r",
        "enable_data_isolation": "-e",
        "key_vault": "-k",
        "storage_account": "-s",
        "system_datastores_auth_mode": "-d",
    },
}


def short_forms(noun: str) -> dict[str, str]:
    """Return the short flags of a noun's fields, by field."""
    return {**_ANY, **_SHORT.get(noun, {})}


@dataclass(frozen=True)
class Flag:
    """One flag of some verbs of some nouns: it writes a field or chooses what is listed, or has no effect here, or is
    refused.
    """

    names: str
    """Long and short."""
    why: str
    """Why it has no effect, or is refused, and what to do; of others what it is."""
    nouns: str = ""
    """Of which nouns; of all if left out."""
    verbs: str = "create"
    """Of which of their verbs; of all if empty."""
    takes: str = ""
    """What follows one without effect, if anything."""
    path: str = ""
    """The field that it writes, or the field of a field."""
    only: str = ""
    """The word whose value chooses what is listed."""
    view: str = ""
    """The view of a list that it asks Azure for."""
    is_refused: bool = False

    @property
    def has_effect(self) -> bool:
        """Return whether it does what az's does."""
        return bool(self.path or self.only or self.view)

    def is_of(self, noun: str, verb: str) -> bool:
        """Return whether a verb of a noun has it."""
        return (not self.nouns or noun in self.nouns.split()) and (not self.verbs or verb in self.verbs.split())


_ASSETS = "data model environment component"
_ARCHIVED = f"{_ASSETS} job feature-set feature-store-entity"
_DEPLOYMENT = "online-deployment"
_DOCKER = "a container on one's own machine is no part of a platform; `az ml` makes it"
_NOTHING_YET = "nothing is made before `pulumi up`: there is nothing to wait for, or to open"

_INSIDE = (
    ("--admin-password", "ssh_settings.admin_password", "a `${{secrets.NAME}}`, whose value the stack has"),
    ("--admin-username", "ssh_settings.admin_username", "who may log in"),
    ("--ssh-key-value", "ssh_settings.ssh_key_value", "the public key of who may log in"),
    ("--ssh-port", "ssh_settings.ssh_port", "the port of SSH"),
    ("--ssh-private-key-file", "ssh_settings.ssh_private_key_file", "the file of the private key"),
    ("--identity-type", "identity.type", "SystemAssigned or UserAssigned"),
    ("--user-assigned-identities -i", "identity", "ARM ids with commas between them, or [system]"),
    ("--subnet", "network_settings.subnet", "the subnet of its nodes"),
    ("--vnet-name", "network_settings.vnet_name", "the network of its nodes"),
    ("--user-object-id", "create_on_behalf_of.user_object_id", "the user that it is for"),
    ("--user-tenant-id", "create_on_behalf_of.user_tenant_id", "that user's tenant"),
)
FLAGS = (
    *(Flag(names, why, "compute", "create attach update", path=path) for names, path, why in _INSIDE),
    Flag("--registry-name", "makes it in this registry", _ASSETS, path="registry"),
    Flag("--build-context -b", "the folder with the Dockerfile", "environment", path="build.path"),
    Flag("--dockerfile-path -d", "the Dockerfile in that folder", "environment", path="build.dockerfile_path"),
    Flag("--type", "amlcompute, computeinstance, …", "compute", "list", only="type"),
    Flag("--type -t", "azure_open_ai, git, …", "connection", "list", only="type"),
    Flag("--stage -s", "with --name, the versions of this stage", "model", "list", only="stage"),
    Flag("--filtered-kinds", "default, hub and project, with commas between them", "workspace", "list", only="kind"),
    Flag("--include-disabled", "also what is disabled", "schedule", "list", view="All"),
    Flag("--disabled-only", "only what is disabled", "schedule", "list", view="DisabledOnly"),
    Flag("--include-archived", "also what is archived", _ARCHIVED, "list", view="All"),
    Flag("--archived-only", "only what is archived", _ARCHIVED, "list", view="ArchivedOnly"),
    Flag("--no-wait", _NOTHING_YET, verbs="create attach update"),
    Flag("--web -e", _NOTHING_YET, "online-endpoint", "create update"),
    Flag("--web", _NOTHING_YET, _DEPLOYMENT, "create update"),
    Flag("--label -l", "an asset of a description has a version", _ASSETS, "update", takes="LABEL"),
    Flag("--skip-validation", "files are checked, MLTables aren't", "data component job", "create import"),
    Flag("--skip-script-validation", "no script is run here", "online-deployment batch-deployment", "create update"),
    Flag(
        "--update-dependent-resources -u",
        "a preview shows what depends on it",
        "workspace feature-store",
        "create update",
    ),
    Flag("--populate-secrets -p", "nothing is asked of Azure before `pulumi up`", "connection", "create update"),
    Flag("--display-name", "Azure has no place for it", "registry", "create update", "VALUE"),
    Flag("--all-results", "all are listed", "job", "list", takes="true"),
    *(Flag(f"--{word}", "messages are few", verbs="") for word in ("debug", "only-show-errors", "verbose")),
    Flag("--local", _DOCKER, f"online-endpoint {_DEPLOYMENT}", "create update list show", is_refused=True),
    *(
        Flag(f"--{word}", _DOCKER, _DEPLOYMENT, "create update", is_refused=True)
        for word in ("local-enable-gpu", "vscode-debug")
    ),
    Flag(
        "--package-model",
        "Azure has no resource for a package: a deployment names a model and an environment",
        _DEPLOYMENT,
        is_refused=True,
    ),
    Flag(
        "--populate-secrets -p",
        "secrets are neither asked for nor shown; `az ml` shows them",
        "connection",
        "list show",
        is_refused=True,
    ),
    Flag(
        "--not-grant-permissions",
        "whoever materializes gets the roles for it; `materialization_identity` says who",
        "feature-store",
        "create update",
        is_refused=True,
    ),
)


class _Refuse(Action):
    """Ends with why a flag isn't taken."""

    def __call__(self, parser: ArgumentParser, _: Namespace, __: Any, flag: str | None = None) -> None:
        """End with the message that is the flag's help."""
        parser.error(f"{flag}: {self.const}")


def add_flags(parser: ArgumentParser, noun: str, verb: str) -> None:
    """Add the flags of the table."""
    for flag in flags_of(noun, verb):
        _add(parser, flag)


def flags_of(noun: str, verb: str) -> Iterator[Flag]:
    """Yield the flags of the table that a verb of a noun has."""
    return (flag for flag in FLAGS if flag.is_of(noun, verb))


def _add(parser: ArgumentParser, flag: Flag) -> None:
    names = flag.names.split()
    if flag.is_refused:
        parser.add_argument(*names, nargs=0, action=_Refuse, const=flag.why, help=SUPPRESS)
    elif flag.view:
        parser.add_argument(*names, dest="view", action="store_const", const=flag.view, help=flag.why)
    elif flag.has_effect:
        dest = f"field:{flag.path}" if flag.path else f"only:{flag.only}"
        about = f"{flag.why}: `{flag.path}`" if flag.path else flag.why
        parser.add_argument(*names, dest=dest, metavar="VALUE", help=about)
    else:
        takes: dict[str, Any] = {"nargs": "?", "metavar": flag.takes} if flag.takes else {"action": "store_true"}
        parser.add_argument(*names, dest="none", help=f"no effect: {flag.why}", **takes)


def given_flags(arguments: Namespace, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the flags whose destinations begin like that and that were given, without the prefix."""
    for key, value in vars(arguments).items():
        if key.startswith(prefix) and value is not None:
            yield key.removeprefix(prefix), value
