"""``azureml-sandbox COMMAND``: a project's program on this machine's Azure, and that Azure over https.

Only the command's own modules are imported: a server needs no Pulumi, and a run of a program no server.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

SERVER = ("serve", "start", "status", "stop", "reset", "snapshot")
"""The commands of `azureml_sandbox.commands.server`."""
RUNS = ("up", "preview", "refresh", "destroy", "run")
"""The commands of `azureml_sandbox.commands.runs`."""
COMMANDS = frozenset({*SERVER, *RUNS, "faults", "clock", "directory"})
FAILED = 2
OVERVIEW = """usage: azureml-sandbox COMMAND [--cwd FOLDER] ...

  up, preview, refresh, destroy   a project's program on this machine's Azure
  run -- COMMAND                  any command, with this machine's Azure as its own
  serve                           that Azure over https, until Ctrl-C
  start, status, stop             the same in the background
  reset                           forget the cloud and its stacks
  snapshot                        states to go back to: save, load, list, delete
  faults                          what is to go wrong: add, list, clear
  clock                           its time: advance, to
  directory                       who can be given roles: anybody, or who is in it

`azureml-sandbox COMMAND --help` says more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0, 1 where the program itself refuses its input, 2 where the run failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given else ""
    if command in ("-h", "--help"):
        print(OVERVIEW)
        return 0
    if not command or (not command.startswith("-") and command not in COMMANDS):
        said = f"there is no command {command!r}" if command else "say what to do"
        print(f"error: {said}\n\n{OVERVIEW}", file=sys.stderr)
        return FAILED
    try:
        return _run(command, given)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return FAILED


def _run(command: str, given: list[str]) -> int:
    if command in SERVER:
        from azureml_sandbox.commands import server

        return server.main(command, given[1:])
    if command == "faults":
        from azureml_sandbox.commands import faults

        return faults.main(given[1:])
    if command == "clock":
        from azureml_sandbox.commands import clock

        return clock.main(given[1:])
    if command == "directory":
        from azureml_sandbox.commands import directory

        return directory.main(given[1:])
    from azureml_sandbox.commands import runs

    return runs.main(given)


if __name__ == "__main__":
    sys.exit(main())
