"""The installed version of the toolkit."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Return the toolkit's version; empty where it isn't installed."""
    try:
        return version("azureml-infra")
    except PackageNotFoundError:
        return ""


def add_version(parser: ArgumentParser) -> None:
    """Add `--version` to a command line."""
    found = installed_version() or "(not installed)"
    parser.add_argument("--version", action="version", version=f"%(prog)s {found}")
