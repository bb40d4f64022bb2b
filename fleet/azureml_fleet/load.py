"""A fleet file read into its stacks, each with its description and its overrides; or every mistake."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from azureml_fleet.clashes import clashes
from azureml_fleet.model import FleetFile, Layer, Operator, StackEntry
from azureml_fleet.stacks import Fleet, Stack
from azureml_infra.description.clear_text import credentials
from azureml_infra.description.load import PLATFORM, load
from azureml_infra.description.overrides import merge_layers, with_file
from azureml_infra.description.translate import translate
from azureml_infra.yaml.nodes import Document, Location, Map, Node, child, data, descend, key_at
from azureml_infra.yaml.problems import DescriptionError, Problem, nearest, one_of, quote
from azureml_infra.yaml.read import read

FLEET = "fleet.yml"
PACKAGE = "azureml-infra"
DESCRIPTION, OVERRIDES = f"{PACKAGE}:description", f"{PACKAGE}:overrides"
_OWN = {DESCRIPTION: "description", OVERRIDES: "overrides"}
"""Settings that the fleet writes, and the field that says each."""
_SANDBOX = "sandbox"


def read_fleet(path: Path) -> Fleet:
    """Read a fleet file and every description that it names; DescriptionError has every mistake in all of them.

    Paths in it are seen from its own folder, where Pulumi.yaml is as well.
    """
    problems: list[Problem] = []
    document = read(path, path.name, problems)
    try:
        model = FleetFile.model_validate(data(document.root))
    except ValidationError as error:
        found = translate(error, document, (), FleetFile)
        raise DescriptionError([*problems, *found, *credentials(document, found)]) from None
    problems += credentials(document, [])
    stacks = [_stack(model, entry, document, index) for index, entry in enumerate(model.stacks)]
    reading = _Reading(path.parent, document, stacks)
    problems += [*_layers(model, document), *_named_twice(document, stacks), *reading.problems()]
    fleet = Fleet(path.parent, document, tuple(reading.stacks), tuple(sorted(set(reading.warnings))))
    problems += clashes(fleet)
    if problems:
        raise DescriptionError(problems)
    return fleet


def _stack(model: FleetFile, entry: StackEntry, document: Document, index: int) -> Stack:
    at: Location = ("stacks", index)
    layers = (model.defaults, model.environments.get(entry.environment, Layer()), entry)
    places: tuple[Location, ...] = (("defaults",), ("environments", entry.environment), at)
    config: dict[str, Any] = {}
    operator: dict[str, Any] = {}
    for layer in layers:
        config |= layer.config or {}
        operator |= layer.operator.model_dump(exclude_none=True) if layer.operator else {}
    return Stack(
        entry.name,
        PurePosixPath(entry.description).as_posix(),
        entry.environment,
        {key: value for key, value in config.items() if value is not None},
        merge_layers([one for place in places for one in _overrides(document, place)]),
        Operator.model_validate(operator),
        next((layer.secrets_provider for layer in reversed(layers) if layer.secrets_provider), ""),
        at,
    )


def _overrides(document: Document, place: Location) -> Iterator[Map]:
    """Yield a layer's overrides; its region is the description's location."""
    layer = _exactly(document, place)
    if not isinstance(layer, Map):
        return
    region, own = layer.entries.get("region"), child(layer, "overrides")
    given = [replace(layer, entries={"location": region})] if region and data(region[1]) is not None else []
    for one in [*given, own]:
        shown = with_file(one, document.name) if one is not None else None
        if isinstance(shown, Map):
            yield shown


def _exactly(document: Document, place: Location) -> Node | None:
    node: Node | None = document.root
    for step in place:
        node = child(node, step) if node is not None else None
    return node


def _layers(model: FleetFile, document: Document) -> Iterator[Problem]:
    """Yield what a layer can't say."""
    places: list[Location] = [("defaults",), *(("environments", name) for name in model.environments)]
    for place in [*places, *(("stacks", index) for index in range(len(model.stacks)))]:
        if isinstance(_exactly(document, place), Map):
            yield from _layer(document, place)
    for index, entry in enumerate(model.stacks):
        if entry.environment not in model.environments:
            node = descend(document.root, ("stacks", index, "environment"))
            what, known = f"there is no environment {quote(entry.environment)}", list(model.environments)
            near = nearest(entry.environment, known)
            yield Problem(document.name, node.line, node.column, what, one_of(known), near)


