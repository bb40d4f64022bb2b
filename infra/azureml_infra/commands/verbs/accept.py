"""``export --diff``: drift as a patch of the description's files, and the files changed by it."""

import sys
from argparse import Namespace
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from fnmatch import fnmatchcase
from functools import cached_property, partial
from io import StringIO
from pathlib import Path
from typing import Any

from azureml_infra.commands.verbs.drift import GONE, Drift, Drifted, WordChange, change_at
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.exporting import Export
from azureml_infra.commands.verbs.target import find_folder, find_stack, find_target
from azureml_infra.description.adding import as_yaml, place_of, write_checked
from azureml_infra.description.load import PLATFORM, load, load_document
from azureml_infra.description.located import Located, key
from azureml_infra.description.overrides import SETTING, of_setting
from azureml_infra.yaml.nodes import Document, Location, Map, Node, Scalar, Sequence, child, data
from azureml_infra.yaml.read import parse, read
from azureml_infra.yaml.rewrite import RewriteError, rewrite

WORKSPACE = "workspace"
"""The word for the workspace, beside SECTION/NAME."""
DIFFERS = 2
"""What `--diff` returns where there is drift, as `terraform plan -detailed-exitcode` does."""


def tell_drift(arguments: Namespace) -> int:
    """Print the patch, or with ``--accept`` apply it; return the exit code. VerbError, DescriptionError."""
    target, folder = find_target(arguments), find_folder(arguments)
    stack = find_stack(arguments)
    stack = stack if stack is not None and stack.folder.resolve() == folder.resolve() else None
    over = of_setting(stack.settings.get(SETTING), stack.file) if stack else None
    load_description = partial(load, folder, over, stack.name if stack else None)
    drift = Drift(load_description(), Export(target))
    accepted = Acceptance(drift, stack.file if stack else None, arguments.accept or ())
    patch = list(accepted.patch())
    notes = [*accepted.notes, *accepted.drift.export.notes(accepted.new_files())]
    sys.stdout.writelines(patch if arguments.accept is None else ())
    sys.stderr.writelines(f"{line}\n" for line in notes)
    if arguments.accept is None:
        return DIFFERS if patch or accepted.notes else 0
    write_checked(accepted.texts, load_description)
    sys.stdout.writelines(f"{_from_here(path)}\n" for path in sorted(accepted.texts))
    return 0


