"""Escaping of foreign text in markdown: nothing in it is a link, a mention, an image, HTML or a fence."""

import re

_MENTION = re.compile(r"(?<![\w`])([@#])(?=\w)")
_ZERO_WIDTH = "\u200b"


def plain(text: str) -> str:
    """Return a text on one line, shown as it is written."""
    line = " ".join(_printable(text).split())
    return _MENTION.sub(rf"\1{_ZERO_WIDTH}", line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        .replace("\\", "\\\\").replace("`", "\\`").replace("*", "\\*").replace("_", "\\_").replace("[", "\\[")
        .replace("]", "\\]").replace("|", "\\|").replace("~", "\\~"))  # fmt: skip


def code(text: str) -> str:
    """Return a code span, also for a table; with a longer fence where the text has backticks."""
    line = " ".join(_printable(text).split()).replace("|", "\\|") or " "
    fence = _fence(line, 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str, language: str = "text") -> str:
    """Return a fenced block. Comment markers in it are broken up, for tools that search the raw text."""
    fence = _fence(text, 3)
    return f"{fence}{language}\n{_printable(text, keep_lines=True).replace('<!--', f'<{_ZERO_WIDTH}!--')}\n{fence}"


def _fence(text: str, least: int) -> str:
    """Return more backticks than stand together in a text; few texts have one."""
    longest = max(map(len, re.findall(r"`+", text))) if "`" in text else 0
    return "`" * max(least, longest + 1)


def _printable(text: str, *, keep_lines: bool = False) -> str:
    """Return a text without control and bidirectional characters."""
    if text.isprintable():
        return text
    kept = "\n\t" if keep_lines else ""
    return "".join(char if char.isprintable() or char in kept else " " for char in text)
