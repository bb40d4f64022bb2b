"""``create``: an entity of a file, or of flags, written into the description; the next `up` makes it."""

from __future__ import annotations

import copy
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial, reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.flags import given_flags, short_forms
from azureml_infra.commands.verbs.given import (
    as_written_in,
    as_yaml_value,
    names,
    overriding,
    pairs,
    pairs_of_values,
    short_for,
)
from azureml_infra.commands.verbs.nouns import NOUNS, Noun
from azureml_infra.commands.verbs.output import show
from azureml_infra.commands.verbs.pointing import FLAGS as POINTING
from azureml_infra.commands.verbs.pointing import point_endpoint_at
from azureml_infra.commands.verbs.target import find_folder
from azureml_infra.description.adding import Added, AddingError, add, as_yaml, write_checked
from azureml_infra.description.load import PLATFORM, load, load_document, load_file, load_platform
from azureml_infra.entities.base import LocalPath
from azureml_infra.entities.body import leaves, specs
from azureml_infra.entities.documentation import documentation
from azureml_infra.entities.kinds import KINDS, Kind, find_kind
from azureml_infra.entities.platform import platform_name
from azureml_infra.entities.resources import SCHEMA
from azureml_infra.yaml.nodes import Map, data, descend
from azureml_infra.yaml.problems import quote
from azureml_infra.yaml.read import parse

if TYPE_CHECKING:
    from azureml_infra.description.located import Located

_MAPS = ("tags", "properties")
_PAIRS = ("traffic", "mirror_traffic", "defaults")
"""What az takes as `"a=90 b=10"`, in one word."""
_IMPORTS = replace(NOUNS["data"], section="data_imports", noun="data import")
_SHARES = Noun("share", "share", "", (), "share")
_COMMAND_LINE = "the command line"


def add_create(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``create``: a file, and a flag for each field of the kinds of this noun."""
    parser.epilog = (
        "It writes the YAML into the description, which is what is true: the next `up` makes it. A VALUE is YAML, so a "
        "list is [a, b]."
    )
    parser.add_argument("--file", "-f", type=Path, metavar="FILE", help="a file of az ml")
    add_into(parser)
    add_set(parser)
    add_fields(parser, noun)
    if noun.name in POINTING:
        flag, text = POINTING[noun.name]
        parser.add_argument(flag, dest="points", action="store_true", help=text)


def add_fields(parser: ArgumentParser, noun: Noun, taken: Collection[str] = ()) -> None:
    """Add a flag for each field of the kinds of a noun, but for those that are taken."""
    fields = parser.add_argument_group("its fields, by their names in the file")
    short = short_forms(noun.name)
    for word, text, type_ in _fields(noun, taken):
        flags = [f"--{word.replace('_', '-')}", *([short[word]] if word in short else [])]
        fields.add_argument(*flags, dest=f"field:{word}", help=text, **_takes(word, type_))


def add_import(parser: ArgumentParser, _: Noun) -> None:
    """Add the options of ``data import``."""
    add_create(parser, _IMPORTS)


def add_share(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``share``."""
    parser.epilog = "It writes the YAML into the description, which is what is true: the next `up` copies it."
    option = parser.add_argument
    option("--name", "-n", required=True, metavar="NAME", help=f"the {noun.noun}'s name in the workspace")
    option("--version", "-v", required=True, metavar="VERSION", help="its version there")
    option("--registry-name", required=True, dest="field:registry", metavar="NAME", help="the registry")
    option("--share-with-name", dest="field:share_with_name", metavar="NAME", help="its name in the registry")
    option(
        "--share-with-version", dest="field:share_with_version", metavar="VERSION", help="its version in the registry"
    )
    add_into(parser)


def add_into(parser: ArgumentParser) -> None:
    """Add the option that says where the description is."""
    text = f"the folder with {PLATFORM} (default: the stack's, or this one)"
    parser.add_argument("--into", type=Path, metavar="DIR", help=text)


def add_set(parser: ArgumentParser) -> None:
    """Add the option that changes what a file says."""
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="PATH=VALUE",
        help="what is otherwise than in the file: inputs.x=5",
    )  # fmt: skip


