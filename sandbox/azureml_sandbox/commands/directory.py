"""``azureml-sandbox directory [on [ID ...] | off]``: whether role assignments are only for who is in the directory."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from azureml_arm.roles import is_guid
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.record import ServerError, shared_state

OK, REFUSED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    strange = [one for one in getattr(options, "ids", []) if not is_guid(one)]
    if strange:
        print(f"error: '{strange[0]}' is no object id: expected a GUID", file=sys.stderr)
        return REFUSED
    try:
        azure = Azure(SqliteStore(options.database or shared_state(options.cwd)))
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    try:
        if options.command == "on":
            azure.identities.keep_directory(*options.ids)
        elif options.command == "off":
            azure.identities.drop_directory()
        print(_shown(azure))
    finally:
        azure.close()
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="azureml-sandbox directory",
        description="With a directory, a role assignment that says no principalType is refused (PrincipalNotFound) "
        "unless its principal is one of the sandbox's people, a resource's identity, a group with members, or named "
        "here. Without one, which is how the sandbox begins, any object id will do.",
    )
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--database", type=Path, help="the server's state, where it isn't the project's")
    commands = parser.add_subparsers(dest="command")
    adding = commands.add_parser("on", help="keep a directory")
    adding.add_argument("ids", nargs="*", metavar="ID", help="object ids that are in it, too")
    commands.add_parser("off", help="keep none, and forget who was named")
    return parser


def _shown(azure: Azure) -> str:
    if not azure.identities.has_directory:
        return "no directory: any object id can be given a role"
    named = azure.identities.enrolled()
    return "\n".join(("directory on", *named))
