"""The result of a command that only reads, kept until something that it read is another.

While the command works, each question that it asks the file system is noted with the answer: what a file holds, what a
path is, where a link leads, what a folder lists. The same words in the same folder ask these questions again and import
nothing else: where every answer is the same, and each module that was loaded is, the result is the same, too. Who asks
what can't be asked again (of a descriptor, or in order to write) keeps nothing.
"""

from __future__ import annotations

# What isn't imported here doesn't delay an unchanged result: pathlib, dataclasses.
import builtins
import hashlib
import io
import json
import os
import stat
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Result = tuple[int, str]
    """An exit code, and what is printed."""
    Asked = dict[tuple[str, str], str]
    """A question and a path -> the answer."""

MOST = 64
"""How many results are kept; the oldest go."""
_FORM = "1"
"""Of what is kept: another one isn't understood."""
_DECISIVE = ("PYDANTIC_", "PYTHON")
"""How the variables begin that change what a module does which this command loads."""
_CHANGED = "changed meanwhile"
_open, _stat, _lstat, _scandir, _readlink = io.open, os.stat, os.lstat, os.scandir, os.readlink


def result_of(words: Sequence[str], work: Callable[[], Result]) -> Result:
    """Return the result of the work that these words stand for, from an earlier run where it must be the same."""
    place = _place(words)
    if place is None:
        return work()
    kept = _read(place)
    if kept is not None and all(_ask(question, path) == answer for question, path, answer in kept["asked"]):
        return kept["code"], kept["text"]
    with _noting() as asked:
        code, text = work()
    asked |= {("module", path): _ask("module", path) for path in _modules()}
    if _CHANGED not in asked.values():
        _write(place, {"code": code, "text": text, "asked": [[*key, answer] for key, answer in asked.items()]})
    return code, text


def _content(path: str) -> str:
    with _open(path, "rb") as file:
        return hashlib.blake2b(file.read()).hexdigest()


def _listing(path: str) -> str:
    with _scandir(path) as entries:
        return str(sorted((one.name, _kind_of(one)) for one in entries))


def _kind_of(entry: os.DirEntry[str]) -> str:
    """Return what an entry of a folder is, and what a link leads to; a folder tells the former by itself."""
    if entry.is_symlink():
        return f"link, {_ask('kind', entry.path)}"
    return f"{entry.is_dir(follow_symlinks=False)}, {entry.is_file(follow_symlinks=False)}"


def _module(path: str) -> str:
    """Return what is another one after an edit or an installation; installers that link files change their ctime."""
    found = _stat(path)
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"


_QUESTIONS: dict[str, Callable[[str], str]] = {
    "content": _content,
    "kind": lambda path: oct(stat.S_IFMT(_stat(path).st_mode)),
    "own kind": lambda path: oct(stat.S_IFMT(_lstat(path).st_mode)),
    "link": lambda path: str(_readlink(path)),
    "listing": _listing,
    "module": _module,
}

_FUNCTIONS = {"stat": "kind", "lstat": "own kind", "readlink": "link", "scandir": "listing", "listdir": "listing"}
"""What asks them; pathlib, glob and os.path do it by these."""


def _ask(question: str, path: str) -> str:
    try:
        return _QUESTIONS[question](path)
    except (OSError, ValueError) as error:
        return f"{type(error).__name__} {getattr(error, 'errno', '')}"


@contextmanager
def _noting() -> Iterator[Asked]:
    """Yield the questions that the block asks, as it asks them; an answer that changes meanwhile is `_CHANGED`."""
    asked: Asked = {}

    def note(question: str, path: Any) -> None:
        if not isinstance(path, str | os.PathLike):
            asked["content", ""] = _CHANGED
            return
        key = question, os.fspath(path)
        answer = _ask(*key)
        if asked.setdefault(key, answer) != answer:
            asked[key] = _CHANGED

    def wrap(question: str, function: Any) -> Any:
        def ask(path: Any = ".", *more: Any, **options: Any) -> Any:
            own = options.get("follow_symlinks", True) is False
            note("own kind" if own else question, path if options.get("dir_fd") is None else None)
            return function(path, *more, **options)

        return ask

    def open_and_note(path: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
        note("content", path if set(mode) <= set("rbt") else None)
        return _open(path, mode, *more, **options)

    functions: dict[tuple[Any, str], Any] = {
        **{(os, name): wrap(question, getattr(os, name)) for name, question in _FUNCTIONS.items()},
        **{(module, "open"): open_and_note for module in (io, builtins)},
    }
    before = {(module, name): getattr(module, name) for module, name in functions}
    _replace(functions)
    try:
        yield asked
    finally:
        _replace(before)


def _replace(functions: Mapping[tuple[Any, str], Any]) -> None:
    for (module, name), function in functions.items():
        setattr(module, name, function)


def _modules() -> list[str]:
    """Return the files of all modules that are loaded: what they are decides what is answered."""
    found = (vars(module).get("__file__") for module in list(sys.modules.values()) if module is not None)
    return sorted({path for path in found if isinstance(path, str)})


def _place(words: Sequence[str]) -> str | None:
    """Return the file of what these words mean here, to this Python; None where there is no place for it."""
    try:
        run = [_FORM, *words, os.getcwd(), sys.version, str(sys.flags), *sys.path]  # noqa: PTH109
    except OSError:
        return None
    run += sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(_DECISIVE))
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    if not os.path.isabs(caches):  # noqa: PTH117
        return None
    return f"{caches}/azureml-infra/{hashlib.blake2b(repr(run).encode(), digest_size=16).hexdigest()}"


def _read(place: str) -> dict[str, Any] | None:
    """Return what is kept in a file; None for one that isn't whole."""
    try:
        with _open(place, "rb") as file:
            digest, _, content = file.read().partition(b"\n")
    except OSError:
        return None
    if digest.decode("ascii", "replace") != hashlib.blake2b(content).hexdigest():
        return None
    kept: dict[str, Any] = json.loads(content)
    return kept


def _write(place: str, kept: dict[str, Any]) -> None:
    """Keep a result, if there is room for it; whoever reads meanwhile finds the one before or this one."""
    content = json.dumps(kept).encode()
    folder, own = os.path.dirname(place), f"{place}.{os.getpid()}"  # noqa: PTH120
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        with _open(own, "wb") as file:
            file.write(hashlib.blake2b(content).hexdigest().encode() + b"\n" + content)
        os.replace(own, place)  # noqa: PTH105
        with _scandir(folder) as entries:
            ages = sorted((one.stat().st_mtime_ns, one.path) for one in entries)
        for _, old in ages[:-MOST]:
            os.remove(old)  # noqa: PTH107