def _fields(noun: Noun, but: Collection[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield the fields of a noun's kinds, each once, with the first sentence of what they say, and their types."""
    taken = {
        "file",
        "set",
        "into",
        "query",
        "output",
        "stack",
        "subscription",
        "resource_group",
        "workspace_name",
        *but,
    }
    for kind in KINDS:
        said = documentation(kind.model) if _is_of(noun, kind) else {}
        for spec in specs(kind.model) if said else ():
            if spec.word not in taken and spec.word.isidentifier():
                taken.add(spec.word)
                text = said.get(spec.name, "").partition(". ")[0].replace("%", "%%").replace("``", "`")
                yield spec.word, text, kind.model.model_fields[spec.name].annotation


def _takes(word: str, type_: Any) -> dict[str, Any]:
    """Return what a field's flag takes: a value, several, or for a switch perhaps none."""
    if word in _MAPS:
        return {"nargs": "+", "metavar": "NAME=VALUE"}
    if list[str] in (type_, *get_args(type_)):
        return {"nargs": "+", "metavar": "VALUE"}
    return {"metavar": "VALUE", **({"nargs": "?", "const": "true"} if bool in (type_, *get_args(type_)) else {})}


def _is_of(noun: Noun, kind: Kind) -> bool:
    return kind.section == noun.section and (not noun.kind or kind.model.kind == noun.noun)


def run_create(noun: Noun, arguments: Namespace) -> int:
    """Write an entity into the description, and print what it says. VerbError, DescriptionError."""
    flags = read_flags(arguments)
    if noun.is_workspace:
        return show(_create_workspace(noun, arguments, flags), arguments)
    return _show_added(noun, arguments, flags)


def run_import(_: Noun, arguments: Namespace) -> int:
    """Write a data import into the description, and print what it says."""
    return run_create(_IMPORTS, arguments)


def run_share(noun: Noun, arguments: Namespace) -> int:
    """Write into the description that an asset is copied into a registry, and print what it says."""
    flags = {noun.name: as_yaml_value(f"azureml:{arguments.name}:{arguments.version}"), **read_flags(arguments)}
    arguments.file, arguments.set = None, []
    return _show_added(_SHARES, arguments, flags)


def _show_added(noun: Noun, arguments: Namespace, flags: Mapping[str, str]) -> int:
    folder = find_folder(arguments)
    try:
        located, added = (_add_file if arguments.file else _add_flags)(noun, folder, arguments, flags)
    except AddingError as error:
        raise VerbError(str(error)) from None
    said = [f"wrote {folder / added.file}"] if added.made else []
    said += [f"named {added.file} in {PLATFORM}"] if added.named else []
    sys.stderr.write(f"{', '.join(said) or f'{added.file} is there already'}; `pulumi up` makes it\n")
    return show(as_written_in(descend(located.document.root, located.at)), arguments)


def read_flags(arguments: Namespace) -> dict[str, str]:
    """Return the YAML of each field that a flag says; of the inner ones last, as they are merged in that order."""
    found = sorted(given_flags(arguments, "field:"), key=lambda one: one[0].count("."))
    return {word: _read(word, value) for word, value in found}


def _read(word: str, value: Any) -> str:
    if isinstance(value, list):
        return pairs(value) if word in _MAPS else names(value)
    if word in _PAIRS and "=" in value and not value.lstrip().startswith("{"):
        return pairs_of_values(value.split())
    return short_for(word, value) or as_yaml_value(value)


def _add_file(noun: Noun, folder: Path, arguments: Namespace, flags: Mapping[str, str]) -> tuple[Located, Added]:
    over = overriding(flags, arguments.set)
    located = of_file(noun, arguments.file, over)
    inside = is_inside(arguments.file, folder)
    if not inside:
        refuse_local_paths(located, arguments.file, folder)
    if over is None:
        text = arguments.file.read_text("utf-8-sig")
        return located, add(folder, located.entity, lambda _: text, arguments.file, then=_then(located, arguments))
    if inside:
        raise VerbError(f"{arguments.file} is in the description already; change it there, without flags and --set")
    text = as_yaml(as_written_in(located.document.root))
    return located, add(folder, located.entity, lambda _: text, then=_then(located, arguments))


def is_inside(file: Path, folder: Path) -> bool:
    """Return whether a file is in a description's folder."""
    return file.resolve().is_relative_to(folder.resolve())


def refuse_local_paths(located: Located, file: Path, folder: Path) -> None:
    """Raise VerbError where an entity's file, whose words go into a description, names something beside it."""
    local = next((leaf for leaf in leaves(located.entity) if isinstance(leaf.value, LocalPath)), None)
    if local is not None:
        raise VerbError(
            f"{file}: {'.'.join(map(str, local.location))} is {quote(local.value)} beside it; put the file and what it "
            f"names into {folder}, and run this again"
        )


def _add_flags(noun: Noun, folder: Path, arguments: Namespace, flags: Mapping[str, str]) -> tuple[Located, Added]:
    if not flags and not arguments.set:
        raise VerbError("what is created? give --file, or its fields as flags")
    over = overriding(flags, arguments.set)
    document = parse(b"{}", _COMMAND_LINE)
    located, _ = load_document(document, Path(), over, noun.section)
    kind = find_kind(data(located.document.root), noun.section)
    words = {"$schema": SCHEMA.format(kind.schemas[0])} if kind.schemas else {}
    own = as_written_in(located.document.root)
    words |= {word: own[word] for word in ("name", "version", "endpoint_name") if word in own} | own
    text = partial(_text_in, located, words, folder.resolve())
    return located, add(folder, located.entity, text, then=_then(located, arguments))


def _then(located: Located, arguments: Namespace) -> Callable[[Path], None] | None:
    """Return what else is to be written with an entity, or nothing is."""
    return partial(point_endpoint_at, located.entity) if getattr(arguments, "points", False) else None


def _text_in(located: Located, words: Mapping[str, Any], root: Path, file: Path) -> str:
    """Return the text of a file at a place, with the local paths as seen from there."""
    made: Any = copy.deepcopy(dict(words))
    for leaf in leaves(located.entity):
        if isinstance(leaf.value, LocalPath):
            if not leaf.value.path.is_relative_to(root):
                raise AddingError(f"{quote(leaf.value)} is outside of {root}; put it there, and run this again")
            *above, last = leaf.location
            reduce(getitem, above, made)[last] = os.path.relpath(leaf.value.path, file.parent)
    return as_yaml(made)


def of_file(noun: Noun, file: Path, over: Map | None = None) -> Located:
    """Return the entity in a file of this noun. Raises DescriptionError, also for a file of another."""
    return load_file(file, over=over, section=noun.section)


def _create_workspace(noun: Noun, arguments: Namespace, flags: Mapping[str, str]) -> dict[str, Any]:
    """Begin a description, or describe the workspace of one that says nothing of it."""
    folder = arguments.into or Path()
    platform = folder / PLATFORM
    over = overriding(flags, arguments.set)
    root = of_file(noun, arguments.file, over).document.root if arguments.file is not None else over
    words: dict[str, Any] = as_written_in(root) if root is not None else {}
    words.pop("$schema", None)
    words = {"kind": noun.kind, **words} if noun.kind else words
    name, location = words.get("name"), words.pop("location", None)
    group = words.pop("resource_group", None) or arguments.resource_group
    if not platform.exists():
        if not name or not location:
            raise VerbError(f"a {noun.noun} takes a name and a location: --name NAME --location REGION")
        head = {"name": platform_name(str(name)), "location": location}
        head |= {"resource_group": group} if group else {}
        text = as_yaml(head | {"workspace": words})
        write_checked({platform: text}, partial(load, folder))
        sys.stderr.write(f"wrote {platform}; `azureml-infra init` writes the program and the stacks around it\n")
        return {**words, "location": location} | ({"resource_group": group} if group else {})
    if "workspace" in parse(platform.read_bytes(), PLATFORM).root.entries:
        raise VerbError(f"{platform} describes a workspace already; change it there")
    if location and location != load_platform(folder).location:
        words["location"] = location
    before = platform.read_text("utf-8-sig")
    lines = as_yaml({"workspace": words})
    text = before + ("" if before.endswith("\n") else "\n") + "\n" + lines
    write_checked({platform: text}, partial(load, folder))
    sys.stderr.write(f"wrote the workspace into {platform}; `pulumi up` makes it\n")
    return words
