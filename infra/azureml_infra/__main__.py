"""The command line `azureml-infra`; descriptions, VM sizes, and what is generated from the models."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from azureml_arm.version import add_version

_DESCRIPTION = "Start a repository, check descriptions, list VM sizes, and print what is generated from the models."
COMMANDS = {
    "init": ("azureml_infra.commands.init", "write a repository of your own, which depends on these packages"),
    "validate": ("azureml_infra.commands.validate", "check descriptions and az ml files"),
    "smoke": ("azureml_infra.commands.smoke", "try a small platform in a resource group of Azure, and delete it"),
    "sizes": ("azureml_infra.commands.sizes", "list the VM sizes that Azure ML offers"),
}
"""Name -> the module with its `add_arguments(parser)` and `run(arguments) -> int`, and what it does."""

TEXTS = {
    "schema": ("azureml_infra.commands.reference", "print the JSON Schema of platform.yml, for editors"),
    "reference": ("azureml_infra.commands.reference", "print the page of every kind and field"),
}
"""Name -> the module whose function of that name returns the text, and what it is."""


def main(given: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Only the command's own module is imported."""
    arguments = list(sys.argv[1:] if given is None else given)
    parser = argparse.ArgumentParser(prog="azureml-infra", description=_DESCRIPTION)
    add_version(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, text) in {**COMMANDS, **TEXTS}.items():
        added = commands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
        if name in COMMANDS and name in arguments[:1]:
            importlib.import_module(module).add_arguments(added)
    parsed = parser.parse_args(arguments)
    if parsed.command in TEXTS:
        print(getattr(importlib.import_module(TEXTS[parsed.command][0]), parsed.command)(), end="")
        return 0
    return int(importlib.import_module(COMMANDS[parsed.command][0]).run(parsed))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
