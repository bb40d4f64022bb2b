"""Problems of a description, printed as ``file:line:column: what; expected …; did you mean …?``.

Messages quote a file only where the text can't be a credential; callers decide that, `quote` cuts and escapes.
"""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning"]
LONGEST_QUOTE = 60
UTMOST_PROBLEMS = 200
COMPARED = 50
"""Words that are looked at closely for a suggestion: comparing is slow, and a platform may have thousands of names."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake and its place. `file` is relative to the description's root; lines and columns count from 1."""

    file: str
    line: int
    column: int
    what: str
    expected: str = ""
    suggestion: str = ""
    severity: Severity = field(default="error", compare=False)

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.place}{kind}{self.text}"

    def below(self, folder: Path) -> Problem:
        """Return the problem with its file as it is found from where a command runs, if it is one in `folder`: the file
        of a stack isn't.
        """
        path = folder / self.file
        return replace(self, file=str(path)) if path.exists() else self

    @property
    def place(self) -> str:
        """Return where it is, as a line begins with it."""
        return f"{self.file}:{self.line}:{self.column}: "

    @property
    def text(self) -> str:
        """Return the problem without its place."""
        text = self.what + (f"; expected {self.expected}" if self.expected else "")
        return text + (f"; did you mean {self.suggestion}?" if self.suggestion else "")


class DescriptionError(Exception):
    """A description with mistakes. `problems` are sorted by file and place, without repetitions."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return the problems as text, up to a limit."""
        shown = [str(problem) for problem in self.problems[:UTMOST_PROBLEMS]]
        more = len(self.problems) - len(shown)
        return [*shown, f"… and {more} more"] if more else shown


def quote(text: object) -> str:
    """Return a user's text in quotes: on one line, printable, not too long."""
    line = on_one_line(str(text))
    return f'"{line[: LONGEST_QUOTE - 1]}…"' if len(line) > LONGEST_QUOTE else f'"{line}"'


def on_one_line(text: str) -> str:
    """Return a text without line breaks and control characters."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the known word that was probably meant, in quotes; empty if none is near."""
    known = {known.lower(): known for known in sorted(words)}
    given = word[:LONGEST_QUOTE].lower()
    likely = known if len(known) <= COMPARED else heapq.nlargest(COMPARED, known, key=partial(_common, given))
    found = difflib.get_close_matches(given, likely, n=1, cutoff=0.6)
    return quote(known[found[0]]) if found else ""


def _common(one: str, other: str) -> int:
    """Return how many characters two words have in common at their starts and ends."""
    pairs = (zip(one, other, strict=False), zip(reversed(one), reversed(other), strict=False))
    return sum(len(list(takewhile(lambda both: both[0] == both[1], pair))) for pair in pairs)


def one_of(words: Iterable[str]) -> str:
    """Return ``a, b or c``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} or {last}" if most else last


def article(noun: str) -> str:
    """Return a noun with its article: ``a compute cluster``, ``an online endpoint``."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
