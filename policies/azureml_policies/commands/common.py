"""What the commands share: the config, people by name, and a terminal."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from azureml_arm.roles import is_guid
from azureml_arm.sandbox import PEOPLE
from azureml_policies import session
from azureml_policies.config import PackConfig
from azureml_policies.requester import identify
from azureml_policies.requester.model import Person, Requester
from azureml_policies.rules.registry import RULES
from azureml_policies.settings import load

_WIDE = 240
"""Columns of a table that no terminal limits."""


class UsageError(ValueError):
    """What was given on the command line can't be used; the message says what to give instead."""


def add_shared_options(parser: ArgumentParser) -> None:
    """Add the options of every command that reads the pack's config."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the pack's config, as for `--policy-pack-config`")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def config_of(options: Namespace) -> PackConfig:
    """Return the config that is named, or the defaults."""
    return load(options.config, RULES) if options.config else PackConfig()


def console() -> Console:
    """Return standard output as a terminal that doesn't wrap lines."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)


def emit(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(f"{text}\n")


def subscription(options: Namespace) -> str:
    """Return the subscription that is named, or the environment's."""
    found = options.subscription or session.subscription(os.environ)
    if not found:
        raise UsageError("which subscription? give --subscription ID, or set ARM_SUBSCRIPTION_ID")
    return str(found)


def asking(options: Namespace, config: PackConfig) -> Requester:
    """Return who asks: the person named on the command line, else whoever is signed in or behind the pipeline."""
    if not options.requester:
        return identify(os.environ, config.pack)
    return Requester((person(options.requester, config),))


def person(text: str, config: PackConfig) -> Person:
    """Return a person by a name or login of the config, a name of the sandbox's people, or an object id."""
    for login, entry in config.pack["people"].items():
        if text.lower() in (login.lower(), login.partition(":")[2].lower(), str(entry.get("name", "")).lower()):
            return Person(str(entry["object_id"]).lower(), _name(login, entry), frozenset(entry.get("groups") or ()))
    if text in PEOPLE:
        return Person(PEOPLE[text].object_id, text)
    if is_guid(text):
        return Person(text.lower(), text.lower())
    known = ", ".join([*(login.partition(":")[2] for login in config.pack["people"]), *PEOPLE])
    raise UsageError(f"{text!r} is neither an object id nor a person that is known here ({known})")


def names(config: PackConfig) -> dict[str, str]:
    """Return what the people known here are called, by object id."""
    sandbox = {entry.object_id: entry.name for entry in PEOPLE.values()}
    mapped = {str(entry["object_id"]).lower(): _name(login, entry) for login, entry in config.pack["people"].items()}
    return sandbox | mapped


def _name(login: str, entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or login.partition(":")[2])
