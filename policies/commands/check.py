"""``check``: the rules over a preview's JSON, for CI systems that can't load a pack. Same rules, same verdicts."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from policies import doors
from policies.baseline.model import Baseline
from policies.baseline.preview import PreviewBaseline
from policies.commands.common import UsageError, config_of, console, emit
from policies.doors import Defaults
from policies.guardrails import Guardrails
from policies.planned import Planned
from policies.preview import planned_of, read_preview
from policies.registry import RULES
from policies.rule import Level, Violation
from policies.session import begin
from policies.settings import PackConfig

_STYLES = {Level.ADVISORY: "yellow", Level.MANDATORY: "bold red", Level.REMEDIATE: "bold red"}


def run(options: Namespace) -> int:
    """Print the violations; 1 where any denies."""
    config = config_of(options)
    folder = options.config.resolve().parent if options.config else Path.cwd()
    planned, past = previewed(options.preview, config, folder)
    session = begin(config, folder=folder, stack=options.stack, past=lambda: past)
    found = violations(Guardrails(RULES, session), planned)
    if options.json:
        emit(json.dumps([_as_json(item) for item in found], indent=2))
    else:
        _show(found, len(planned))
    return 1 if any(item.denies for item in found) else 0


def previewed(path: Path, config: PackConfig, folder: Path) -> tuple[list[Planned], Baseline]:
    """What a preview plans, and what it says was there before."""
    del config, folder
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: can't be read ({error}); make it with `pulumi preview --json > {path.name}`"
        ) from None
    preview = read_preview(text, str(path))
    return planned_of(preview), PreviewBaseline(preview, lambda item: doors.writes(item, Defaults()))


def violations(guardrails: Guardrails, planned: Sequence[Planned]) -> list[Violation]:
    """Everything that is wrong with a plan, resource by resource and as a whole."""
    found = [violation for item in planned for violation in guardrails.resource(item)]
    return found + guardrails.stack(planned)


def _as_json(violation: Violation) -> dict[str, str]:
    return {
        "rule": violation.rule.id,
        "level": violation.level.value,
        "severity": violation.rule.severity.value,
        "urn": violation.urn,
        "message": violation.message,
        "remedy": violation.rule.remedy,
    }


def _show(found: Sequence[Violation], count: int) -> None:
    terminal = console()
    for violation in found:
        level = Text(f"[{violation.level}]", _STYLES.get(violation.level, ""))
        terminal.print(Text.assemble(level, f" {violation.rule.id} ", (violation.urn, "dim")))
        terminal.print(Text(f"    {violation.message}"))
    denied = sum(item.denies for item in found)
    verdict = f"{denied} denied" if denied else "nothing denied"
    terminal.print(f"{count} planned resources: {verdict}, {len(found) - denied} remarks")
