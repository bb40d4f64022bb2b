"""The commands of the https server: serve, start, status, stop, reset, snapshot."""

import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from azureml_sandbox.commands.common import FAILED, OK, add_project, refuse
from azureml_sandbox.faults import FaultRuleError, parse
from azureml_sandbox.server import background, snapshots
from azureml_sandbox.server.files import HOME, Home, free_name
from azureml_sandbox.server.record import Record, ServerError, home_of, running

NOT_RUNNING = 3
_LARGEST_PORT = 65535


def add_arguments(parser: ArgumentParser, command: str) -> None:
    """Add a command's options."""
    add_project(parser)
    if command in ("serve", "start"):
        _add_serving(parser)
    elif command == "snapshot":
        parser.add_argument("action", choices=("save", "load", "list", "delete"))
        parser.add_argument("name", nargs="?", help="letters, digits, dots and dashes")


def run(arguments: Namespace) -> int:
    """Run one of COMMANDS."""
    try:
        return COMMANDS[arguments.command](arguments)
    except ServerError as error:
        return refuse(error, FAILED)


def _serve(options: Namespace) -> int:
    background.require_extra()
    from azureml_sandbox.server.serving import serve

    faults = [parse(text) for text in options.fault]
    serve(home_of(options.cwd), options.port, memory=options.memory, seconds=options.seconds, faults=faults)
    return OK


def _add_serving(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=0, help="default: the last server's, or any that is free")
    parser.add_argument("--memory", action="store_true", help="forget everything at the end")
    parser.add_argument(
        "--seconds", type=_seconds, default=0.0, metavar="N", help="how long operations take (default: done when asked)"
    )
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="RULE",
        help="what goes wrong, instead of earlier rules; `azureml-sandbox faults --help` says how rules are written",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LARGEST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port: expected 1 to {_LARGEST_PORT}, or 0 for any")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise ArgumentTypeError(f"{text!r} is no number of seconds: expected 0 or more")
    return found


def _fault(text: str) -> str:
    try:
        parse(text)
    except FaultRuleError as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _start(options: Namespace) -> int:
    given = ["--port", str(options.port), "--seconds", str(options.seconds)]
    given += [word for text in options.fault for word in ("--fault", text)] + ["--memory"] * options.memory
    home = home_of(options.cwd)
    _tell(home, background.start(home, given))
    return OK


def _status(options: Namespace) -> int:
    home = home_of(options.cwd)
    found = running(home)
    if found is None:
        print("no server runs for this project; `azureml-sandbox start` starts one")
        return NOT_RUNNING
    _tell(home, found)
    if not background.answers(home, found):
        raise ServerError(f"process {found.pid} holds the port and doesn't answer; {home.log} may say why")
    return OK


def _tell(home: Home, record: Record) -> None:
    kept = "in memory" if record.memory else home.database
    print(f"Azure is on {record.url} (process {record.pid}; state {kept}; certificates {home.bundle})")


def _stop(options: Namespace) -> int:
    print(f"stopped process {background.stop(home_of(options.cwd)).pid}")
    return OK


def _reset(options: Namespace) -> int:
    aside = _without_a_file_in_its_place(options.cwd) or snapshots.reset(home_of(options.cwd))
    print("the sandbox is empty" + (f"; what was there is now {aside}" if aside else ""))
    return OK


def _without_a_file_in_its_place(project: Path) -> Path | None:
    """Set a file aside that has the name of the state's folder, and return where it is now."""
    home = project / HOME
    return home.rename(free_name(home)) if home.is_file() else None


def _snapshot(options: Namespace) -> int:
    home = home_of(options.cwd)
    if options.action == "list":
        print("\n".join(snapshots.names(home)) or "no snapshots; `azureml-sandbox snapshot save NAME` makes one")
        return OK
    if options.name is None:
        raise ServerError(f"snapshot {options.action} takes a name")
    {"save": snapshots.save, "load": snapshots.load, "delete": snapshots.delete}[options.action](home, options.name)
    print(f"{_DONE[options.action]} {options.name}")
    return OK


_DONE = {"save": "saved", "load": "loaded", "delete": "deleted"}
COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "serve": _serve,
    "start": _start,
    "status": _status,
    "stop": _stop,
    "reset": _reset,
    "snapshot": _snapshot,
}
"""Name -> what it does."""
