"""The verbs of one noun as a command line: ``azureml-infra compute list -o table``."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any

from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import CREATE, LIST, NOUNS, SHOW, Noun
from azureml_infra.commands.verbs.output import WRITERS, add_output, add_web, show, show_in_studio

OK, FAILED = 0, 1
_NO_PLACE = re.compile(r"^the command line:\d+:\d+: ")
_SIZES, _STREAM, _CANCEL = "list-sizes", "stream", "cancel"


def add_arguments(parser: ArgumentParser, name: str, given: Sequence[str]) -> None:
    """Add the verbs of a noun; the options of one only where it is given, as they take its modules."""
    noun = NOUNS[name]
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in noun.verbs:
        text = _text(noun, verb)
        added = verbs.add_parser(verb, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        if verb in given[:1]:
            _add_options(added, noun, verb)


def _text(noun: Noun, verb: str) -> str:
    if (noun.name, verb) == ("job", CREATE):
        return "run a job once, from its file"
    if noun.is_top:
        own = f"describe a {noun.noun}" if noun.is_workspace else f"write a {noun.noun} into the description"
        return {LIST: f"list {noun.plural}", SHOW: f"show a {noun.noun}"}.get(verb, own)
    return (
        {
            LIST: f"list the workspace's {noun.plural}",
            SHOW: f"show one {noun.noun}",
            CREATE: f"write a {noun.noun} into the description",
            _SIZES: "list the VM sizes that Azure ML offers",
            _STREAM: "show a job's states and logs until it is over",
            _CANCEL: "cancel a job",
        }[verb]
        .replace(" a o", " an o")
        .replace(" a e", " an e")
    )


def _add_options(parser: ArgumentParser, noun: Noun, verb: str) -> None:
    from azureml_infra.commands.verbs.target import add_target

    if verb == _SIZES:
        from azureml_infra.commands.verbs.sizes import add_sizes

        add_sizes(parser)
    elif verb in (LIST, SHOW):
        from azureml_infra.commands.verbs import read

        (read.add_list if verb == LIST else read.add_show)(parser, noun)
    elif noun.name == "job":
        from azureml_infra.commands.verbs import jobs

        (jobs.add_job_create if verb == CREATE else jobs.add_name)(parser)
    else:
        from azureml_infra.commands.verbs.create import add_create

        add_create(parser, noun)
    if noun.name == "job" and verb in (SHOW, CREATE):
        add_web(parser)
    if verb != _STREAM:
        add_output(parser)
    if noun.in_feature_store:
        parser.add_argument("--feature-store-name", dest="workspace_name", metavar="NAME", help="the feature store")
    add_target(parser)


def run(arguments: Namespace) -> int:
    """Run the verb and print what it returns; what goes wrong is a line on standard error."""
    return report(lambda: _run(NOUNS[arguments.command], arguments.verb, arguments))


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


def _run(noun: Noun, verb: str, arguments: Namespace) -> int:
    if verb == _SIZES:
        from azureml_infra.commands.verbs.sizes import COLUMNS, find_sizes

        return _show(find_sizes(arguments), arguments, COLUMNS)
    if verb == CREATE and noun.name != "job":
        from azureml_infra.commands.verbs.create import create

        return _show(create(noun, arguments), arguments, ())
    return _on_azure(noun, verb, arguments)


def _on_azure(noun: Noun, verb: str, arguments: Namespace) -> int:
    from azureml_infra.commands.verbs.target import find_target

    if noun.is_workspace and verb == SHOW and arguments.name:
        arguments.workspace_name = arguments.name
    target = find_target(arguments)
    if verb in (LIST, SHOW):
        from azureml_infra.commands.verbs import read

        found: Any = (read.find_all if verb == LIST else read.find_one)(noun, target, arguments)
        return _show(found, arguments, noun.columns)
    from azureml_infra.commands.verbs import jobs

    if verb == _STREAM:
        return jobs.stream(target, arguments.name)
    if verb == _CANCEL:
        return _show(jobs.cancel(target, arguments), arguments, noun.columns)
    made = jobs.submit(target, arguments)
    if arguments.save_as:
        arguments.save_as.write_text(WRITERS["yaml"](made, ()), "utf-8")
    _show(made, arguments, noun.columns)
    return jobs.stream(target, made["name"]) if arguments.stream else OK


def _show(found: Any, arguments: Namespace, columns: Sequence[str]) -> int:
    if getattr(arguments, "web", False):
        show_in_studio(found)
    show(found, arguments, columns)
    return OK
