"""``azureml-sandbox faults add|list|clear``: the fault switch of this project's sandbox."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import switch
from azureml_sandbox.faults.rule import FAULTS, FaultRuleError, parse
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.server.record import ServerError, shared_state

OK, REFUSED = 0, 1


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (FaultRuleError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    known = "\n".join(f"  {name:<13} {words}" for name, words in FAULTS.items())
    parser = argparse.ArgumentParser(
        prog="azureml-sandbox faults",
        description="What goes wrong between callers and the sandbox, from now on.",
        epilog=f"faults:\n{known}\n\nA request's own: x-sandbox-fault: throttle;retry-after=3\n"
        "A server that keeps nothing (--memory) takes rules at its start: serve --memory --fault 'drop;times=1'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--database", type=Path, help="the server's state, where it isn't the project's")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="turn a rule on")
    adding.add_argument("fault", help="what happens; rules may be written whole, as in the header")
    for name in ("method", "path", "type"):
        adding.add_argument(f"--{name}", metavar="PATTERN", help=f"requests of this {name} (* and ? are wildcards)")
    for name, meaning in _NUMBERS.items():
        adding.add_argument(f"--{name}", metavar="N", help=meaning)
    commands.add_parser("list", help="the rules that are on, and how often they struck")
    clearing = commands.add_parser("clear", help="turn a rule off, or all")
    clearing.add_argument("number", nargs="?", type=int, help="the rule's number, as `list` shows it")
    return parser


_NUMBERS = {
    "times": "how often it strikes (default: until it is cleared)",
    "probability": "how likely it strikes, 0 to 1",
    "seed": "which of the requests that makes",
    "retry-after": "seconds in Retry-After",
    "seconds": "how long a lag or a stale read lasts",
}


def _run(options: argparse.Namespace) -> int:
    azure = Azure(SqliteStore(options.database or shared_state(options.cwd)))
    try:
        if options.command == "add":
            rule = switch.add(azure, parse(_written(options)))
            print(f"{rule.id}: {rule}")
        elif options.command == "clear":
            return _clear(azure, options.number)
        else:
            rules = [f"{rule.id}: {rule}  (struck {rule.hits} of {rule.seen})" for rule in switch.rules(azure)]
            print("\n".join(rules) or "no faults are on; `azureml-sandbox faults add RULE` turns one on")
        return OK
    finally:
        azure.close()


def _clear(azure: Azure, number: int | None) -> int:
    gone = switch.clear(azure, number)
    if number is not None and not gone:
        print(f"error: there is no rule {number}; `azureml-sandbox faults list` shows them", file=sys.stderr)
        return REFUSED
    print(f"{gone} cleared")
    return OK


def _written(options: argparse.Namespace) -> str:
    given = {name: getattr(options, name.replace("-", "_")) for name in ("method", "path", "type", *_NUMBERS)}
    return ";".join([options.fault, *(f"{name}={value}" for name, value in given.items() if value is not None)])
