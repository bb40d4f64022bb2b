"""``azureml-sandbox directory [on [ID ...] | off]``: whether role assignments are only for who is in the directory."""

from argparse import ArgumentParser, Namespace

from azureml_arm.roles import is_guid
from azureml_sandbox.azure import Azure
from azureml_sandbox.commands.common import OK, add_state, open_cloud, refuse
from azureml_sandbox.server.record import ServerError


def add_arguments(parser: ArgumentParser, _command: str) -> None:
    """Add the command's arguments."""
    parser.epilog = (
        "With a directory, a role assignment that says no principalType is refused (PrincipalNotFound) unless its "
        "principal is one of the sandbox's people, a resource's identity, a group with members, or named here. Without "
        "one, which is how the sandbox begins, any object id will do."
    )
    add_state(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    adding = actions.add_parser("on", help="keep a directory")
    adding.add_argument("ids", nargs="*", metavar="ID", help="object ids that are in it, too")
    actions.add_parser("off", help="keep none, and forget who was named")


def run(arguments: Namespace) -> int:
    """Turn the directory on or off where that is asked for, and print how it is."""
    strange = [one for one in getattr(arguments, "ids", []) if not is_guid(one)]
    if strange:
        return refuse(f"'{strange[0]}' is no object id: expected a GUID")
    try:
        with open_cloud(arguments) as azure:
            if arguments.action == "on":
                azure.identities.keep_directory(*arguments.ids)
            elif arguments.action == "off":
                azure.identities.drop_directory()
            print(_state(azure))
    except ServerError as error:
        return refuse(error)
    return OK


def _state(azure: Azure) -> str:
    if not azure.identities.has_directory:
        return "no directory: any object id can be given a role"
    return "\n".join(("directory on", *azure.identities.enrolled_ids()))
