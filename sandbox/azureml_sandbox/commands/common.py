"""What commands share: their exit codes, and the options that several of them have."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure

OK, REFUSED, FAILED = 0, 1, 2


def refuse(why: object, code: int = REFUSED) -> int:
    """Print why a command ends, and return its exit code."""
    print(f"error: {why}", file=sys.stderr)
    return code


def add_project(parser: ArgumentParser) -> None:
    """Add the option that names a project's folder."""
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")


def add_stack(parser: ArgumentParser) -> None:
    """Add the option that names a stack."""
    parser.add_argument("--stack", default="sandbox", help="the stack, as in Pulumi.STACK.yaml (default: sandbox)")


def add_state(parser: ArgumentParser) -> None:
    """Add the options that name a cloud's state."""
    add_project(parser)
    parser.add_argument("--database", type=Path, help="the server's state, where it isn't the project's")


@contextmanager
def open_cloud(arguments: Namespace) -> Iterator[Azure]:
    """Yield the cloud whose state `add_state`'s options name, and close it; ServerError where no one can share it."""
    from azureml_sandbox.azure import Azure
    from azureml_sandbox.model.store import SqliteStore
    from azureml_sandbox.server.record import shared_state

    with closing(Azure(SqliteStore(arguments.database or shared_state(arguments.cwd)))) as azure:
        yield azure
