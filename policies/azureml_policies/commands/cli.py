"""``azureml-policies init|who|explain|check|roles|rules``: the rules and the rights behind them, outside a preview."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from azureml_policies.baseline.model import BaselineUnavailableError
from azureml_policies.commands import check, explain, init, roles, rules, who
from azureml_policies.commands.common import UsageError
from azureml_policies.rbac.source import RolesUnavailableError
from azureml_policies.settings import ConfigError

OK, DENIED, UNUSABLE = 0, 1, 2
"""Exit codes: nothing is denied; something is; what was given can't be used, which allows nothing either."""

Command = Callable[[argparse.Namespace], int]
COMMANDS: Mapping[str, Command] = {
    "init": init.run,
    "who": who.run,
    "explain": explain.run,
    "check": check.run,
    "roles": roles.run,
    "rules": rules.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: its exit code."""
    options = _parser().parse_args(arguments)
    logging.getLogger("azure").setLevel(logging.CRITICAL)  # what is to be told of it is in our own errors
    try:
        return COMMANDS[options.command](options)
    except (ConfigError, UsageError, RolesUnavailableError, BaselineUnavailableError) as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azureml-policies", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    started = commands.add_parser("init", help="write a pack's folder of your own, for --policy-pack")
    started.add_argument("folder", type=Path, metavar="DIR", help="where to write it")
    _who(commands.add_parser("who", help="who has which rights to compute, and through what"))
    _explain(commands.add_parser("explain", help="why somebody may, or may not, change a resource"))
    _check(commands.add_parser("check", help="the rules over the output of `pulumi preview --json`"))
    compared = commands.add_parser("roles", help="whether the built-in roles known here are still Azure's")
    compared.add_argument("--subscription", help="where they are read (default: ARM_SUBSCRIPTION_ID)")
    listed = commands.add_parser("rules", help="every rule: its level, its settings, what it corresponds to")
    listed.add_argument("--markdown", action="store_true", help="as the page docs/rules.md")
    listed.add_argument("--coverage", action="store_true", help="as docs/guardrails-coverage.md: theirs beside ours")
    return parser


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, help="the pack's config, as for `--policy-pack-config`")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def _who(parser: argparse.ArgumentParser) -> None:
    _shared(parser)
    parser.add_argument("--workspace", help="the ARM id of a workspace (default: everywhere in the subscription)")
    parser.add_argument("--subscription", help="default: the workspace's, or ARM_SUBSCRIPTION_ID")


def _explain(parser: argparse.ArgumentParser) -> None:
    _shared(parser)
    parser.add_argument("resource", help="an ARM id, or with --preview a resource's name in the program")
    parser.add_argument("--requester", help="a person of the config, or an object id (default: who is signed in)")
    parser.add_argument("--preview", type=Path, help="the output of `pulumi preview --json`")


def _check(parser: argparse.ArgumentParser) -> None:
    _shared(parser)
    parser.add_argument("preview", type=Path, help="the output of `pulumi preview --json`, plain or streaming")
    parser.add_argument("--stack", default="", help="the stack's name, for rules that hold for some stacks only")
