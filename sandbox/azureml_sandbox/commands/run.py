"""``azureml-sandbox run -- COMMAND``: any command with the sandbox as its Azure."""

from argparse import ArgumentParser, Namespace

from azureml_sandbox.commands.common import FAILED, add_project, add_stack, refuse
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.provider import cli
from azureml_sandbox.server import background
from azureml_sandbox.server.environment import leading_to
from azureml_sandbox.server.record import ServerError, home_of


def add_arguments(parser: ArgumentParser, _command: str) -> None:
    """Add the command's options."""
    parser.usage = "azureml-sandbox run [--cwd CWD] [--stack STACK] [--as NAME] -- COMMAND ..."
    parser.epilog = (
        "COMMAND finds the sandbox over https, and a pulumi CLI finds it as its azure-native provider too. A server is "
        "started for as long as COMMAND runs where none runs already. The exit code is that of COMMAND."
    )
    add_project(parser)
    add_stack(parser)
    parser.add_argument(
        "--as", dest="identity", default="", metavar="NAME", help="who runs it: olga, carl, dana or rita"
    )


def run(arguments: Namespace) -> int:
    """Run the words after the two dashes and return their exit code."""
    if not arguments.words:
        return refuse("nothing to run; say what after two dashes: `azureml-sandbox run -- pulumi up`", FAILED)
    try:
        home = home_of(arguments.cwd)
        with background.present(home) as record:
            more = leading_to(home, record, arguments.identity)
            return cli.run(arguments.cwd.resolve(), arguments.stack, arguments.words, more)
    except (EngineError, ServerError) as error:
        return refuse(error, FAILED)
