"""Drift as a change of the description's files, in the issue that tells of it: what whoever reads it may accept."""

import re
from collections.abc import Iterator

from azureml_arm.compare.masks import is_secret
from azureml_infra.description.clear_text import looks_like_credential
from azureml_review.render.escape import block, code

LONGEST = 20_000
"""Characters of the patch that an issue has at most."""
_NOTES, _NAMED = 2_000, 20
_FILE = re.compile(r"^(?=--- )", re.MULTILINE)
_NAME = re.compile(r"^(?:---|\+\+\+) [ab]/(.+)$", re.MULTILINE)
_ENTRY = re.compile(r"""^[ +-]\s*(?:- )?["']?([\w.-]+)["']?:\s+(.+)$""", re.MULTILINE)
_GIVEN = re.compile(r"""["']?\$\{\{\s*secrets\.""")
"""A credential that the stack has, by its name."""


def as_section(patch: str, notes: str, stack: str, room: int = LONGEST) -> str:
    """Return the markdown, with the files that fit, and the names of those that don't or that show a credential."""
    shown, left = "", []
    for change in filter(str.strip, _FILE.split(patch)):
        if _shows_credential(change):
            left.append(f"{code(_name(change))} has what looks like a credential")
        elif len(shown) + len(change) > min(room, LONGEST):
            left.append(f"{code(_name(change))} is too long for this")
        else:
            shown += change
    return "\n".join(_lines(shown, left, notes[:_NOTES], stack)) + "\n"


def _lines(shown: str, left: list[str], notes: str, stack: str) -> Iterator[str]:
    command = f"azureml-infra export --accept --stack {stack}"
    yield "### As a change of the description"
    yield ""
    yield (
        f"To keep what is in Azure, change the files: {code(command)} does, and with `--accept computes/cpu` "
        "only that. The next `up` takes back what isn't accepted."
    )
    if shown:
        yield ""
        yield block(shown.rstrip("\n"), "diff")
    if left:
        yield ""
        yield from (f"- not shown: {one}" for one in left[:_NAMED])
        yield from [f"- not shown: {len(left) - _NAMED} more"] if len(left) > _NAMED else []
    if notes.strip():
        yield ""
        yield block(notes.strip())


def _name(change: str) -> str:
    """Return the name of a changed file."""
    names = _NAME.findall(change)
    return str(names[-1]) if names else "a file"


def _shows_credential(change: str) -> bool:
    named = (
        is_secret((re.sub("[_-]", "", word),)) and not _GIVEN.match(value) for word, value in _ENTRY.findall(change)
    )
    return any(named) or any(looks_like_credential(line[1:].strip()) for line in change.splitlines())
