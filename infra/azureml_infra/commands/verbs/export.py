"""``azureml-infra export --into DIR``: a description of a workspace that is there, a file for each entity."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from azureml_arm import ids
from azureml_infra.commands.verbs.accept import tell_drift
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.exporting import Export
from azureml_infra.commands.verbs.main import report
from azureml_infra.commands.verbs.target import add_target, find_target
from azureml_infra.description.load import PLATFORM, load
from azureml_infra.entities.resources import ML
from azureml_infra.yaml.problems import DescriptionError


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = (
        "It writes what differs from the defaults, in files of az ml. Credentials, which Azure doesn't show, are "
        "${{secrets.NAME}}, and it lists their names; code and data stay where they are, as references. With --diff it "
        "prints a patch of the description's files, and returns 2 where there is anything in it."
    )
    option = parser.add_argument
    option("--workspace", metavar="ID", help="the workspace's ARM id, in place of the options below")
    option(
        "--into",
        type=Path,
        metavar="DIR",
        help="the folder to write, which must have no platform.yml; with --diff the description's (default: the "
        "stack's, or this one)",
    )
    option("--diff", action="store_true", help="print how the description's files differ from what Azure has")
    option(
        "--accept",
        nargs="*",
        metavar="WHAT",
        help="change the files so that they say what Azure has: all of it, or `workspace`, `computes/cpu`",
    )
    add_target(parser)


def run(arguments: Namespace) -> int:
    """Write the description and say what is left to do."""
    return report(lambda: _run(arguments))


def _run(arguments: Namespace) -> int:
    if arguments.workspace:
        arguments.subscription, arguments.resource_group, arguments.workspace_name = _parts(arguments.workspace)
    if arguments.diff or arguments.accept is not None:
        return tell_drift(arguments)
    if arguments.into is None:
        raise VerbError("which folder is written? name it with --into")
    if (arguments.into / PLATFORM).exists():
        raise VerbError(f"{arguments.into / PLATFORM} is there already; export into another folder, or see `--diff`")
    made = Export(find_target(arguments))
    files = made.files()
    for name, text in files.items():
        path = arguments.into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    sys.stdout.write(f"{arguments.into / PLATFORM} and {len(files) - 1} files\n")
    sys.stdout.writelines(f"{line}\n" for line in made.notes(files.values()))
    return _look_at(arguments.into)


def _look_at(folder: Path) -> int:
    """Say what the description says that this toolkit doesn't take; return 1 where there is any."""
    try:
        load(folder)
    except DescriptionError as error:
        sys.stdout.writelines(f"{line}\n" for line in error.lines())
        return 1
    return 0


def _parts(workspace: str) -> tuple[str, str, str]:
    found = ids.parse(workspace) if ids.is_id(workspace) else None
    if found is None or found.type.lower() != ML or found.subscription is None or found.resource_group is None:
        raise VerbError(f"--workspace {workspace!r} is no ARM id of a workspace")
    return found.subscription, found.resource_group, found.name
