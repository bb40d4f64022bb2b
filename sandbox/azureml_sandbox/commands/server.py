"""The commands of the https server: serve, start, status, stop, reset, snapshot."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from azureml_sandbox.faults import FaultRuleError, parse
from azureml_sandbox.server import background, snapshots
from azureml_sandbox.server.files import Home
from azureml_sandbox.server.record import Record, ServerError, home_of, running

OK, FAILED, NOT_RUNNING = 0, 2, 3
_LARGEST_PORT = 65535


def main(command: str, arguments: Sequence[str]) -> int:
    """Run one of COMMANDS."""
    run, add_arguments = COMMANDS[command]
    parser = argparse.ArgumentParser(prog=f"azureml-sandbox {command}", description=run.__doc__)
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    add_arguments(parser)
    try:
        return run(parser.parse_args(arguments), parser)
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _serve(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Serve the sandbox's Azure over https, in the foreground, until Ctrl-C."""
    from azureml_sandbox.server.serving import serve

    try:
        faults = [parse(text) for text in options.fault]
    except FaultRuleError as error:
        parser.error(f"--fault: {error}")
    serve(home_of(options.cwd), options.port, memory=options.memory, seconds=options.seconds, faults=faults)
    return OK


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=0, help="default: the last server's, or any that is free")
    parser.add_argument("--memory", action="store_true", help="forget everything at the end")
    parser.add_argument(
        "--seconds", type=_seconds, default=0.0, metavar="N", help="how long operations take (default: done when asked)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="RULE",
        help="what goes wrong, instead of earlier rules; `azureml-sandbox faults --help` says how rules are written",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: expected 1 to {_LARGEST_PORT}, or 0 for any")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds: expected 0 or more")
    return found


def _start(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    """Serve in the background; returns when it answers."""
    given = ["--port", str(options.port), "--seconds", str(options.seconds)]
    given += [word for text in options.fault for word in ("--fault", text)] + ["--memory"] * options.memory
    home = home_of(options.cwd)
    _tell(home, background.start(home, given))
    return OK


def _status(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    """Whether a server runs, and where: 0 where one does, 3 where none does."""
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


def _stop(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    """End the server in the background."""
    print(f"stopped process {background.stop(home_of(options.cwd)).pid}")
    return OK


def _reset(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    """Forget the cloud and the stacks in it; snapshots and certificates stay."""
    snapshots.reset(home_of(options.cwd))
    print("the sandbox is empty")
    return OK


def _snapshot(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    """Keep the state under a name, go back to one, list or delete them."""
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


def _snapshotting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("save", "load", "list", "delete"))
    parser.add_argument("name", nargs="?", help="letters, digits, dots and dashes")


def _nothing(_parser: argparse.ArgumentParser) -> None:
    """No options but the project's folder."""


Command = Callable[[argparse.Namespace, argparse.ArgumentParser], int]

COMMANDS: Mapping[str, tuple[Command, Callable[[argparse.ArgumentParser], None]]] = {
    "serve": (_serve, _serving),
    "start": (_start, _serving),
    "status": (_status, _nothing),
    "stop": (_stop, _nothing),
    "reset": (_reset, _nothing),
    "snapshot": (_snapshot, _snapshotting),
}
"""Name -> what it does, and what adds its options."""
