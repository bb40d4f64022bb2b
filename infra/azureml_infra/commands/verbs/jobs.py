"""Jobs that run once: ``job create``, ``stream`` and ``cancel``. A job of the description is submitted by `up`."""

import itertools
import secrets
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from azureml_arm.names import RULES
from azureml_infra.commands.verbs.create import add_set, of_file
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.given import overriding
from azureml_infra.commands.verbs.history import RunHistory
from azureml_infra.commands.verbs.nouns import NOUNS, Noun
from azureml_infra.commands.verbs.output import WRITERS, add_web, open_in_studio, show
from azureml_infra.commands.verbs.read import page_of, row
from azureml_infra.commands.verbs.submission import Submission
from azureml_infra.commands.verbs.target import Target, find_target
from azureml_infra.entities.body import body
from azureml_infra.entities.reverse import at
from azureml_infra.yaml.problems import quote

OVER = ("Completed", "Failed", "Canceled", "NotResponding")
"""The states that a job stays in."""
_NOUN = NOUNS["job"]
_PAUSES = (1.0, 2.0, 3.0, 5.0)
"""Seconds between two looks: the last one again and again."""


def add_job(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``job create``."""
    parser.epilog = (
        "The job runs once, and the description doesn't know of it: one that `up` submits, once per content, is a file "
        "of its section `jobs`."
    )
    add_file(parser, noun)
    option = parser.add_argument
    option(
        "--name", "-n", metavar="NAME", help="the job's name; made of the file's words and a random part if left out"
    )
    option("--stream", "-s", action="store_true", help="show its states and logs until it is over")
    option("--save-as", "-a", type=Path, metavar="FILE", help="a file that what is printed is written to, as YAML")
    add_web(parser)


def add_file(parser: ArgumentParser, _: Noun) -> None:
    """Add the options of ``job validate``."""
    parser.add_argument("--file", "-f", type=Path, required=True, metavar="FILE", help="a job's file")
    add_set(parser)


def add_name(parser: ArgumentParser, _: Noun) -> None:
    """Add the option that names a job."""
    parser.add_argument("--name", "-n", required=True, metavar="NAME", help="the job's name")


def run_job(noun: Noun, arguments: Namespace) -> int:
    """Submit the job of a file, print it, and follow it where that is asked for."""
    target = find_target(arguments)
    made = submit(target, arguments)
    if arguments.save_as:
        arguments.save_as.write_text(WRITERS["yaml"](made, ()), "utf-8")
    if arguments.web:
        open_in_studio(page_of(made, target))
    show(made, arguments, noun.columns)
    return stream(target, made["name"]) if arguments.stream else 0


def run_check(noun: Noun, arguments: Namespace) -> int:
    """Check a job's file. Raises DescriptionError."""
    of_file(noun, arguments.file, overriding({}, arguments.set))
    return show({"result": "Succeeded"}, arguments)


def run_cancel(noun: Noun, arguments: Namespace) -> int:
    """Cancel a job, and print it."""
    return show(cancel(find_target(arguments), arguments), arguments, noun.columns)


def run_stream(_: Noun, arguments: Namespace) -> int:
    """Follow a job to its end."""
    return stream(find_target(arguments), arguments.name)


def submit(target: Target, arguments: Namespace) -> dict[str, Any]:
    """Submit the job of a file, and return it in az ml's words. Raises VerbError, DescriptionError."""
    entity = of_file(_NOUN, arguments.file, overriding({}, arguments.set)).entity
    name = arguments.name or entity.name or f"{entity.label}-{secrets.token_hex(5)}"
    rule = RULES["job"]
    if not rule.allows(name):
        raise VerbError(f"{quote(name)} is not a valid name; expected {rule.sentence}")
    arm = target.arm()
    if arm.get(f"{target.id}/jobs/{name}", _NOUN.api_version) is not None:
        raise VerbError(f"there is a job {quote(name)} already; a job runs once, so give this one another --name")
    request = body(entity, Submission(arm, target))
    return row(_NOUN, arm.submit(f"{target.id}/jobs/{name}", _NOUN.api_version, request), target)


def cancel(target: Target, arguments: Namespace) -> dict[str, Any]:
    """Ask for a job to be canceled, and return it. Raises VerbError for one that is over."""
    arm = target.arm()
    path = f"{target.id}/jobs/{arguments.name}"
    state = _state(_job(target, arguments.name))
    if state in OVER:
        raise VerbError(f"the job {quote(arguments.name)} is over: {state}")
    arm.post(f"{path}/cancel", _NOUN.api_version)
    return row(_NOUN, _job(target, arguments.name), target)


def stream(target: Target, name: str, out: TextIO | None = None, sleep: Callable[[float], None] = time.sleep) -> int:
    """Print a job's states and logs until it is over; return 0 where it has completed, else 1."""
    to = out or sys.stdout
    job = _job(target, name)
    to.write(
        f"job: {name}\n" + (f"studio: {link}\n" if (link := at(job, "properties.services.Studio.endpoint")) else "")
    )
    history, seen, state = RunHistory(target, name), dict[str, int](), ""
    for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
        job = _job(target, name)
        if _state(job) != state:
            state = _state(job)
            to.write(f"{time.strftime('%H:%M:%S')} {state}\n")
        _write_new(history.logs(), seen, to)
        to.flush()
        if state in OVER:
            break
        sleep(pause)
    to.write(_end(history, seen, state))
    return 0 if state == OVER[0] else 1


def _write_new(logs: Mapping[str, str], seen: dict[str, int], out: TextIO) -> None:
    """Print what logs have that hasn't been printed yet; a log's name where it begins."""
    for name, text in logs.items():
        if len(text) > seen.get(name, 0):
            out.write(("" if name in seen else f"--- {name}\n") + text[seen.get(name, 0) :])
            out.write("" if text.endswith("\n") else "\n")
            seen[name] = len(text)


def _end(history: RunHistory, seen: Mapping[str, int], state: str) -> str:
    """Return what is to be said at the end: the error, and where no log was shown, why."""
    lines = [f"error: {error}"] if state != OVER[0] and (error := history.error()) else []
    if not seen:
        lines.append(f"no logs: {history.why or 'the run history has none of this job'}")
    return "".join(f"{line}\n" for line in lines)


def _job(target: Target, name: str) -> dict[str, Any]:
    found = target.arm().get(f"{target.id}/jobs/{name}", _NOUN.api_version)
    if found is None:
        raise VerbError(f"there is no job {quote(name)} in the workspace {quote(target.workspace)}")
    return found


def _state(job: Mapping[str, Any]) -> str:
    return str(at(job, "properties.status") or "Unknown")
