"""The command line `python -m azureml_review.ci`, for CI jobs."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from azureml_arm import clouds, oidc
from azureml_arm.clouds import CloudError
from azureml_arm.oidc import OidcError
from azureml_arm.version import add_version
from azureml_review.ci.github import GitHubError, GitHubRepository
from azureml_review.ci.owners import code_among, code_owners, path_filters
from azureml_review.ci.patch import as_section
from azureml_review.ci.stacks import (
    StackFolder,
    StacksError,
    affected_stacks,
    changed_files,
    ephemeral_stacks,
    is_new_or_known,
    number_of,
    old_stacks,
    stacks,
)
from azureml_review.ci.token_file import keep_token, write_token
from azureml_review.model import Verdict
from azureml_review.render.markdown import LIMIT, marker_of

OK, CHANGED, FAILED = 0, 1, 2
_DESCRIPTION = "List the stacks that a change affects, and post reviews on pull requests and issues."
LABEL = "drift"
_SHOWN = 10
_UNSAFE = re.compile(r"[^\w./ -]")
_BESIDE = 4_000
"""Characters that a patch has beside it: its notes, and what isn't shown."""
_NO_DRIFT = "Azure is as described again."


class InputError(Exception):
    """What a command was given to read isn't that; the message says what is expected."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (CloudError, GitHubError, InputError, OidcError, StacksError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m azureml_review.ci", description=_DESCRIPTION)
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        added.set_defaults(run=run)
        return added

    stack_list = command("stacks", _print_stacks, "print the stacks as a matrix: JSON")
    stack_list.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the project's folder")
    stack_list.add_argument(
        "--trusted", type=Path, metavar="DIR", help="the base branch's checkout, where it is another"
    )
    stack_list.add_argument(
        "--base", metavar="COMMIT", default="", help="only those that changed since this commit; all, where it is zeros"
    )
    stack_list.add_argument("--only", metavar="NAME", help="only this one, whatever changed")
    code = command("code", _print_code, "print a sentence about the code that a pull request changes; nothing without")
    code.add_argument("--project", type=Path, required=True, metavar="DIR", help="the pull request's checkout")
    code.add_argument("--trusted", type=Path, required=True, metavar="DIR", help="the base branch's checkout")
    code.add_argument("--base", required=True, metavar="COMMIT", help="the commit to compare with")
    owners = command("owners", _print_owners, "print a CODEOWNERS file: what decides over others' changes")
    owners.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the project's folder")
    to = owners.add_mutually_exclusive_group(required=True)
    to.add_argument("--team", metavar="@ORGANISATION/TEAM", help="who approves it")
    to.add_argument("--path-filter", action="store_true", help="print the path filter of Azure DevOps' policy instead")
    comment = command("comment", _comment, "create or update the pull request's comment from a file")
    comment.add_argument("file", type=Path, help="the comment, as `azureml-review --format markdown` writes it")
    comment.add_argument("--pull-request", type=int, required=True, metavar="NUMBER", help="its number")
    approved = command("approved", _print_approved, "print the fingerprint in a merged pull request's comment")
    approved.add_argument("--commit", required=True, metavar="SHA", help="the commit that the pull request became")
    approved.add_argument("--stack", required=True, metavar="PROJECT/STACK", help="the stack that the comment is about")
    old = command("expired", _print_old, "print closed and old pull requests' stacks; reads `pulumi stack ls --json`")
    old.add_argument("--hours", type=float, required=True, help="the age from which a stack is old")
    unchanged = command("unchanged", _is_unchanged, "exit with 0 where a review says that nothing changes, else with 1")
    unchanged.add_argument("review", type=Path, help="the review, as `azureml-review --format json` writes it")
    token = command(
        "token", _token, "write this job's token for Azure into a file, and print the authority that takes it"
    )
    token.add_argument("file", type=Path, help="the file, which only its owner can read")
    token.add_argument(
        "--every", type=float, metavar="SECONDS", help="write a fresh one so often, until whoever began it ends"
    )
    drift = command("drift", _drift, "open, update or close a stack's issue about drift")
    drift.add_argument("review", type=Path, help="the review, as `azureml-review --format json` writes it")
    drift.add_argument("comment", type=Path, help="the same as markdown")
    drift.add_argument("--patch", type=Path, metavar="FILE", help="what `azureml-infra export --diff` printed")
    drift.add_argument("--notes", type=Path, metavar="FILE", help="what it said on standard error")
    return parser


def _print_stacks(options: argparse.Namespace) -> int:
    every = stacks(options.project)
    if options.only:
        found = [stack for stack in every if stack.name == options.only]
        if not found:
            raise StacksError(f"there is no Pulumi.{options.only}.yaml in {options.project}; {_there_are(every)}")
    else:
        found = every
        if options.base.strip("0"):
            is_data = is_new_or_known(options.trusted or options.project)
            found = affected_stacks(every, changed_files(options.project, options.base), is_data)
    print(json.dumps([asdict(stack) for stack in found]))
    return OK


def _there_are(every: Sequence[StackFolder]) -> str:
    return f"there are: {', '.join(stack.name for stack in every)}" if every else "there is no stack but the sandbox's"


def _print_owners(options: argparse.Namespace) -> int:
    every = stacks(options.project)
    print(path_filters(every) if options.path_filter else code_owners(every, options.team).rstrip())
    return OK


def _print_code(options: argparse.Namespace) -> int:
    changed = changed_files(options.project, options.base) if options.base.strip("0") else []
    found = code_among(changed, stacks(options.trusted))
    if found:
        shown = ", ".join(f"`{re.sub(_UNSAFE, '?', path)}`" for path in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        print(
            f"⚠️ This pull request changes code that its preview runs: {shown}{more}. Read that first: what is said "
            "here can be trusted as far as that code can."
        )
    return OK


def _comment(options: argparse.Namespace) -> int:
    body = options.file.read_text(encoding="utf-8")
    print(GitHubRepository.from_environment().upsert_comment(options.pull_request, body.partition("\n")[0], body))
    return OK


def _print_approved(options: argparse.Namespace) -> int:
    marker = marker_of(options.stack)
    print(GitHubRepository.from_environment().approved_fingerprint(options.commit, marker) or "none")
    return OK


def _print_old(options: argparse.Namespace) -> int:
    listed = _read_listed_stacks(sys.stdin)
    old = old_stacks(listed, options.hours, datetime.now(UTC))
    github = GitHubRepository.from_environment()
    for name in ephemeral_stacks(listed):
        if name in old or github.is_closed(number_of(name)):
            print(name)
    return OK


def _read_listed_stacks(stream: TextIO) -> list[dict[str, Any]]:
    """Return what `pulumi stack ls --json` printed; InputError for anything else."""
    try:
        listed = json.load(stream)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise InputError("standard input isn't a list of stacks; expected what `pulumi stack ls --json` prints")
    return listed


def _read_review(file: Path) -> dict[str, Any]:
    """Return the review in a file; InputError where it holds none."""
    try:
        review = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        review = None
    if not isinstance(review, dict) or not {"stack", "verdict", "counts"} <= review.keys():
        raise InputError(f"{file} isn't a review; expected what `azureml-review --format json` writes")
    return review


def _is_unchanged(options: argparse.Namespace) -> int:
    return OK if _read_review(options.review)["verdict"] == Verdict.NO_CHANGE else CHANGED


def _token(options: argparse.Namespace) -> int:
    source = oidc.source(os.environ)
    if source is None:
        raise OidcError(f"there is no token to sign in to Azure with: {oidc.EXPECTED}")
    if options.every is None:
        write_token(options.file, source())
    else:
        keep_token(options.file, source, options.every)
    print(clouds.choose().authority_url)
    return OK


def _drift(options: argparse.Namespace) -> int:
    review = _read_review(options.review)
    stack = review["stack"]
    marker = f"<!-- azureml-infra drift {stack} -->"
    github = GitHubRepository.from_environment()
    if review["verdict"] == Verdict.NO_CHANGE:
        print("closed" if github.close_issue(marker, LABEL, _NO_DRIFT) else "no drift")
        return OK
    title = (
        f"{stack} has drifted: {sum(review['counts'][op] for op in ('create', 'update', 'replace', 'delete'))} changes"
    )
    comment = options.comment.read_text(encoding="utf-8").partition("\n")[2]
    text = f"{marker}\n{comment}"
    patch, notes = (_read_if_there(file) for file in (options.patch, options.notes))
    if patch or notes:
        section = as_section(patch, notes, stack.rpartition("/")[2], LIMIT - len(text) - _BESIDE)
        text += f"\n{section}" if len(text) + len(section) < LIMIT else ""
    print(github.upsert_issue(marker, title, text, LABEL))
    return OK


def _read_if_there(file: Path | None) -> str:
    return file.read_text(encoding="utf-8") if file is not None and file.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
