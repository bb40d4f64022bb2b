"""What a smoke run found: checks in their order, each with Azure's answer and what it means, and facts to keep."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

_SECRET = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|[Kk]ey=[^;&\s]+|sig=[^&\s]+")


class CheckOutcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "not run"


@dataclass(frozen=True)
class AnsweredQuestion:
    """One question, with Azure's answer."""

    name: str
    outcome: CheckOutcome
    answer: str
    meaning: str = ""
    """What to do, where it isn't well."""


@dataclass
class SmokeReport:
    """All of a run. It is written after each check, so that a run that is interrupted leaves what it knew."""

    file: Path
    title: str
    tell: Callable[[str], None]
    """What is called with a line for each check."""
    checks: list[AnsweredQuestion] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """What only Azure can say, by a title: worth comparing with the sandbox's."""

    def add(self, name: str, outcome: CheckOutcome, answer: str, meaning: str = "") -> None:
        """Keep a check, and report it."""
        check = AnsweredQuestion(name, outcome, _clean(answer), "" if outcome is CheckOutcome.OK else meaning)
        self.checks.append(check)
        self.tell(f"{check.outcome:8}{check.name}: {check.answer.partition(chr(10))[0]}")
        self.write()

    @property
    def failed(self) -> bool:
        """Return whether a check failed."""
        return any(check.outcome is CheckOutcome.FAILED for check in self.checks)

    def write(self) -> None:
        """Write the report."""
        self.file.write_text(self.render(), encoding="utf-8")

    def render(self) -> str:
        """Return the report as markdown."""
        lines = [f"# {self.title}", "", "| | check | Azure's answer | what it means |", "|---|---|---|---|"]
        for check in self.checks:
            lines.append(f"| {check.outcome} | {check.name} | {_cell(check.answer)} | {_cell(check.meaning)} |")
        for title, found in self.facts.items():
            lines += ["", f"## {title}", "", "```json", _clean(json.dumps(found, indent=2, sort_keys=True)), "```"]
        return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("\n", "<br>")


def _clean(text: str) -> str:
    return _SECRET.sub("(secret)", text)
