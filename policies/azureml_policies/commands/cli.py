"""The command line `azureml-policies`: the rules, and the rights behind them, outside a preview."""

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from azureml_arm.ending import skip_last_collections
from azureml_arm.version import add_version
from azureml_policies.azure import AzureUnavailableError
from azureml_policies.baseline.model import BaselineUnavailableError
from azureml_policies.commands import check, explain, fix, init, roles, rules, who
from azureml_policies.commands.common import UsageError
from azureml_policies.config import ConfigError
from azureml_policies.rbac.source import RolesUnavailableError

OK, UNUSABLE = 0, 2
"""Exit codes: nothing is denied; something is; what was given can't be used, which allows nothing either."""

_DESCRIPTION = "Ask the policy pack outside a preview: its rules, and the rights behind them."


class CliCommand(NamedTuple):
    """One command: what it does in a line, its options, and the function that returns its exit code."""

    text: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS: Mapping[str, CliCommand] = {
    "init": CliCommand("write a pack's folder of your own, for --policy-pack", init.add_options, init.run),
    "who": CliCommand("list who has which rights to compute, and through what", who.add_options, who.run),
    "explain": CliCommand("explain why a person may, or may not, change a resource", explain.add_options, explain.run),
    "check": CliCommand("check the output of `pulumi preview --json` against the rules", check.add_options, check.run),
    "fix": CliCommand("write the lines of a description that satisfy rules", fix.add_options, fix.run),
    "roles": CliCommand("compare the built-in roles known here with Azure's", roles.add_options, roles.run),
    "rules": CliCommand("list every rule with its level", rules.add_options, rules.run),
}
"""Every command, one line each."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    skip_last_collections()
    options = _parser().parse_args(arguments)
    logging.getLogger("azure").setLevel(logging.CRITICAL)  # our own errors say what matters of it
    try:
        return COMMANDS[options.command].run(options)
    except (ConfigError, UsageError, AzureUnavailableError, RolesUnavailableError, BaselineUnavailableError) as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azureml-policies", description=_DESCRIPTION)
    add_version(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        text = command.text
        command.add_options(commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}."))
    return parser
