"""Which workspace a verb is about: az's flags, then a stack of this project, then az's defaults."""

from __future__ import annotations

import configparser
import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml_arm import clouds, credentials, ids
from azureml_arm.clouds import CloudError
from azureml_arm.names import azure_name
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import ML, Noun
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.yaml.problems import nearest, quote

if TYPE_CHECKING:
    from azureml_infra.description.stacks import StackSettings

STACK = "PULUMI_STACK"
_SUBSCRIPTIONS = ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID")


@dataclass(frozen=True)
class Target:
    """Where a verb reads: parts that nothing says are empty."""

    subscription: str
    resource_group: str = ""
    workspace: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The stack's, which say in which cloud Azure is and who signs in."""

    @property
    def id(self) -> str:
        """Return the workspace's ARM id. Raises VerbError where a part is missing."""
        for word, flag in (("resource_group", "--resource-group"), ("workspace", "--workspace-name")):
            if not getattr(self, word):
                raise VerbError(
                    f"which workspace? {flag} isn't given; name it, or a stack of this project with --stack, or set "
                    "az's default: `az configure --defaults group=NAME workspace=NAME`"
                )
        return f"{self.group_id}/providers/{ML}/{self.workspace}"

    @property
    def group_id(self) -> str:
        """Return the resource group's ARM id."""
        return ids.resource_group_id(self.subscription, self.resource_group)

    @property
    def called(self) -> str:
        """Return what it is called in messages."""
        return f"the workspace {quote(self.workspace)}"

    def api_version(self, noun: Noun) -> str:
        """Return the API version that a noun is read with."""
        return noun.api_version

    def identify(self, resource: Mapping[str, Any], collection: str) -> dict[str, Any]:
        """Return what a list has, with its id: a list of schedules has none."""
        return {"id": f"{collection}/{resource['name']}", **resource}

    def place_of(self, noun: Noun, resource_id: str) -> dict[str, Any]:
        """Return where a resource is, as az shows it: the Azure CLI itself adds `resourceGroup`
        (https://github.com/Azure/azure-cli, azure/cli/core/commands/transform.py).
        """
        group = ids.parse(resource_id).resource_group
        above = {"resource_group": group} if noun.is_top else {}
        return {**above, "resourceGroup": group, "id": f"{'azureml:' if noun.has_reference else ''}{resource_id}"}

    def arm(self) -> ArmClient:
        """Return a client of Azure Resource Manager, as whoever is signed in."""
        return ArmClient(self.cloud, self.credential())

    @property
    def cloud(self) -> clouds.AzureCloud:
        """Return the cloud that it is in. Raises VerbError."""
        try:
            return clouds.choose(self.settings)
        except CloudError as error:
            raise VerbError(str(error)) from None

    def credential(self) -> Any:
        """Return the credential of whoever is signed in."""
        return credentials.credential(self.cloud, self.settings)


def add_target(parser: ArgumentParser) -> None:
    """Add the options that say which workspace it is."""
    option = parser.add_argument_group(
        "which workspace", "By default that of the stack, then az's own defaults."
    ).add_argument
    option("--subscription", metavar="NAME_OR_ID", help="the subscription; by its name, one that az is signed in to")
    option("--resource-group", "-g", metavar="NAME", help="the resource group")
    option("--workspace-name", "-w", metavar="NAME", help="the workspace")
    option("--stack", metavar="NAME", help=f"a stack of the project in the current folder (default: ${STACK})")


def find_target(arguments: Namespace) -> Target:
    """Return where a verb reads. Raises VerbError, and DescriptionError for a stack or description with mistakes."""
    stack = find_stack(arguments)
    settings = stack.settings if stack else {}
    subscription = (
        _subscription_id(arguments.subscription or "")
        or settings.get("azure-native:subscriptionId")
        or next((os.environ[one] for one in _SUBSCRIPTIONS if os.environ.get(one)), "")
        or next((str(one["id"]) for one in _subscriptions() if one.get("isDefault")), "")  # `az account set` chose it
    )
    if not subscription:
        raise VerbError("which subscription? give --subscription, set ARM_SUBSCRIPTION_ID, or sign in with `az login`")
    group, workspace = arguments.resource_group, arguments.workspace_name
    if stack is not None and not (group and workspace):
        of_group, of_workspace = _names(stack, str(subscription))
        workspace = workspace or (of_workspace if group in (None, of_group) else "")
        group = group or of_group
    given = {"group": group, "workspace": workspace}
    found = {word: value or _az_default(word) for word, value in given.items()}
    return Target(str(subscription), found["group"], found["workspace"], settings)


def find_folder(arguments: Namespace) -> Path:
    """Return the description's folder: the option's, the stack's, this one. Raises VerbError where it has none."""
    from azureml_infra.description.load import PLATFORM

    stack = find_stack(arguments) if arguments.into is None else None
    folder: Path = arguments.into or (stack.folder if stack else Path())
    folder = folder.parent if folder.name == PLATFORM else folder
    if not (folder / PLATFORM).is_file():
        raise VerbError(
            f"{folder if str(folder) != '.' else 'this folder'} has no {PLATFORM}; name its folder with --into, or its "
            "stack with --stack, or begin one: "
            "`azureml-infra workspace create --name NAME --location REGION --into DIR`"
        )
    return folder


def find_stack(arguments: Namespace) -> StackSettings | None:
    """Return the stack that is named; None where none is, or the environment names one that has no file here."""
    from azureml_infra.description.stacks import read_stack

    name = arguments.stack or os.environ.get(STACK, "")
    if not name or not (arguments.stack or Path(f"Pulumi.{name}.yaml").is_file()):
        return None
    return read_stack(name, Path())


def _names(stack: StackSettings, subscription: str) -> tuple[str, str]:
    """Return the names of the resource group and workspace that a stack's description makes."""
    from azureml_infra.description.load import PLATFORM, load_platform
    from azureml_infra.description.overrides import SETTING, of_setting

    if not (stack.folder / PLATFORM).is_file():
        return "", ""
    platform = load_platform(stack.folder, of_setting(stack.settings.get(SETTING), stack.file), stack.name)
    given = platform.resource_group.name if platform.resource_group else ""
    group = given or azure_name("resource_group", platform.name, stack.name, "")
    own = platform.workspace.name if platform.workspace else ""
    return group, own or azure_name("workspace", platform.name, stack.name, f"{subscription}/{group}")


def _az_folder() -> Path:
    return Path(os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure")


def _az_default(word: str) -> str:
    """Return what ``az configure --defaults`` has: the environment's word, then the file's."""
    given = os.environ.get(f"AZURE_DEFAULTS_{word.upper()}")
    if given:
        return given
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(_az_folder() / "config", encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return ""
    return parser.get("defaults", word, fallback="")


def _subscription_id(given: str) -> str:
    """Return the id of a subscription that is given by its id or its name. Raises VerbError for a name that az doesn't
    know."""
    from azureml_arm.roles import is_guid

    if not given or is_guid(given):
        return given
    known = {str(one.get("name")): str(one["id"]) for one in _subscriptions()}
    found = {name.lower(): id_ for name, id_ in known.items()}.get(given.lower())
    if found is None:
        near = nearest(given, known)
        hint = f"; did you mean {near}?" if near else ""
        raise VerbError(f"--subscription {quote(given)} is no id, and `az account list` has none of this name{hint}")
    return found


def _subscriptions() -> list[dict[str, Any]]:
    """Return the subscriptions that az is signed in to."""
    try:
        profile = json.loads((_az_folder() / "azureProfile.json").read_text("utf-8-sig"))
        return [one for one in profile["subscriptions"] if one["id"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
