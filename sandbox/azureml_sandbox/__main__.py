"""``azureml-sandbox COMMAND``: a project's program on this machine's Azure, and that Azure over https.

Only the command's own modules are imported: a server needs no Pulumi, and a run of a program no server.
"""

import argparse
import importlib
import importlib.metadata
import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from azureml_arm.ending import skip_last_collections
from azureml_sandbox.commands.common import FAILED, refuse
from azureml_sandbox.model.statefile import REMEDY, StateFileError

COMMANDS = {
    "up": ("stacks", "make the cloud what a project's program asks for"),
    "preview": ("stacks", "show what `up` would change"),
    "refresh": ("stacks", "take what changed in the cloud into a stack's state"),
    "destroy": ("stacks", "delete everything that a stack has made"),
    "run": ("run", "run any command with this machine's Azure as its own"),
    "serve": ("server", "serve that Azure over https, in the foreground, until Ctrl-C"),
    "start": ("server", "serve it in the background; returns once it answers"),
    "status": ("server", "say whether a server runs, and where: 0 where one does, 3 where none does"),
    "stop": ("server", "end the server in the background"),
    "reset": ("server", "forget the cloud and the stacks in it; snapshots and certificates stay"),
    "seed": ("seed", "put resources that a program expects to exist into the sandbox"),
    "snapshot": ("server", "keep the state under a name, go back to one, list or delete them"),
    "faults": ("faults", "decide what goes wrong between callers and the sandbox"),
    "clock": ("clock", "show the sandbox's time, or move it on: jobs, idle instances and schedules follow"),
    "directory": ("directory", "say who can be given roles: anybody, or who is in the directory"),
    "engine": ("engine", "install Pulumi's CLI beside this environment: `up` then runs on Pulumi's own engine"),
}
"""Name -> the module of `azureml_sandbox.commands` with `add_arguments(parser, name)` and `run(arguments)`, and what it
does."""


def main(given: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 1 where the input is refused, 2 where the run failed."""
    skip_last_collections()
    arguments = list(sys.argv[1:] if given is None else given)
    arguments, words = _split(arguments)
    parsed = _parser(arguments[:1]).parse_args(arguments)
    parsed.words = words
    try:
        return int(_module(parsed.command).run(parsed))
    except StateFileError as error:
        return refuse(error, FAILED)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_CORRUPT:
            raise
        return refuse(f"the sandbox's state is damaged ({error}); {REMEDY}", FAILED)
    except KeyboardInterrupt:
        print("Interrupted. What was done is kept: run it again to go on.", file=sys.stderr)
        return FAILED


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the sandbox's own arguments, and the command that `run` is given after the first two dashes."""
    at = arguments.index("--") if arguments[:1] == ["run"] and "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def _parser(wanted: Sequence[str]) -> argparse.ArgumentParser:
    """Return the tree of commands; only the wanted one has its options, as each comes with its module."""
    parser = argparse.ArgumentParser(prog="azureml-sandbox", description="Azure on this machine.")
    version = importlib.metadata.version("azureml-infra")
    parser.add_argument("--version", action="version", version=f"azureml-sandbox {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, text) in COMMANDS.items():
        added = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        if name in wanted:
            _module(name).add_arguments(added, name)
    return parser


def _module(command: str) -> Any:
    return importlib.import_module(f"azureml_sandbox.commands.{COMMANDS[command][0]}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # as with `| head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