def _layer(document: Document, place: Location) -> Iterator[Problem]:
    for setting, word in _OWN.items():
        node = child(descend(document.root, (*place, "config")), setting)
        if node is not None:
            key = key_at(document.root, (*place, "config", setting))
            yield Problem(
                document.name, key.line, key.column, f"{quote(setting)} is the fleet's to write", f"`{word}:`"
            )
    overrides = descend(document.root, (*place, "overrides"))
    if child(descend(document.root, place), "region") is not None and child(overrides, "location") is not None:
        key = key_at(document.root, (*place, "overrides", "location"))
        yield Problem(document.name, key.line, key.column, "`region` says it, too", "one of the two")


def _named_twice(document: Document, stacks: Sequence[Stack]) -> Iterator[Problem]:
    first: dict[str, Stack] = {}
    for stack in stacks:
        node = descend(document.root, (*stack.at, "name"))
        earlier = first.setdefault(stack.name.lower(), stack)
        if earlier is not stack:
            line = descend(document.root, (*earlier.at, "name")).line
            what = f"a second stack is called {quote(stack.name)} (the first is in {document.name}:{line})"
            yield Problem(document.name, node.line, node.column, what, "another name")
        if stack.name.lower() == _SANDBOX:
            what = f"{quote(stack.name)} is the stack of `make up`"
            yield Problem(document.name, node.line, node.column, what, "another name")


class _Reading:
    """The descriptions of the stacks, with what is wrong with them: once, however many stacks share it."""

    def __init__(self, project: Path, document: Document, stacks: Sequence[Stack]) -> None:
        self._project = project
        self._document = document
        self._found: dict[Problem, list[Stack]] = defaultdict(list)
        self.warnings: list[Problem] = []
        self.stacks = [self._describe(stack) for stack in stacks]

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong; a mistake in a description that not all of its stacks have says which ones have it."""
        for problem, having in self._found.items():
            sharing = [stack for stack in self.stacks if stack.description == having[0].description]
            everywhere = len(having) == len(sharing) or problem.file == self._document.name
            names = ", ".join(stack.name for stack in having)
            yield problem if everywhere else replace(problem, what=f"{problem.what} (in {names})")

    def _describe(self, stack: Stack) -> Stack:
        missing = self._missing(stack)
        if missing is not None:
            self._found[missing].append(stack)
            return stack
        try:
            found = load(self._project / stack.description, stack.overrides, stack.name)
        except DescriptionError as error:
            for problem in error.problems:
                self._found[self._relocate(problem, stack)].append(stack)
            return stack
        self.warnings += [self._relocate(warning, stack) for warning in found.warnings]
        return replace(stack, found=found)

    def _missing(self, stack: Stack) -> Problem | None:
        """Return a folder that isn't there, at the place where the fleet names it."""
        root, folder = self._project.resolve(), (self._project / stack.description).resolve()
        node = descend(self._document.root, (*stack.at, "description"))
        if not folder.is_relative_to(root):
            what, near = f"{quote(stack.description)} leads out of the project", ""
        elif not (folder / PLATFORM).is_file():
            what = f"{quote(stack.description)} has no {PLATFORM}"
            near = nearest(stack.description, self._descriptions())
        else:
            return None
        return Problem(self._document.name, node.line, node.column, what, f"a folder with a {PLATFORM}", near)

    def _descriptions(self) -> list[str]:
        found = self._project.glob(f"*/{PLATFORM}"), self._project.glob(f"*/*/{PLATFORM}")
        return [file.parent.relative_to(self._project).as_posix() for files in found for file in files]

    def _relocate(self, problem: Problem, stack: Stack) -> Problem:
        """Return a problem with its path relative to the fleet file."""
        if problem.file == self._document.name:
            return problem
        return replace(problem, file=(PurePosixPath(stack.description) / problem.file).as_posix())
