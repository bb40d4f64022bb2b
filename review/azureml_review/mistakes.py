"""Errors and warnings that name a line of the description, as findings on that line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from azureml_policies.baseline.past import name_in
from azureml_policies.previews.read import Message
from azureml_review.changes import WORKSPACE
from azureml_review.model import Mistake, SourceLine

_LINE = re.compile(r"(?P<file>[^\s:][^:\n]*\.ya?ml):(?P<line>\d+)(?::\d+)?: (?P<text>.+)")
_STACK_FILE = re.compile(r"Pulumi\..+\.ya?ml")
_PROTECTED = re.compile(
    r'resource "(?P<urn>[^"]+)" cannot be deleted\s+because it is protected\. .*?pulumi state unprotect [^`]*`',
    re.DOTALL,
)
_NOT_REPLACED = re.compile(
    r'unable to replace resource "(?P<urn>[^"]+)"(?: as part of replacing "[^"]+")?\s+as it is currently marked for '
    r"protection\. .*?run `pulumi up`",
    re.DOTALL,
)
"""What the engine says of each resource that `protect` keeps."""
_REPLACE = "to have another workspace in its place, write `replace: NAME`, the name of the new one, below `workspace:`"
_UNPROTECT = "to let one go, unprotect it first: pulumi state unprotect URN"
_WARNING = "warning: "
"""How the text of a warning begins (`azureml_infra.yaml.problems`)."""
_JUDGING = ("error", "warning")
"""The severities that say what is wrong; a program may print anything."""
_TITLE = re.compile(r"\d+ mistakes? in (?P<folder>.+), so nothing was changed")
"""How `azureml_infra.description` begins the list of what is wrong in a folder."""


def mistakes_in(messages: Sequence[Message], folder: Path, base: Path) -> tuple[list[Mistake], list[Message]]:
    """Return the mistakes of a description, and the messages without them.

    Their files are relative to the description's folder, which the message names; `folder` is the default.
    """
    found: dict[Mistake, None] = {}
    rest: list[Message] = []
    for message in messages:
        mistakes, text = _split(message, folder, base) if message.severity in _JUDGING else ([], message.text)
        found |= dict.fromkeys(mistakes)
        rest += [replace(message, text=_short(text))] if text else []
    return list(found), rest


def _split(message: Message, folder: Path, base: Path) -> tuple[list[Mistake], str]:
    lines = message.text.splitlines()
    titles = [title for line in lines if (title := _TITLE.fullmatch(line.strip()))]
    root = _below(Path(titles[0]["folder"]), base) if titles else folder
    matches = [_LINE.fullmatch(line.strip()) for line in lines]
    mistakes = [_mistake(root, match, message.severity) for match in matches if match]
    kept = [
        line
        for line, match in zip(lines, matches, strict=True)
        if match is None and not (mistakes and _TITLE.fullmatch(line.strip()))
    ]
    return mistakes, "\n".join(kept).strip()


def _short(text: str) -> str:
    """Return a message with one line for each protected resource, and the remedy once."""
    remedies = dict.fromkeys(_remedy(match["urn"]) for match in _NOT_REPLACED.finditer(text))
    remedies |= dict.fromkeys(_UNPROTECT for _ in _PROTECTED.finditer(text))
    for pattern in (_PROTECTED, _NOT_REPLACED):
        text = pattern.sub(lambda match: f"{name_in(match['urn'])} is protected: it can't be deleted or replaced", text)
    return "\n".join([text, *remedies])


def _remedy(urn: str) -> str:
    return _REPLACE if WORKSPACE in urn else _UNPROTECT


def _mistake(root: Path, match: re.Match[str], severity: str) -> Mistake:
    file = Path(match["file"])
    # The stack's own file lies in the project's folder, whatever folder its description is in.
    path = file if _STACK_FILE.fullmatch(file.name) and len(file.parts) == 1 else root / file
    text = match["text"].removeprefix(_WARNING)
    is_warning = severity == "warning" or text != match["text"]
    return Mistake(SourceLine(path.as_posix(), int(match["line"])), text, is_warning)


def _below(folder: Path, base: Path) -> Path:
    """Return a folder relative to the project's."""
    try:
        return folder.relative_to(base.resolve()) if folder.is_absolute() else folder
    except ValueError:
        return folder
