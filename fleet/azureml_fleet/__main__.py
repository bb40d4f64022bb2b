"""The command line `azureml-fleet`: the stacks of fleet.yml, checked, written, previewed, and run in Kubernetes."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from azureml_arm.ending import skip_last_collections
from azureml_arm.version import add_version
from azureml_fleet import manifests, stackfiles, summary
from azureml_fleet.load import FLEET, read_fleet
from azureml_fleet.model import FleetFile
from azureml_fleet.previews import Previews, jobs_of
from azureml_fleet.progress import FleetProgress
from azureml_fleet.run import PreviewOptions
from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.yaml.problems import DescriptionError, nearest

OK, BAD, USAGE, INTERRUPTED = 0, 1, 2, 130
_DESCRIPTION = "Check, write and preview the stacks of fleet.yml, and run them in Kubernetes."
FORMATS = ("text", "markdown", "json")
DOORS = ("in-process", "engine")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 1 where something is refused, failed or wrong, 2 where it can't be done at all."""
    skip_last_collections()
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except DescriptionError as error:
        print("\n".join(error.lines()), file=sys.stderr)
        return BAD if options.run is _validate else USAGE
    except (_UsageError, stackfiles.StackFileError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Interrupted. What was previewed is kept: `--resume` goes on.", file=sys.stderr)
        return INTERRUPTED


class _UsageError(Exception):
    """A command line that can't be followed."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azureml-fleet", description=_DESCRIPTION)
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, "validate", _validate, "check the fleet, every description in it, and the stacks' files")
    stacks = _command(commands, "stacks", _stacks, "list the stacks")
    stacks.add_argument("--json", action="store_true", help="as a matrix for CI")
    _only(stacks)
    _command(commands, "write", _write, "write the stacks' files: Pulumi.STACK.yaml")
    text = "print the JSON Schema of fleet.yml, for editors"
    schema = commands.add_parser("schema", help=text, description=f"{text[:1].upper()}{text[1:]}.")
    schema.set_defaults(run=_schema)
    made = _command(commands, "manifests", _manifests, "write resources of the Pulumi Kubernetes Operator")
    made.add_argument("--out", type=Path, required=True, metavar="DIR")
    preview = _command(commands, "preview", _preview, "preview many stacks at once")
    _only(preview)
    preview.add_argument("--workers", type=_count, default=os.cpu_count() or 1, metavar="N", help="default: CPUs")
    preview.add_argument("--resume", action="store_true", help="only what isn't done, or was made from other inputs")
    preview.add_argument("--out", type=Path, default=Path(".fleet"), metavar="DIR", help="default: .fleet")
    preview.add_argument("--sandbox", action="store_true", help="in the sandbox instead of Azure")
    preview.add_argument(
        "--door",
        choices=DOORS,
        default="",
        help="of the sandbox: its own engine, or Pulumi's (default: Pulumi's where a CLI is installed)",
    )
    preview.add_argument(
        "--policy-pack",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="a policy pack's folder; may be repeated",
    )
    preview.add_argument(
        "--policy-pack-config",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="its config; may be repeated",
    )
    preview.add_argument("--requester", default="", metavar="NAME", help="who asks, in the sandbox")
    preview.add_argument("--prices", action="store_true", help="ask Azure's price list")
    preview.add_argument("--format", choices=FORMATS, default="text", help="of the summary (default: text)")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
    parser.add_argument("--fleet", type=Path, default=Path(FLEET), metavar="FILE", help=f"default: {FLEET}")
    parser.set_defaults(run=run)
    return parser


def _only(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", action="append", default=[], metavar="WHICH",
        help="environment=NAME, region=NAME, description=FOLDER, or a glob of stacks' names; all that are given hold",
    )  # fmt: skip


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1 on")
    return int(text)


def _validate(options: argparse.Namespace) -> int:
    fleet = read_fleet(options.fleet)
    found = [*fleet.warnings, *stackfiles.differences(fleet)]
    for problem in sorted(found):
        print(problem)
    wrong = sum(problem.severity == "error" for problem in found)
    print(f"{options.fleet}: {len(fleet.stacks)} stacks, {wrong} of their files differ" if wrong else _fine(fleet))
    return BAD if wrong else OK


def _fine(fleet: Fleet) -> str:
    descriptions = len({stack.description for stack in fleet.stacks})
    return f"{fleet.document.name}: {len(fleet.stacks)} stacks of {descriptions} descriptions, all as their files say"


def _stacks(options: argparse.Namespace) -> int:
    fleet = read_fleet(options.fleet)
    found = [
        {
            "name": stack.name,
            "description": stack.description,
            "environment": stack.environment,
            "region": stack.region,
            "subscription": stack.subscription,
        }
        for stack in _select(fleet, options.only)
    ]
    lines = ["  ".join(value for value in one.values() if value) for one in found]
    print(json.dumps(found) if options.json else "\n".join(lines))
    return OK


def _write(options: argparse.Namespace) -> int:
    changed = stackfiles.write(read_fleet(options.fleet))
    print("\n".join(f"wrote {file}" for file in changed) or "every file is as the fleet says")
    return OK


def _schema(_options: argparse.Namespace) -> int:
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "fleet.schema.json"}
    print(json.dumps({**made, **FleetFile.model_json_schema()}, indent=2, ensure_ascii=False))
    return OK


def _manifests(options: argparse.Namespace) -> int:
    for file in manifests.write(read_fleet(options.fleet), options.out):
        print(f"wrote {file}")
    return OK


def _select(fleet: Fleet, only: Sequence[str]) -> list[Stack]:
    """Return the stacks that hold what every ``--only`` says."""
    found = list(fleet.stacks)
    for wanted in only:
        field, equals, value = wanted.partition("=")
        if equals and field not in ("environment", "region", "description"):
            raise _UsageError(f"--only {wanted}: expected environment=, region=, description= or a glob of names")
        field, value = (field, value) if equals else ("name", wanted)
        found = [stack for stack in found if fnmatch.fnmatchcase(str(getattr(stack, field)), value)]
        if not found:
            near = nearest(value, {str(getattr(stack, field)) for stack in fleet.stacks})
            raise _UsageError(f"--only {wanted}: no stack is left" + (f"; did you mean {near}?" if near else ""))
    return found


def _preview(options: argparse.Namespace) -> int:
    given = _options(options)
    fleet = read_fleet(options.fleet)
    differing = [one for one in stackfiles.differences(fleet) if one.severity == "error"]
    if differing:
        raise DescriptionError(differing)
    jobs = jobs_of(fleet, _select(fleet, options.only), options.out, given)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / ".gitignore").write_text("*\n", encoding="utf-8")  # previews may hold what isn't for everybody
    done = {job.stack.name: found for job in jobs if options.resume and (found := job.earlier())}
    left = [job for job in jobs if job.stack.name not in done]
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    progress = FleetProgress(console, len(jobs), len(done))
    previews = Previews(left, _workers(options), progress)
    try:
        with progress:
            previews.run()
    finally:
        results = {**done, **previews.results}
        names = [job.stack.name for job in jobs]
        outcome = summary.Summary(
            tuple(results[name] for name in names if name in results),
            tuple(name for name in names if name not in results),
            time.monotonic() - began,
        )
        _tell(outcome, options)
    return BAD if outcome.is_bad else OK


def _options(options: argparse.Namespace) -> PreviewOptions:
    for flag in ("door", "requester"):
        if getattr(options, flag) and not options.sandbox:
            raise _UsageError(f"--{flag} is for the sandbox: add --sandbox, or leave it out")
    if not (options.fleet.parent / "Pulumi.yaml").is_file():
        raise _UsageError(f"{options.fleet.parent}: there is no Pulumi.yaml beside {options.fleet.name}")
    return PreviewOptions(
        options.sandbox, options.door, tuple(options.policy_pack), tuple(options.policy_pack_config),
        options.requester, options.prices,
    )  # fmt: skip


def _workers(options: argparse.Namespace) -> int:
    """Return how many previews run at once: one with packs in the sandbox, as their baseline there is one file."""
    return 1 if options.sandbox and options.policy_pack else int(options.workers)


def _tell(outcome: summary.Summary, options: argparse.Namespace) -> None:
    lines = [line.plain for line in summary.text(outcome)]
    texts = {
        "summary.txt": "\n".join(lines) + "\n",
        "summary.md": summary.markdown(outcome),
        "summary.json": summary.as_json(outcome),
    }
    for name, text in texts.items():
        (options.out / name).write_text(text, encoding="utf-8")
    if options.format == "text":
        console = Console(highlight=False)
        for line in summary.text(outcome):
            console.print(line, soft_wrap=True)
    else:
        print(texts["summary.md" if options.format == "markdown" else "summary.json"], end="")


if __name__ == "__main__":
    sys.exit(main())
