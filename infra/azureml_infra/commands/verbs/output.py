"""Printing what a verb returns, in az's formats, after az's ``--query``."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from azureml_infra.commands.verbs.errors import VerbError

_VARIABLE = "AZURE_CORE_OUTPUT"
_WIDEST = 100


def add_output(parser: ArgumentParser) -> None:
    """Add the options about what is printed."""
    given = os.environ.get(_VARIABLE, "")
    default = given if given in WRITERS else "json"
    parser.add_argument(
        "--output", "-o", choices=WRITERS, default=default, help=f"how it is printed; ${_VARIABLE} or json"
    )
    parser.add_argument("--query", metavar="JMESPATH", help="what of it is printed: https://jmespath.org")


def add_web(parser: ArgumentParser, *, short: bool = True) -> None:
    """Add the option that shows something in a browser."""
    names = ["--web", *(["-e"] if short else [])]
    parser.add_argument(*names, action="store_true", help="open it in the studio, in a web browser")


def open_in_studio(link: str) -> None:
    """Open a page of the studio; where there is no browser, say its address."""
    import webbrowser

    if link and not webbrowser.open(link):
        sys.stderr.write(f"studio: {link}\n")


def show(found: Any, arguments: Namespace, columns: Sequence[str] = (), out: TextIO | None = None) -> int:
    """Print what was found, and return the exit code. Raises VerbError for a query that is none."""
    stream = out or sys.stdout
    if arguments.query:
        found, columns = _query(found, arguments.query), ()
    stream.write(WRITERS[arguments.output](found, columns))
    return 0


def _query(found: Any, query: str) -> Any:
    import jmespath  # only where something is asked for
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(query, found)
    except JMESPathError as error:
        raise VerbError(f"--query {query!r}: {' '.join(str(error).split())}") from None


def _json(found: Any, _: Sequence[str]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _yaml(found: Any, _: Sequence[str]) -> str:
    import yaml

    text: str = yaml.safe_dump(found, sort_keys=False, allow_unicode=True)
    return text


def _tsv(found: Any, columns: Sequence[str]) -> str:
    """Return a line for each item, with its values; those of columns first known, in their order."""
    rows = found if isinstance(found, list) else [found]
    known = [word for word in columns if any(isinstance(row, dict) and _has(row, word) for row in rows)]
    return "".join("\t".join(_cells(row, known)) + "\n" for row in rows if row is not None)


def _has(row: Mapping[str, Any], column: str) -> bool:
    return column.partition(".")[0] in row


def _at(row: Mapping[str, Any], column: str) -> str:
    """Return the text of a column: a word, or `word.inner`."""
    word, _, inner = column.partition(".")
    value = row.get(word)
    return _text(value.get(inner) if inner and isinstance(value, dict) else value)


def _cells(row: Any, columns: Sequence[str]) -> list[str]:
    if isinstance(row, dict):
        return [_at(row, word) for word in columns] if columns else [_text(value) for value in row.values()]
    return [_text(item) for item in row] if isinstance(row, list) else [_text(row)]


def _table(found: Any, columns: Sequence[str]) -> str:
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        return _tsv(found, ())
    if not rows:
        return ""
    known = columns or dict.fromkeys(word for row in rows for word in row)
    words = [word for word in known if any(_at(row, word) for row in rows)]
    cells = [[_cut(_at(row, word)) for word in words] for row in rows]
    heads = [f"{head[:1].upper()}{head[1:]}" for head in (word.rpartition(".")[2] for word in words)]
    widths = [max(len(line[at]) for line in [heads, *cells]) for at in range(len(heads))]
    lines = [heads, ["-" * width for width in widths], *cells]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _text(value: Any) -> str:
    """Return a value on one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key}={_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(value).split())


WRITERS = {
    "json": _json,
    "jsonc": _json,
    "table": _table,
    "tsv": _tsv,
    "yaml": _yaml,
    "yamlc": _yaml,
    "none": lambda *_: "",
}
"""Format -> the function from what was found, and the columns of a table, to text; the `c` of az, colours, is none."""