def _from_here(path: Path) -> str:
    """Return a path as seen from here."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


@dataclass
class Acceptance:
    """The files of a description as they would be with what Azure has; `only` names what of it, or nothing for all."""

    drift: Drift
    stack_file: Path | None = None
    only: Collection[str] = ()
    notes: list[str] = field(default_factory=list)
    """What a change of the files can't say."""
    _wanted: dict[str, Any] = field(default_factory=dict)
    """What each file is to say, by its name in messages."""
    _gone: dict[str, list[Location]] = field(default_factory=dict)
    _texts: dict[Path, str | None] = field(default_factory=dict)
    """The new files, and None for those that go."""

    @cached_property
    def texts(self) -> dict[Path, str | None]:
        """Return the text of each file that changes; None for one that goes. Raises VerbError."""
        for drifted in self.drift.differing():
            if self._is_meant(drifted.located.entity):
                self._change(drifted)
        for located in self.drift.missing():
            if self._is_meant(located.entity):
                self._take_out(located)
        for section, found in self.drift.more().items():
            for words in self.drift.export.words(section, found):
                self._add(section, words)
        self.notes += [f"left out: {one}" for one in self.drift.export.skipped]
        for name, places in self._gone.items():
            for place in sorted(places, key=lambda at: [str(step).zfill(6) for step in at], reverse=True):
                change_at(self._of(name), WordChange(place, GONE))
        try:
            made = {self._path(name): self._rewrite(name, wanted) for name, wanted in self._wanted.items()}
        except RewriteError as error:
            raise VerbError(f"{error}; change it by hand") from None
        return {path: text for path, text in made.items() if text is not None} | self._texts

    def patch(self) -> Iterator[str]:
        """Yield the lines of a patch that makes these changes, as `git apply` takes it."""
        for path, text in sorted(self.texts.items()):
            name = _from_here(path)
            before = path.read_bytes().decode("utf-8") if path.exists() else None
            old = f"a/{name}" if before is not None else "/dev/null"
            new = f"b/{name}" if text is not None else "/dev/null"
            first, second = (StringIO(one or "", newline="\n").readlines() for one in (before, text))
            for line in unified_diff(first, second, fromfile=old, tofile=new):
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

    def new_files(self) -> list[str]:
        """Return the texts of the files that are new."""
        return [text for path, text in self.texts.items() if text is not None and not path.exists()]

    def _is_meant(self, entity: Any) -> bool:
        word = WORKSPACE if entity.family == "workspaces" else f"{entity.family}/{key(entity)}"
        return not self.only or word.lower() in {one.lower() for one in self.only}

    def _change(self, drifted: Drifted) -> None:
        located = drifted.located
        for change in drifted.changes:
            name, place = self._where(located.document, (*located.at, *change.at))
            change_at(self._of(name), WordChange(place, change.value))
        for one in drifted.unexplained:
            values = "" if one.secret else f": {one.old!r} in Azure, {one.new!r} by the description"
            what = f"no change here makes {one.path} what Azure has{values}"
            self.notes.append(str(located.problem((), what)))

    def _take_out(self, located: Located) -> None:
        if located.at:
            name, place = self._where(located.document, located.at)
            self._gone.setdefault(name, []).append(place)
            return
        self._texts[self._path(located.file)] = None
        for section in (located.entity.family, "include"):
            items = child(self.drift.description.document.root, section)
            for index, item in enumerate(items.items if isinstance(items, Sequence) else ()):
                named = child(item, "path") if isinstance(item, Map) else item
                if isinstance(named, Scalar) and str(named.value).removeprefix("./") == located.file:
                    self._gone.setdefault(PLATFORM, []).append((section, index))

    def _add(self, section: str, words: Mapping[str, Any]) -> None:
        text = as_yaml(words)
        located, _ = load_document(parse(text.encode(), section), self.drift.description.root, None, section)
        if not self._is_meant(located.entity):
            return
        taken = [path.relative_to(self.drift.description.root).as_posix() for path in self._texts]
        name = place_of(self.drift.description, located.entity, taken)
        self._texts[self.drift.description.root / name] = text
        for word in (section, "include"):
            items = child(self.drift.description.document.root, word)
            globs = [data(item) for item in items.items] if isinstance(items, Sequence) else []
            if any(isinstance(one, str) and fnmatchcase(name, one.replace("**/", "*")) for one in globs):
                return
        self._of(PLATFORM).setdefault(section, []).append(name)

    def _of(self, name: str) -> Any:
        if name not in self._wanted:
            self._wanted[name] = data(read(self._path(name), name).root)
        return self._wanted[name]

    def _rewrite(self, name: str, wanted: Any) -> str | None:
        before = self._path(name).read_bytes().decode("utf-8")
        made = rewrite(before, wanted, name)
        return made if made != before else None

    def _path(self, name: str) -> Path:
        inside = self.drift.description.root / name
        given = self.stack_file
        return given.resolve() if given is not None and given.name == name and not inside.exists() else inside

    def _where(self, document: Document, at: Location) -> tuple[str, Location]:
        """Return the file in which a value is written, or would be, and its location in it."""
        node: Node = document.root
        for index, step in enumerate(at):
            below = child(node, step)
            if below is None:
                return self._in_file(document, node, at[index:])
            node = below.path or below if isinstance(below, Map) else below
        return self._in_file(document, node, ())

    def _in_file(self, document: Document, node: Node, rest: Location) -> tuple[str, Location]:
        name = document.file(node)
        place = _place_of(read(self._path(name), name).root, node)
        if place is None:
            raise VerbError(f"{name}:{node.line}: Azure has another value, which can't be written there")
        return name, (*place, *rest)


def _place_of(root: Node, wanted: Node, at: Location = ()) -> Location | None:
    """Return the location in a file of what stands at another one's line and column."""
    if type(root) is type(wanted) and (root.line, root.column) == (wanted.line, wanted.column):
        return at
    if isinstance(root, Map):
        below: Any = ((word, value) for word, (_, value) in root.entries.items())
    else:
        below = enumerate(root.items) if isinstance(root, Sequence) else ()
    return next((found for step, node in below if (found := _place_of(node, wanted, (*at, step))) is not None), None)
