"""``python -m sandbox serve``: the sandbox's Azure over https."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sandbox.faults import FaultRuleError, parse
from sandbox.server.files import Home
from sandbox.server.serving import serve


def main(arguments: Sequence[str]) -> int:
    """Serve in the foreground until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m sandbox serve", description=__doc__)
    parser.add_argument("--cwd", type=Path, default=Path(), help="the project's folder (default: this one)")
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--memory", action="store_true", help="forget everything at the end")
    parser.add_argument(
        "--seconds", type=float, default=0.0, metavar="N", help="how long operations take (default: done when asked)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="RULE",
        help="what goes wrong, instead of earlier rules; `python -m sandbox faults --help` says how rules are written",
    )
    options = parser.parse_args(arguments)
    try:
        faults = [parse(text) for text in options.fault]
    except FaultRuleError as error:
        parser.error(f"--fault: {error}")
    home = Home.of(options.cwd.resolve())
    serve(home, options.port, memory=options.memory, seconds=options.seconds, faults=faults)
    return 0
