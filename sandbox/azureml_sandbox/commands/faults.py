"""``azureml-sandbox faults add|list|clear``: the fault switch of this project's sandbox."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

from azureml_sandbox.azure import Azure
from azureml_sandbox.commands.common import OK, add_state, open_cloud, refuse
from azureml_sandbox.faults import switch
from azureml_sandbox.faults.rule import FAULTS, FaultRuleError, parse
from azureml_sandbox.server.record import ServerError


def add_arguments(parser: ArgumentParser, _command: str) -> None:
    """Add the command's arguments."""
    known = "\n".join(f"  {name:<13} {words}" for name, words in FAULTS.items())
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = (
        f"faults:\n{known}\n\nA request's own: x-sandbox-fault: throttle;retry-after=3\n"
        "A server that keeps nothing (--memory) takes rules at its start: serve --memory --fault 'drop;times=1'"
    )
    add_state(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="turn a rule on")
    adding.add_argument("fault", help="what happens; rules may be written whole, as in the header")
    for name in ("method", "path", "type"):
        adding.add_argument(f"--{name}", metavar="PATTERN", help=f"requests of this {name} (* and ? are wildcards)")
    for name, meaning in _NUMBERS.items():
        adding.add_argument(f"--{name}", metavar="N", help=meaning)
    actions.add_parser("list", help="list the rules that are on, and how often they struck")
    clearing = actions.add_parser("clear", help="turn a rule off, or all")
    clearing.add_argument("number", nargs="?", type=int, help="the rule's number, as `list` shows it")


def run(arguments: Namespace) -> int:
    """Add, list or clear rules."""
    try:
        return _run(arguments)
    except (FaultRuleError, ServerError) as error:
        return refuse(error)


_NUMBERS = {
    "times": "how often it strikes (default: until it is cleared)",
    "probability": "how likely it strikes, 0 to 1",
    "seed": "which of the requests that makes",
    "retry-after": "seconds in Retry-After",
    "seconds": "how long a lag or a stale read lasts",
}


def _run(arguments: Namespace) -> int:
    with open_cloud(arguments) as azure:
        if arguments.action == "add":
            rule = switch.add(azure, parse(_rule_text(arguments)))
            print(f"{rule.id}: {rule}")
        elif arguments.action == "clear":
            return _clear(azure, arguments.number)
        else:
            rules = [f"{rule.id}: {rule}  (struck {rule.hits} of {rule.seen})" for rule in switch.rules(azure)]
            print("\n".join(rules) or "no faults are on; `azureml-sandbox faults add RULE` turns one on")
        return OK


def _clear(azure: Azure, number: int | None) -> int:
    gone = switch.clear(azure, number)
    if number is not None and not gone:
        return refuse(f"there is no rule {number}; `azureml-sandbox faults list` shows them")
    print(f"{gone} cleared")
    return OK


def _rule_text(arguments: Namespace) -> str:
    given = {name: getattr(arguments, name.replace("-", "_")) for name in ("method", "path", "type", *_NUMBERS)}
    return ";".join([arguments.fault, *(f"{name}={value}" for name, value in given.items() if value is not None)])
