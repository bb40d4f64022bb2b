"""The pieces of a comment: a resource, a value's change and a place as markdown, and folded lists."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from azureml_review.model import Change, Field, SourceLine
from azureml_review.render.differences import difference, single
from azureml_review.render.escape import code, plain
from azureml_review.security import about_security

Item = TypeVar("Item")


@dataclass(frozen=True)
class Links:
    """The links to places: the address of the repository's files at the reviewed commit, ending in a slash."""

    files: str = ""

    def place(self, place: SourceLine | None) -> str:
        """Return a place as markdown: only the file's base name where a link leads to it."""
        if place is None:
            return ""
        short = f"{place.file.rpartition('/')[2]}:{place.line}"
        return f"[{code(short)}]({self.to(place)})" if self.files else code(str(place))

    def to(self, place: SourceLine) -> str:
        """Return a place's address."""
        return f"{self.files}{quote(place.file)}#L{place.line}"

    def name(self, name: str, place: SourceLine | None) -> str:
        """Return a resource's name with a link to its place."""
        if place is None:
            return code(name)
        return f"[{code(name)}]({self.to(place)})" if self.files else f"{code(name)} ({code(str(place))})"


@dataclass(frozen=True)
class Room:
    """How much of everything a comment shows: less where it gets too long."""

    open: int = 12
    """Rows of a section that stand open."""
    folded: int = 1000
    """Rows of a section that are folded below them."""
    fields: int = 20
    """Values of one resource."""
    text: int = 4000
    """Characters of one message."""


@dataclass(frozen=True)
class Style:
    """The settings that the sections of one comment share."""

    links: Links
    room: Room

    def title(self, change: Change) -> str:
        """Return ``compute cluster `aml-cluster` ``, with a link to its first line."""
        return f"{plain(change.noun)} {self.links.name(change.name, change.place)}"

    def field(self, field: Field) -> str:
        """Return ``max_instances``: 5 → 20."""
        where = f" {self.links.place(field.place)}" if field.place else ""
        return f"{code(field.word)}: {_field_values(field)}{where}"

    def fields(self, fields: Sequence[Field], *, marked: bool = False) -> Iterator[str]:
        """Yield the values of one resource, one a row, with a shield at those about security."""
        for field in fields[: self.room.fields]:
            yield f"{self.field(field)}{' 🛡️' if marked and about_security(field) else ''}"
        if len(fields) > self.room.fields:
            yield f"and {len(fields) - self.room.fields} more values"

    def cut(self, text: str) -> str:
        """Return a message, cut to the room there is."""
        return text if len(text) <= self.room.text else f"{text[: self.room.text]} …"

    def fold(self, items: Sequence[Item], row: Callable[[Item], str]) -> Iterator[str]:
        """Yield a list: the first rows open, the others folded; only rows that are shown are rendered."""
        yield from map(row, items[: self.room.open])
        rest = items[self.room.open :]
        if rest:
            yield from self.rest(rest, row, f"{len(rest)} more")

    def rest(self, items: Sequence[Item], row: Callable[[Item], str], title: str) -> Iterator[str]:
        """Yield a folded list, with the count of the rows left out."""
        shown = [row(item) for item in items[: self.room.folded]]
        left_out = len(items) - len(shown)
        yield from details(title, [*shown, *([f"- and {left_out} more"] if left_out else [])])

    def names(self, changes: Iterable[Change]) -> list[str]:
        """Return rows for each kind, with the names of all that are of it."""
        nouns: dict[str, list[Change]] = {}
        for change in changes:
            nouns.setdefault(change.noun, []).append(change)
        return [
            row
            for noun, members in sorted(nouns.items(), key=lambda item: item[0].lower())
            for row in self._names(noun, members)
        ]

    def _names(self, noun: str, changes: Sequence[Change]) -> Iterator[str]:
        for start in range(0, len(changes), 50):
            part = changes[start : start + 50]
            yield f"- {plain(noun)}: {', '.join(self.links.name(one.name, one.place) for one in part)}"


def _field_values(field: Field) -> str:
    if field.secret:
        return "*(a secret)*"
    if field.old is None:
        return code(single(field.new))
    return difference(field.old, field.new, code)


def below(first: str, rows: Iterable[str]) -> str:
    """Return a row of a list with rows below it."""
    return "\n".join([f"- {first}", *(f"  - {row}" for row in rows)])


def details(title: str, rows: Sequence[str]) -> Iterator[str]:
    """Yield a folded block."""
    yield ""
    yield f"<details><summary>{title}</summary>\n"
    yield from rows
    yield "\n</details>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table, without its empty columns."""
    found = list(rows)
    kept = [at for at in range(len(head)) if at == 0 or any(row[at] for row in found)]
    yield _row(head[at] for at in kept)
    yield _row("---" for _ in kept)
    yield from (_row(row[at] for at in kept) for row in found)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
