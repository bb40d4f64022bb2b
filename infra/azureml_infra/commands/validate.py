"""``azureml-infra validate PATH…``: descriptions and az ml files, checked without Azure and without Pulumi."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, TextIO

from azureml_infra.commands.kept import result_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_OBJECTS_BETWEEN_COLLECTIONS = 500_000
"""Nearly all that is made stays to the end: models, what files hold."""
_CHECKING = "azureml_infra.commands.checking"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a folder with a platform.yml, any folder with az ml files in it, or one file",
    )
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="NAME",
        help="a stack of the project in the current folder: its settings, its secrets, and its description with its "
        "overrides; the stacks of a description that is given as PATH are looked at anyway",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="check everything anew, also where nothing has changed since last time"
    )


def run(arguments: Namespace, out: TextIO | None = None) -> int:
    """Print every problem and a summary; return 0 where all is well, else 1."""
    paths, stacks = arguments.paths or ([] if arguments.stack else ["."]), arguments.stack
    if arguments.no_cache or _CHECKING in sys.modules:  # what is loaded may have read files that nothing noted
        code, text = _check(paths, stacks)
    else:
        words = ["validate", *paths, "--stack", *stacks]
        code, text = result_of(words, lambda: _check(paths, stacks))
    (out or sys.stdout).write(text)
    return code


def _check(paths: list[str], stacks: list[str]) -> tuple[int, str]:
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from azureml_infra.commands.checking import check

    return check(paths, stacks)
