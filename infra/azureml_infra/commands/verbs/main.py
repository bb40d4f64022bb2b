"""The verbs of one noun as a command line: ``azureml-infra compute list -o table``."""

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from azureml_infra.commands.verbs.actions import find_verb, why_absent
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import NOUNS, Noun

FAILED = 1
_NO_PLACE = re.compile(r"^the command line:\d+:\d+: ")


def add_arguments(parser: ArgumentParser, name: str, given: Sequence[str]) -> None:
    """Add the verbs of a noun; the options of one only where it is given, as they take its modules."""
    noun = NOUNS[name]
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in noun.verbs:
        text = find_verb(noun, verb).text_of(noun)
        added = verbs.add_parser(verb, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        if verb in given[:1]:
            add_options(added, noun, verb)
    why = why_absent(noun, given[0]) if given and given[0] not in noun.verbs else ""
    if why:
        parser.error(f"there is no `{name} {given[0]}` here: {why}")


def add_options(parser: ArgumentParser, noun: Noun, verb: str) -> None:
    """Add the options of one verb."""
    from azureml_infra.commands.verbs.flags import add_flags
    from azureml_infra.commands.verbs.output import add_output
    from azureml_infra.commands.verbs.target import add_target

    found = find_verb(noun, verb)
    found.function(found.add)(parser, noun)
    add_flags(parser, noun.name, verb)
    if found.has_output:
        add_output(parser)
    if noun.in_feature_store:
        parser.add_argument("--feature-store-name", dest="workspace_name", metavar="NAME", help="the feature store")
    add_target(parser)


def run(arguments: Namespace) -> int:
    """Run the verb and print what it returns; what goes wrong is a line on standard error."""
    noun = NOUNS[arguments.command]
    found = find_verb(noun, arguments.verb)
    return report(lambda: int(found.function(found.run)(noun, arguments)))


def report(step: Callable[[], int]) -> int:
    """Return the exit code of a step; what goes wrong with it is a line on standard error."""
    from azureml_infra.dynamic.clients import AzureRefusedError
    from azureml_infra.yaml.problems import DescriptionError

    try:
        return step()
    except (VerbError, AzureRefusedError) as error:
        sys.stderr.write(f"error: {error}\n")
    except DescriptionError as error:
        sys.stderr.write("".join(f"{_NO_PLACE.sub('the command line: ', line)}\n" for line in error.lines()))
    except Exception as error:
        if not _is_of_azure(error):
            raise
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
    return FAILED


def _is_of_azure(error: Exception) -> bool:
    """Return whether an error is azure-core's, which is imported only where Azure has been asked."""
    core = sys.modules.get("azure.core.exceptions")
    return core is not None and isinstance(error, core.AzureError)
