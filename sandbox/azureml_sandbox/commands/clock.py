"""``azureml-sandbox clock [advance SPAN | to TIME]``: the time of a project's sandbox."""

import datetime
from argparse import ArgumentParser, Namespace

from azureml_sandbox.azure import Azure
from azureml_sandbox.commands.common import OK, add_state, open_cloud, refuse
from azureml_sandbox.model import durations
from azureml_sandbox.model.clock import advance, offset
from azureml_sandbox.server.record import ServerError


def add_arguments(parser: ArgumentParser, _command: str) -> None:
    """Add the command's arguments."""
    add_state(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("advance", help="move it on by a span").add_argument("value", metavar="SPAN", help="2h, 1d12h")
    actions.add_parser("to", help="move it on to a time").add_argument("value", metavar="TIME", help="2026-12-24T18:00")


def run(arguments: Namespace) -> int:
    """Move the time on where that is asked for, let happen what it alone decides, and print it."""
    try:
        with open_cloud(arguments) as azure:
            if arguments.action is not None:
                advance(azure, _span(arguments, azure))
                azure.settle(by_clock=True)
            print(_time_of(azure))
    except (ServerError, ValueError) as error:
        return refuse(error)
    return OK


def _span(arguments: Namespace, azure: Azure) -> float:
    if arguments.action == "advance":
        found = durations.seconds(arguments.value)
        if found is None:
            raise ValueError(f"'{arguments.value}' is no span of time: expected 90s, 5m, 2h, 1d12h, or PT2H")
        return found
    try:
        moment = datetime.datetime.fromisoformat(arguments.value)
    except ValueError:
        raise ValueError(
            f"'{arguments.value}' is no time: expected 2026-12-24T18:00, in UTC if it doesn't say"
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    left = aware.timestamp() - azure.clock()
    if left < 0:
        raise ValueError(f"{arguments.value} is past: time goes forward only; the sandbox's time is {_time_of(azure)}")
    return left


def _time_of(azure: Azure) -> str:
    now = datetime.datetime.fromtimestamp(azure.clock(), datetime.UTC)
    ahead = offset(azure)
    relation = f"{durations.words(ahead)} ahead of this machine" if ahead else "this machine's time"
    return f"{now:%Y-%m-%d %H:%M:%S} UTC ({relation})"
