"""Reading a folder of YAML, or one az ml file, into validated entities or into every problem in it.

A description is a folder with a platform.yml. Its sections hold entities in place, or paths and globs of az ml files,
all of them inside the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from azureml_infra.description.check import check
from azureml_infra.description.clear_text import credentials
from azureml_infra.description.effects import effects_of
from azureml_infra.description.files import ResolvedFile, find
from azureml_infra.description.grafts import graft
from azureml_infra.description.items import laid_over, names_a_file, settle_place
from azureml_infra.description.located import ENDPOINTS, Checked, Located
from azureml_infra.description.overrides import Overrides, overlay
from azureml_infra.description.translate import translate
from azureml_infra.description.variables import Variables
from azureml_infra.entities.in_file import Files, context_of
from azureml_infra.entities.kinds import Kind, UnknownKindError, find_kind, schema_names, types_of
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.nodes import (
    Document,
    Location,
    Map,
    Node,
    Scalar,
    Sequence,
    as_written,
    child,
    data,
    descend,
    written_data,
)
from azureml_infra.yaml.problems import DescriptionError, Problem, article, nearest
from azureml_infra.yaml.read import read

if TYPE_CHECKING:
    from azureml_infra.entities.platform import PlatformDescription

PLATFORM = "platform.yml"
"""The file that makes a folder a description."""


@dataclass(frozen=True)
class Description:
    """A platform and its entities, in the order of the sections."""

    root: Path
    platform: PlatformDescription
    entities: tuple[Located, ...]
    document: Document = field(repr=False, compare=False)
    """platform.yml, with what overrides it."""
    warnings: tuple[Problem, ...] = ()

    @property
    def own(self) -> Located:
        """Return what platform.yml says of the platform itself, with its place."""
        return Located(self.platform, self.document.name, 1, self.document)


def load(path: Path | str, overrides: Map | None = None, stack: str | None = None) -> Description:
    """Return a description, given by its folder or its platform.yml.

    `overrides` are those of one stack (see the module `overrides`), `stack` its name (see `variables`). Raises
    DescriptionError with every mistake in all of its files, with paths relative to the folder.
    """
    # Not at the top: a file alone needs none of the models of platform.yml.
    from azureml_infra.description.platform import access, building, custody, guardrails, homes

    path = Path(path)
    root = (path.parent if path.name == PLATFORM else path).resolve()
    reading = _Reading(root, Overrides(overrides))
    document = reading.document(read(root / PLATFORM, PLATFORM, reading.problems), stack)
    platform = reading.platform(document)
    for section in FAMILIES:
        reading.section(document, section)
    reading.include(document)
    problems = [*reading.problems, *reading.overrides.problems_of_names(), *check(reading.checked)]
    if platform is not None:
        own, checked = Located(platform, document.name, 1, document), reading.checked
        problems += [*guardrails(own, checked), *access(own), *custody(own, checked)]
        problems += [*building(own, checked), *homes(own, checked)]
        problems += effects_of(own.part(platform.workspace, "workspace"))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or platform is None:
        raise DescriptionError(errors)
    return Description(root, platform, tuple(reading.checked.entities), document, tuple(sorted(set(problems))))


def load_platform(path: Path | str, overrides: Map | None = None, stack: str | None = None) -> PlatformDescription:
    """Return what platform.yml says of the platform itself, as `load` does; none of its entities is read."""
    path = Path(path)
    root = (path.parent if path.name == PLATFORM else path).resolve()
    reading = _Reading(root, Overrides(overrides))
    found = reading.platform(reading.document(read(root / PLATFORM, PLATFORM, reading.problems), stack))
    if found is None:
        raise DescriptionError(reading.problems)
    return found


def load_file(path: Path, name: str = "", over: Map | None = None, section: str | None = None) -> Located:
    """Return the entity in one az ml file, with another mapping merged over it; `section` says what it may be.

    Raises as `check_file` does.
    """
    problems: list[Problem] = []
    return load_document(read(path, name or str(path), problems), path.parent, over, section, problems)[0]


def check_file(path: Path, name: str = "") -> tuple[Located, tuple[Problem, ...]]:
    """Return the entity in one az ml file, and warnings.

    Raises DescriptionError with every mistake in it, or UnknownKindError (only with `foreign`) if it isn't az ml's.
    """
    problems: list[Problem] = []
    return load_document(read(path, name or str(path), problems), path.parent, before=problems)


def load_document(
    document: Document,
    folder: Path,
    over: Map | None = None,
    section: str | None = None,
    before: list[Problem] | None = None,
) -> tuple[Located, tuple[Problem, ...]]:
    """Return the entity in a document, and warnings, as `check_file` does; its paths start from a folder."""
    reading = _Reading(None, Overrides(None), before if before is not None else [])
    document = reading.variables.fill(document)
    if over is not None:
        document = document.with_value(overlay(document.root, over))
    document = settle_place(document, ())
    try:
        kind = find_kind(data(document.root), section)
    except UnknownKindError as error:
        if error.foreign:
            raise
        raise DescriptionError([unknown_kind(error, document, ())]) from None
    located = reading.entity(document, (), kind, folder)
    problems = [*reading.problems, *check(reading.checked, alone=True)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or located is None:
        raise DescriptionError(errors)
    return located, tuple(sorted(set(problems)))


def unknown_kind(error: UnknownKindError, document: Document, at: Location, section: str | None = None) -> Problem:
    """Return the problem of a file or item whose kind is unknown."""
    node = descend(document.root, (*at, error.key) if error.key else at)
    words = list(error.words) or (schema_names() if error.key == "$schema" else list(types_of(section)))
    near = nearest(error.given, words) if error.given else ""
    return document.problem(node, error.what, error.expected, near)


@dataclass
class _Reading:
    """The state of reading a description. Without a root (single files) paths may lead anywhere."""

    root: Path | None
    overrides: Overrides
    problems: list[Problem] = field(default_factory=list)
    checked: Checked = field(default_factory=Checked)
    variables: Variables = field(default_factory=Variables)
    _seen: set[Path] = field(default_factory=set)

    def document(self, written: Document, stack: str | None) -> Document:
        """Return platform.yml as a stack has it: with its overrides, its name and its region."""
        place = data(descend(self.overrides.platform(written).root, ("location",)))
        given = {"stack": stack, "region": place if isinstance(place, str) else None}
        self.variables = Variables(**{word: value for word, value in given.items() if value})
        self.overrides.fill(self.variables)
        return self.overrides.platform(self.variables.fill(written))

    def platform(self, document: Document) -> PlatformDescription | None:
        """Return the validated platform.yml, without its sections' items, which `section` reads."""
        from azureml_infra.entities.platform import PlatformDescription

        try:
            context = context_of(self.root, self.root, document.name, Files(self.variables.fill))
            made = PlatformDescription.model_validate(written_data(document.root), context=context)
        except ValidationError as error:
            self.problems += credentials(document, self._report(error, document, (), PlatformDescription))
            return None
        self.problems += credentials(document, [])
        self.checked.strict = made.strict
        network = made.workspace.managed_network
        self.checked.by_identity = made.workspace.system_datastores_auth_mode == "identity"
        self.checked.existing = made.workspace.existing
        self.checked.isolated = network is not None and network.isolation_mode != "disabled"
        return made

    def section(self, document: Document, section: str) -> None:
        """Read the entities of one section."""
        items = child(document.root, section)
        for index, item in enumerate(items.items if isinstance(items, Sequence) else ()):
            if isinstance(item, Map) and names_a_file(item, section):
                for found, content in self._files(document, item.entries["path"][1], again=True):
                    self._item(laid_over(content, item, document), (), section, found)
            elif isinstance(item, Map):
                self._item(document, (section, index), section)
            else:
                self._read_files(document, item, section)

    def include(self, document: Document) -> None:
        """Read the entities of the files under `include`."""
        items = child(document.root, "include")
        for item in items.items if isinstance(items, Sequence) else ():
            self._read_files(document, item, None)

    def _read_files(self, document: Document, item: Node, section: str | None) -> None:
        """Read the entities of the files that a path or glob names."""
        for found, content in self._files(document, item):
            if not (found.by_glob and _is_conda(content)):
                self._item(content, (), section, found)

    def _files(self, document: Document, item: Node, *, again: bool = False) -> Iterator[tuple[ResolvedFile, Document]]:
        """Yield the files that a path or glob names, but for those that were read before, unless they are `again`."""
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            return
        assert self.root is not None  # noqa: S101  (only descriptions have sections)
        files, problems = find(self.root, item, document.name, PLATFORM)
        self.problems += problems
        new = [one for one in files if again or one.path not in self._seen]
        self._seen |= {one.path for one in new}
        for one in new:
            try:
                content = self.variables.fill(read(one.path, one.name, self.problems))
            except DescriptionError as error:
                self.problems += error.problems
            else:
                yield one, content

    def _item(self, document: Document, at: Location, section: str | None, found: ResolvedFile | None = None) -> None:
        try:
            document = settle_place(document, at)
            kind = find_kind(data(descend(document.root, at)), section)
            changed = self.overrides.entity(document, at, kind.section)
            if changed is None:
                return
            if changed is not document:
                document = settle_place(changed, at)
                kind = find_kind(data(descend(document.root, at)), section)
        except UnknownKindError as error:
            problem = unknown_kind(error, document, at, section)
            skip = found is not None and found.by_glob and section is None and error.foreign
            self.problems.append(_skip_warning(problem) if skip else problem)
            return
        if kind.section in FAMILIES:
            self.entity(document, at, kind, found.path.parent if found else self.root)
        else:
            what, expected = (
                f"{article(kind.model.kind)} doesn't belong in a section",
                f"`workspace:` in {PLATFORM}",
            )
            self.problems.append(Problem(document.name, 1, 1, what, expected))

    def entity(self, document: Document, at: Location, kind: Kind, folder: Path | None) -> Located | None:
        """Return one validated entity; None if there is something wrong with it."""
        node = descend(document.root, at)
        content = written_data(node)
        before = len(self.problems)
        files = Files(self.variables.fill)
        context = context_of(folder, self.root, document.name, files)
        try:
            made = kind.model.model_validate(content, context=context)
        except ValidationError as error:
            self._report(error, graft(document, at, folder, files), at, kind.model)
            made = None
        if not at:
            self.problems += credentials(document, self.problems[before:])
        if made is None:
            self._remember(kind.section, content, Located(None, document.name, node.line, document, at))
            return None
        followed = self.overrides.follow(document, at, made)
        if followed is not document:
            content = written_data(descend(followed.root, at))
            made = kind.model.model_validate(content, context=context)
        located = Located(made, document.name, node.line, graft(followed, at, folder, files), at)
        self.checked.entities.append(located)
        return located

    def _remember(self, family: str, content: Any, broken: Located) -> None:
        """Keep the name of an entity with mistakes, so that references to it aren't reported as well."""
        name, version = content.get("name"), as_written(content).get("version")
        if isinstance(name, str):
            name = f"{content.get('endpoint_name')}/{name}" if family in ENDPOINTS else name
            self.checked.names.add(family, name, None if version is None else str(version), broken)

    def _report(self, error: ValidationError, document: Document, at: Location, model: Any) -> list[Problem]:
        found = translate(error, document, at, model)
        self.problems += found
        return found


def _is_conda(document: Document) -> bool:
    """Return whether it is a conda specification beside the environment that names it."""
    return "dependencies" in document.root.entries and "$schema" not in document.root.entries


def _skip_warning(problem: Problem) -> Problem:
    return Problem(problem.file, problem.line, problem.column, "left out: not an az ml file", severity="warning")
