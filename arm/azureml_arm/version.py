"""Which version of the toolkit this is, for `--version`."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib.metadata import PackageNotFoundError, version


def add_version(parser: ArgumentParser) -> None:
    """Add `--version` to a command line."""
    try:
        found = version("azureml-infra")
    except PackageNotFoundError:
        found = "(not installed)"
    parser.add_argument("--version", action="version", version=f"%(prog)s {found}")
