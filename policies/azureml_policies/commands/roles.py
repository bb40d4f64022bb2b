"""``roles``: whether the built-in roles in our table are still what Azure says they are."""

import os
from argparse import ArgumentParser, Namespace

from azureml_arm.rbac.builtin import differences
from azureml_policies import session
from azureml_policies.commands.common import console, subscription
from azureml_policies.rbac.azure import AzureRoles


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--subscription", metavar="ID", help="where they are read (default: ARM_SUBSCRIPTION_ID)")


def run(options: Namespace) -> int:
    """Print the differences; 1 where there are any."""
    found = differences(AzureRoles(reader=session.arm_reader(os.environ)).definition_bodies(subscription(options)))
    terminal = console()
    for line in found:
        terminal.print(line)
    terminal.print(
        f"{len(found)} differences: fix azureml_arm/roles.py" if found else "The built-in roles are as known here."
    )
    return 1 if found else 0
