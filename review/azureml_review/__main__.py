"""The command line `azureml-review`: a preview's review in several formats."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from azureml_arm.ending import skip_last_collections
from azureml_arm.version import add_version, installed_version
from azureml_infra.description.load import PLATFORM
from azureml_policies.baseline.model import BaselineUnavailableError
from azureml_review import prices
from azureml_review.model import Review, Verdict
from azureml_review.render import markdown, phrases, terminal
from azureml_review.render.as_json import as_json
from azureml_review.render.sarif import sarif
from azureml_review.review import review_of

OK, USAGE, REFUSED = 0, 2, 1
SUMMARY_LIMIT = 1_000_000
"""Bytes that GitHub takes in one step's summary, with room to spare
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits)."""
_DESCRIPTION = "Show what a Pulumi preview would change, and write it as a comment, a summary, JSON or SARIF."
_HOW = "make it with `PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --json > preview.json`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a review. Return 1 with ``--check`` where it is refused or failed, 2 where there is no preview to read."""
    skip_last_collections()
    options = _parser().parse_args(arguments)
    try:
        review = _review(options)
        _output(review, options)
    except (BaselineUnavailableError, _UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    return REFUSED if options.check and (review.failed or review.verdict is Verdict.REFUSED) else OK


def _output(review: Review, options: argparse.Namespace) -> None:
    for name, file in options.write:
        _write(file, FORMATS[name](review, options))
    if options.format == "text" and options.output is None:
        from rich.console import Console

        terminal.show(Console(highlight=False), review)
    else:
        _write(options.output, FORMATS["plain" if options.format == "text" else options.format](review, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azureml-review", description=_DESCRIPTION)
    add_version(parser)
    parser.add_argument("preview", help="what `pulumi preview --json` printed; `-` for standard input")
    parser.add_argument("--format", choices=("text", *FORMATS), default="text", help="default: text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file instead of standard output")
    parser.add_argument(
        "--write",
        type=_target,
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write this as well; may be given several times",
    )
    parser.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the project's folder")
    parser.add_argument("--description", type=Path, metavar="DIR", help="folder of platform.yml, below the project")
    parser.add_argument("--requester", default="", metavar="NAME", help="who asked for the preview")
    parser.add_argument("--stack", default="", metavar="NAME", help="the stack of a preview that failed early")
    parser.add_argument("--files", default="", metavar="URL", help="address of the files at this commit, for links")
    parser.add_argument("--no-prices", action="store_true", help="don't ask Azure's price list")
    parser.add_argument("--currency", type=_currency, default="USD", help="of the prices (default: USD)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where policies refuse or the preview failed")
    return parser


def _target(text: str) -> tuple[str, Path]:
    """Return format and file of ``markdown=comment.md``."""
    name, equals, file = text.partition("=")
    if name not in FORMATS or not equals or not file:
        raise argparse.ArgumentTypeError(f"{text!r}: expected FORMAT=FILE with one of {', '.join(FORMATS)}")
    return name, Path(file)


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):  # noqa: PLR2004 - as ISO 4217 has it
        raise argparse.ArgumentTypeError(f"{text!r}: expected three letters, as in EUR")
    return text.upper()


class _UsageError(Exception):
    """A command line that can't be carried out."""


def _review(options: argparse.Namespace) -> Review:
    if options.description and not (options.project / options.description / PLATFORM).is_file():
        where = options.project / options.description
        raise _UsageError(f"{where}: there is no {PLATFORM}; name the folder that has it, relative to --project")
    review = review_of(
        _text(options.preview),
        "standard input" if options.preview == "-" else options.preview,
        base=options.project,
        description=options.description,
        requester=options.requester,
        stack=options.stack,
    )
    if options.no_prices or not (review.capacity.computes or review.capacity.by_use):
        return review
    price_list = replace(prices.from_environment(), currency=options.currency)
    return replace(review, capacity=prices.add_prices(review.capacity, price_list))


def _text(given: str) -> str:
    try:
        return sys.stdin.read() if given == "-" else Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        raise _UsageError(f"{given}: can't be read ({reason}); {_HOW}") from None


def _write(output: Path | None, text: str) -> None:
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _UsageError(f"{output}: can't be written ({error.strerror})") from None


FORMATS: Mapping[str, Callable[[Review, argparse.Namespace], str]] = {
    "markdown": lambda review, options: markdown.comment(review, markdown.Links(options.files)),
    # A job's summary has room for all of the comment.
    "summary": lambda review, options: markdown.comment(review, markdown.Links(options.files), SUMMARY_LIMIT),
    "json": lambda review, _options: as_json(review),
    "sarif": lambda review, _options: sarif(review, installed_version()),
    "plain": lambda review, _options: "".join(f"{line.plain}\n" for line in terminal.lines(review)),
    # A plan that is incomplete or refused has none to apply.
    "fingerprint": lambda review, _: f"{review.fingerprint or f'none: {phrases.headline(review).lower()}'}\n",
}

if __name__ == "__main__":
    sys.exit(main())
