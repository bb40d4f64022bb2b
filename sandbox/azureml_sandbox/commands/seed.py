"""``azureml-sandbox seed FILE``: what a program expects to be there already, put into the sandbox.

A file is a list of resources, each the body that ARM takes with its `id`, in an order in which they can be made. A
stack whose setting `azureml-sandbox:existing` names such a file has it before each `up` and `preview`.
"""

import contextlib
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from azureml_arm.documents import read_yaml
from azureml_sandbox.azure import Azure
from azureml_sandbox.commands.common import OK, add_state, refuse
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.record import ServerError, shared_state

SETTING = "azureml-sandbox:existing"
"""A stack's setting: the file, seen from Pulumi.yaml."""


class SeedError(Exception):
    """A file can't be put into the sandbox; the text is the whole message."""


def add_arguments(parser: ArgumentParser, _command: str) -> None:
    """Add the command's options."""
    parser.epilog = "A resource that is there already stays as it is. Each has an `id` and what ARM takes in a PUT."
    parser.add_argument("file", type=Path, metavar="FILE", help="a YAML list of resources: {id: …, location: …, …}")
    add_state(parser)


def run(arguments: Namespace) -> int:
    """Put a file's resources into the sandbox and print how many are new."""
    try:
        made = seed_database(arguments.database or shared_state(arguments.cwd), arguments.file)
    except (SeedError, ServerError) as error:
        return refuse(error)
    print(summary(made, arguments.file))
    return OK


def seed_database(database: Path, file: Path) -> int:
    """Put a file's resources into the cloud of a database and return how many are new; SeedError."""
    bodies = read(file)
    with contextlib.closing(Azure(SqliteStore(database))) as azure:
        return seed(azure, bodies, file)


def seed(azure: Azure, bodies: Sequence[Mapping[str, Any]], file: Path) -> int:
    """Make those of some resources that aren't there, all or none, and return how many that are; SeedError."""
    made = 0
    with azure.changing():
        for body in bodies:
            try:
                if not azure.exists(body["id"]):
                    azure.put(body["id"], {key: value for key, value in body.items() if key != "id"})
                    made += 1
            except ArmError as error:
                raise SeedError(f"{file}: {body['id']}: {error.code}: {error.message}") from None
    return made


def read(file: Path) -> list[dict[str, Any]]:
    """Return the resources of a file; SeedError."""
    try:
        found = read_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SeedError(f"{file}: {error.strerror}; expected a YAML list of resources, each with its id") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeedError(f"{file}: not readable as YAML: {error}") from None
    if not isinstance(found, list):
        raise SeedError(f"{file}: expected a list of resources, each with its id")
    for number, body in enumerate(found, start=1):
        if not isinstance(body, dict) or not isinstance(body.get("id"), str):
            raise SeedError(f"{file}: the resource at place {number} has no id; expected id: /subscriptions/…")
    return found


def summary(made: int, file: Path) -> str:
    """Return what was done in a line."""
    return f"{made} resource{'s' * (made != 1)} of {file} put into the sandbox" if made else f"all of {file} is there"
