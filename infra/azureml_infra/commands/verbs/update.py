"""``update``: what is described changes in its file, comments kept; the next `up` makes it so."""

import re
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from azureml_infra.commands.verbs.create import (
    add_fields,
    add_into,
    add_set,
    is_inside,
    of_file,
    read_flags,
    refuse_local_paths,
)
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.given import as_value, as_written_in, as_yaml_value, pairs_of_values
from azureml_infra.commands.verbs.nouns import Noun
from azureml_infra.commands.verbs.output import show
from azureml_infra.commands.verbs.target import find_folder
from azureml_infra.description.adding import AddingError
from azureml_infra.description.changing import change
from azureml_infra.description.load import PLATFORM, Description, load
from azureml_infra.entities.references import registry_name
from azureml_infra.yaml.nodes import Location
from azureml_infra.yaml.problems import nearest, quote

_STEPS = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_WORKSPACE = "workspace"
_OF_PLATFORM = ("$schema", "location", "resource_group")
"""What the file of a workspace says and platform.yml says beside it."""


def add_update(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``update``."""
    parser.epilog = "It changes the file in the description, which is what is true: the next `up` makes it so."
    option = parser.add_argument
    option(
        "--file", "-f", type=Path, metavar="FILE", help="a file of az ml: what it says is there in place of all else"
    )
    option("--name", "-n", metavar="NAME", help=f"the {noun.noun}'s name")
    taken = {"name", "version", "endpoint_name", "registry", "kind"}
    if noun.versioned:
        option("--version", "-v", metavar="VERSION", help="its version; may be left out where one alone is described")
    if noun.of_endpoint:
        option("--endpoint-name", "-e", metavar="NAME", help="its endpoint")
    if noun.in_registries:
        option("--registry-name", metavar="NAME", help="the registry that it is made in")
    add_into(parser)
    add_set(parser)
    several: dict[str, Any] = {"nargs": "+", "action": "append", "default": []}
    option("--add", metavar="PATH VALUE", help="a value more in a list: inputs.rows 5, or NAME=VALUE …", **several)
    option("--remove", metavar="PATH INDEX", help="a word, or what is at an index of a list", **several)
    option("--force-string", action="store_true", help="a value of --set and --add is text")
    add_fields(parser, noun, taken)


def run_update(noun: Noun, arguments: Namespace) -> int:
    """Change the file, and print what it says of the entity. Raises VerbError, DescriptionError."""
    folder = find_folder(arguments)
    flags = read_flags(arguments)
    if not flags and not (arguments.file or arguments.set or arguments.add or arguments.remove):
        raise VerbError("what is changed? give --file, its fields as flags, or --set, --add or --remove")
    whole = _read_file(noun, folder, arguments) if arguments.file else None
    file, at = _find(noun, load(folder), arguments)

    def edit(words: dict[str, Any]) -> None:
        if whole is not None:
            words.clear()
            words.update(whole)
        for path, text in flags.items():
            _put(words, path, as_value(text))
        for one in arguments.set:
            path, sign, text = one.partition("=")
            if not sign:
                raise VerbError(f"--set {one}: expected PATH=VALUE, such as tags.team=vision")
            _put(words, path, _value(text, arguments))
        for path, *texts in arguments.add:
            _extend(words, path, texts, arguments)
        for path, *index in arguments.remove:
            _take(words, f"{path}[{index[0]}]" if index else path)

    try:
        changed = change(folder, file, at, edit)
    except AddingError as error:
        raise VerbError(str(error)) from None
    sys.stderr.write(f"changed {folder / file}; `pulumi up` makes it so\n")
    return show(changed, arguments)


def _read_file(noun: Noun, folder: Path, arguments: Namespace) -> dict[str, Any]:
    """Return what a file says; what it is called is said by it, too, where no flag does. Raises VerbError."""
    if is_inside(arguments.file, folder):
        raise VerbError(f"{arguments.file} is in the description: what is changed there is changed")
    located = of_file(noun, arguments.file)
    refuse_local_paths(located, arguments.file, folder)
    words: dict[str, Any] = as_written_in(located.document.root)
    for word in ("name", "version", "endpoint_name"):
        if getattr(arguments, word, None) is None:
            setattr(arguments, word, words.get(word))
    return {word: value for word, value in words.items() if not noun.is_workspace or word not in _OF_PLATFORM}


def _find(noun: Noun, description: Description, arguments: Namespace) -> tuple[str, Location]:
    """Return the file and the place of what is meant. Raises VerbError where that isn't one thing."""
    if noun.is_workspace:
        return _find_workspace(noun, description, arguments)
    if not arguments.name:
        raise VerbError(f"which {noun.noun} is changed? give --name")
    of_section = [one for one in description.entities if one.entity.family == noun.section]
    wanted = {word: getattr(arguments, word, None) for word in ("version", "endpoint_name")}
    registry = getattr(arguments, "registry_name", None)
    found = [
        one
        for one in of_section
        if one.entity.name == arguments.name
        and all(text in (None, getattr(one.entity, word, None)) for word, text in wanted.items())
        and (registry is None or registry_name(getattr(one.entity, "registry", None) or "") == registry_name(registry))
    ]
    if not found:
        near = nearest(arguments.name, [str(one.entity.name) for one in of_section if one.entity.name])
        hint = f"; did you mean {near}?" if near and near != arguments.name else ""
        raise VerbError(f"the description has no such {noun.noun} {quote(arguments.name)}{hint}")
    if len(found) > 1:
        places = ", ".join(f"{one.file}:{one.line}" for one in found)
        flag = "--endpoint-name" if noun.of_endpoint else "--version"
        raise VerbError(f"there are several {noun.plural} {quote(arguments.name)} ({places}); say which by {flag}")
    return found[0].file, found[0].at


def _find_workspace(noun: Noun, description: Description, arguments: Namespace) -> tuple[str, Location]:
    said = description.platform.workspace
    if said is None or _WORKSPACE not in description.platform.model_fields_set:
        raise VerbError(f"{PLATFORM} describes no {noun.noun}; `azureml-infra {noun.name} create` does")
    if noun.kind and said.kind != noun.noun:
        raise VerbError(f"{PLATFORM} describes a {said.kind}, and no {noun.noun}")
    if arguments.name and said.name and said.name != arguments.name:
        raise VerbError(f"{PLATFORM} describes the {noun.noun} {quote(said.name)}, not {quote(arguments.name)}")
    return PLATFORM, (_WORKSPACE,)


def _value(text: str, arguments: Namespace) -> Any:
    return text if arguments.force_string else as_value(as_yaml_value(text))


def _steps(path: str) -> list[str | int]:
    return [int(index) if index else word for index, word in _STEPS.findall(path)]


def _above(words: Any, path: str) -> tuple[Any, str | int]:
    """Return what holds the last step of a path, made where it isn't there, and that step. Raises VerbError."""
    *above, last = _steps(path) or [path]
    for step in above:
        if isinstance(words, dict) and isinstance(step, str):
            words = words.setdefault(step, {})
        elif isinstance(words, list) and isinstance(step, int) and step < len(words):
            words = words[step]
        else:
            raise VerbError(f"{path}: there is no {quote(str(step))}")
    fits = isinstance(words, dict) if isinstance(last, str) else isinstance(words, list) and last < len(words)
    if not fits:
        raise VerbError(f"{path}: there is no {quote(str(last))}")
    return words, last


def _put(words: dict[str, Any], path: str, value: Any) -> None:
    above, last = _above(words, path)
    above[last] = value


def _extend(words: dict[str, Any], path: str, texts: list[str], arguments: Namespace) -> None:
    above, last = _above(words, path)
    if isinstance(last, str):
        above.setdefault(last, [])
    if not isinstance(above[last], list) or not texts:
        raise VerbError(f"--add {path}: expected the path of a list, and a value")
    is_mapping = all("=" in text and not text.startswith(("{", "[")) for text in texts)
    above[last] += [as_value(pairs_of_values(texts))] if is_mapping else [_value(text, arguments) for text in texts]


def _take(words: dict[str, Any], path: str) -> None:
    above, last = _above(words, path)
    if isinstance(last, str) and last not in above:
        raise VerbError(f"--remove {path}: there is no {quote(last)}")
    del above[last]
