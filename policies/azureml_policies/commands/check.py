"""``check``: the rules over a preview's JSON, for CI systems that can't load a pack. Same rules, same verdicts."""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from azureml_policies import requests as arm_requests
from azureml_policies.baseline.model import Baseline
from azureml_policies.commands.common import UsageError, add_shared_options, config_of, console, emit
from azureml_policies.evaluation import Evaluator
from azureml_policies.previews.baseline import PreviewBaseline
from azureml_policies.previews.consistency import check_consistent
from azureml_policies.previews.read import Preview, planned_of, read_preview
from azureml_policies.requests import Defaults
from azureml_policies.requests.planned import Planned
from azureml_policies.rule import Level, RuleViolation
from azureml_policies.rules.registry import RULES
from azureml_policies.session import begin, subscription

_STYLES = {Level.ADVISORY: "yellow", Level.MANDATORY: "bold red", Level.REMEDIATE: "bold red"}


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the command."""
    add_shared_options(parser)
    parser.add_argument("preview", type=Path, help="the output of `pulumi preview --json`, plain or streaming")
    parser.add_argument("--stack", default="", metavar="NAME", help="the stack's name, for rules for some stacks only")


def run(options: Namespace) -> int:
    """Print the violations; 1 where any denies."""
    config = config_of(options)
    folder = options.config.resolve().parent if options.config else Path.cwd()
    preview = read(options.preview)
    planned = planned_of(preview)
    session = begin(
        config, folder=folder, environ=environment(preview), stack=options.stack, past=lambda: past(preview)
    )
    found = violations(Evaluator(RULES, session), planned)
    if options.json:
        emit(json.dumps([_as_json(item) for item in found], indent=2))
    else:
        _show(found, len(planned))
    return 1 if any(item.denies for item in found) else 0


def read(path: Path) -> Preview:
    """Return the whole preview in a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        how = "pulumi preview --json --show-sames"
        raise UsageError(f"{path}: can't be read ({reason}); make it with `{how} > {path.name}`") from None
    preview = read_preview(text, str(path))
    if preview.left_out:
        raise UsageError(
            f"{path}: leaves out {preview.left_out} unchanged resources, without which rules about the whole stack say "
            f"too little; make it with `pulumi preview --json --show-sames > {path.name}`"
        )
    check_consistent(preview)
    return preview


def environment(preview: Preview) -> dict[str, str]:
    """Return the environment that a pack would find: Pulumi hands it the stack's config."""
    return {**os.environ, "PULUMI_CONFIG": json.dumps(dict(preview.config))}


def past(preview: Preview) -> Baseline:
    """Return what was there before, by the preview itself."""
    defaults = Defaults(subscription(environment(preview)))
    return PreviewBaseline(preview, lambda item: arm_requests.writes(item, defaults))


def violations(guardrails: Evaluator, planned: Sequence[Planned]) -> list[RuleViolation]:
    """Return everything that is wrong with a plan, resource by resource and as a whole."""
    found = [violation for item in planned for violation in guardrails.resource(item)]
    return found + guardrails.stack(planned)


def _as_json(violation: RuleViolation) -> dict[str, str]:
    return {
        "rule": violation.rule.id,
        "level": violation.level.value,
        "severity": violation.rule.severity.value,
        "urn": violation.urn,
        "message": violation.message,
        "remedy": violation.rule.remedy,
        "fix": "; ".join(map(str, violation.rule.fixes)),
    }


def _show(found: Sequence[RuleViolation], count: int) -> None:
    """Print the remarks, then what is denied, then how many there are."""
    terminal = console()
    for violation in sorted(found, key=lambda item: item.denies):
        level = Text(f"[{violation.level}]", _STYLES.get(violation.level, ""))
        terminal.print(Text.assemble(level, f" {violation.rule.id} ", (violation.urn, "dim")))
        terminal.print(Text(f"    {violation.text}"))
    denied = sum(item.denies for item in found)
    verdict = f"{denied} denied" if denied else "nothing denied"
    terminal.print(f"{count} planned resources: {verdict}, {len(found) - denied} remarks")
