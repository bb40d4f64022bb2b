"""``python -m sandbox COMMAND``: a project's program on this machine's Azure, and that Azure over https.

Only the command's own modules are imported: a server needs no Pulumi, and a run of a program no server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

SERVER = ("serve", "start", "status", "stop", "reset", "snapshot")
"""The commands of `sandbox.server.cli`."""
FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0, 1 where the program itself refuses its input, 2 where the run failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given else ""
    try:
        return _run(command, given)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return FAILED


def _run(command: str, given: list[str]) -> int:
    if command in SERVER:
        from sandbox.server import cli as server

        return server.main(command, given[1:])
    if command == "faults":
        from sandbox.faults import cli as faults

        return faults.main(given[1:])
    if command == "clock":
        from sandbox.clock import cli as clock

        return clock.main(given[1:])
    from sandbox import runs

    return runs.main(given)


if __name__ == "__main__":
    sys.exit(main())
