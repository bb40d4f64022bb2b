"""``python -m azureml_review.ci``: list the stacks of a change, post reviews on pull requests and issues."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from azureml_review.ci.github import GitHub, GitHubError
from azureml_review.ci.stacks import Stack, StacksError, changed_files, concerned, expired, stacks
from azureml_review.render.markdown import marker_of

OK, FAILED = 0, 2
LABEL = "drift"
_NO_DRIFT = "Azure is as described again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (GitHubError, StacksError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m azureml_review.ci", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listed = commands.add_parser("stacks", help="print the stacks as a matrix: JSON")
    listed.add_argument("--project", type=Path, default=Path(), metavar="DIR")
    listed.add_argument("--base", metavar="COMMIT", help="only those that differ from this commit on")
    listed.add_argument("--only", metavar="NAME", help="this one, whatever changed")
    listed.set_defaults(run=_stacks)
    comment = commands.add_parser("comment", help="write a file as the pull request's comment, or renew it")
    comment.add_argument("file", type=Path)
    comment.add_argument("--pull-request", type=int, required=True, metavar="NUMBER")
    comment.set_defaults(run=_comment)
    approved = commands.add_parser("approved", help="print the fingerprint that a merged pull request was told")
    approved.add_argument("--commit", required=True, metavar="SHA")
    approved.add_argument("--stack", required=True, metavar="PROJECT/STACK")
    approved.set_defaults(run=_approved)
    old = commands.add_parser("expired", help="print pull requests' stacks of `pulumi stack ls --json` that are old")
    old.add_argument("--hours", type=float, required=True)
    old.set_defaults(run=_expired)
    drift = commands.add_parser("drift", help="open, renew or close a stack's issue about drift")
    drift.add_argument("review", type=Path, help="what `azureml-review --format json` wrote")
    drift.add_argument("comment", type=Path, help="the same as markdown")
    drift.set_defaults(run=_drift)
    return parser


def _stacks(options: argparse.Namespace) -> int:
    every = stacks(options.project)
    if options.only:
        found = [stack for stack in every if stack.name == options.only]
        if not found:
            raise StacksError(f"there is no Pulumi.{options.only}.yaml in {options.project}; {_there_are(every)}")
    else:
        found = concerned(every, changed_files(options.project, options.base)) if options.base else every
    print(json.dumps([asdict(stack) for stack in found]))
    return OK


def _there_are(every: Sequence[Stack]) -> str:
    return f"there are: {', '.join(stack.name for stack in every)}" if every else "there is no stack but the sandbox's"


def _comment(options: argparse.Namespace) -> int:
    body = options.file.read_text(encoding="utf-8")
    print(GitHub.from_environment().upsert_comment(options.pull_request, body.partition("\n")[0], body))
    return OK


def _approved(options: argparse.Namespace) -> int:
    marker = marker_of(options.stack)
    print(GitHub.from_environment().approved(options.commit, marker) or "none")
    return OK


def _expired(options: argparse.Namespace) -> int:
    for name in expired(json.load(sys.stdin), options.hours, datetime.now(UTC)):
        print(name)
    return OK


def _drift(options: argparse.Namespace) -> int:
    review = json.loads(options.review.read_text(encoding="utf-8"))
    stack = review["stack"]
    marker = f"<!-- azureml-infra drift {stack} -->"
    github = GitHub.from_environment()
    if review["verdict"] == "no change":
        print("closed" if github.close_issue(marker, LABEL, _NO_DRIFT) else "no drift")
        return OK
    title = (
        f"{stack} has drifted: {sum(review['counts'][op] for op in ('create', 'update', 'replace', 'delete'))} changes"
    )
    told = options.comment.read_text(encoding="utf-8").partition("\n")[2]
    print(github.upsert_issue(marker, title, f"{marker}\n{told}", LABEL))
    return OK


if __name__ == "__main__":
    sys.exit(main())
