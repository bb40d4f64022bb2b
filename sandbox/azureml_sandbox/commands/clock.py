"""``azureml-sandbox clock [advance SPAN | to TIME]``: shows the time of this project's sandbox, or moves it on."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

from azureml_sandbox.azure import Azure
from azureml_sandbox.model import durations
from azureml_sandbox.model.clock import advance, offset
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.record import ServerError, shared_state

OK, REFUSED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    try:
        azure = Azure(SqliteStore(options.database or shared_state(options.cwd)))
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    try:
        if options.command is not None:
            advance(azure, _span(options, azure))
        print(_told(azure))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    else:
        return OK
    finally:
        azure.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="azureml-sandbox clock",
        description="The sandbox's time. Jobs go on, idle instances stop and schedules fire as it passes.",
    )
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--database", type=Path, help="the server's state, where it isn't the project's")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("advance", help="move it on by a span").add_argument("value", metavar="SPAN", help="2h, 1d12h")
    commands.add_parser("to", help="move it on to a time").add_argument(
        "value", metavar="TIME", help="2026-12-24T18:00"
    )
    return parser


def _span(options: argparse.Namespace, azure: Azure) -> float:
    if options.command == "advance":
        found = durations.seconds(options.value)
        if found is None:
            raise ValueError(f"'{options.value}' is no span of time: expected 90s, 5m, 2h, 1d12h, or PT2H")
        return found
    try:
        moment = datetime.datetime.fromisoformat(options.value)
    except ValueError:
        raise ValueError(f"'{options.value}' is no time: expected 2026-12-24T18:00, in UTC if it doesn't say") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    left = aware.timestamp() - azure.clock()
    if left < 0:
        raise ValueError(f"{options.value} is past: time goes forward only; the sandbox's time is {_told(azure)}")
    return left


def _told(azure: Azure) -> str:
    now = datetime.datetime.fromtimestamp(azure.clock(), datetime.UTC)
    ahead = offset(azure)
    told = f"{durations.words(ahead)} ahead of this machine" if ahead else "this machine's time"
    return f"{now:%Y-%m-%d %H:%M:%S} UTC ({told})"
