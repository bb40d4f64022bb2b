"""Every flag of az's commands is one of ours, with its short form; of az's other commands it is said why."""

from azureml_infra.commands.verbs.nouns import NOUNS
from kit import az_verbs
from kit.az_verbs import AzCommand, commands, options
from kit.rows import each


def _name(command: AzCommand) -> str:
    return f"{command.noun} {command.verb}"


@each("command", [one for one in commands() if one.is_here], ids=_name)
def test_a_verb_takes_azs_flags(command: AzCommand) -> None:
    ours = options(command.noun, command.verb)
    missing = [name for names in command.flags for name in names if name not in ours]
    assert missing == []
    assert [names for names in command.flags if len({ours[name] for name in names}) > 1] == []
    demanded = {action.option_strings[0] for action in ours.values() if action.required}
    assert demanded <= {flag.partition("/")[0] for flag in command.required.split()}
    switches = (flag.partition("/")[0] for flag in command.switches.split())
    assert [flag for flag in switches if ours[flag].nargs not in (0, "?")] == []


@each("command", [one for one in commands() if not one.is_here], ids=_name)
def test_what_is_not_here_says_why(command: AzCommand) -> None:
    assert command.why_absent()


def test_nothing_is_explained_that_az_has_not() -> None:
    assert az_verbs.ABSENT.keys() == {one.noun for one in commands()} - set(NOUNS)


def test_the_page_is_made_of_the_tables() -> None:
    hint = "`cd tests && ../.venv/bin/python -m kit.az_verbs` writes it"
    assert az_verbs.PAGE.read_text("utf-8") == az_verbs.page(), hint
