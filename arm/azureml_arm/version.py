"""The installed version of the toolkit."""

import sys
from argparse import Action, ArgumentParser
from typing import Any


def installed_version() -> str:
    """Return the toolkit's version; empty where it isn't installed."""
    from importlib.metadata import PackageNotFoundError, version  # half of the start of a short command

    try:
        return version("azureml-infra")
    except PackageNotFoundError:
        return ""


class _ShowVersion(Action):
    """What `--version` does."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> None:
        sys.stdout.write(f"{parser.prog} {installed_version() or '(not installed)'}\n")
        parser.exit()


def add_version(parser: ArgumentParser) -> None:
    """Add `--version` to a command line."""
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show program's version number and exit")
