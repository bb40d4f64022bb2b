"""``create``: an entity of a file, or of flags, written into the description; the next `up` makes it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.given import as_written_in, as_yaml_value, overriding, pairs
from azureml_infra.commands.verbs.nouns import Noun
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

_SHORT = {"name": "-n", "endpoint_name": "-e", "version": "-v", "type": "-t", "location": "-l"}
_ALSO_SHORT: Mapping[str, Mapping[str, str]] = {
    "compute": {"idle_time_before_scale_down": "-d", "ssh_public_access_enabled": "-p"},
    "data": {"path": "-p"},
    "model": {"path": "-p"},
}
_INSIDE: Mapping[str, Mapping[str, str]] = {
    "compute": {
        "--admin-username": "ssh_settings.admin_username",
        "--identity-type": "identity.type",
        "--ssh-key-value": "ssh_settings.ssh_key_value",
        "--subnet": "network_settings.subnet",
        "--user-object-id": "create_on_behalf_of.user_object_id",
        "--user-tenant-id": "create_on_behalf_of.user_tenant_id",
        "--vnet-name": "network_settings.vnet_name",
    }
}
"""az's flags for fields of fields, by noun: https://learn.microsoft.com/cli/azure/ml/compute."""
_MAPS = ("tags", "properties")
_COMMAND_LINE = "the command line"


def add_create(parser: ArgumentParser, noun: Noun) -> None:
    """Add the options of ``create``: a file, and a flag for each field of the kinds of this noun."""
    parser.epilog = (
        "It writes the YAML into the description, which is what is true: the next `up` makes it. A VALUE is YAML, so a "
        "list is [a, b]."
    )
    option = parser.add_argument
    option("--file", "-f", type=Path, metavar="FILE", help="a file of az ml")
    option("--into", type=Path, metavar="DIR", help=f"the folder with {PLATFORM} (default: the stack's, or this one)")
    add_set(parser)
    fields = parser.add_argument_group("its fields, by their names in the file")
    known = {**_SHORT, **_ALSO_SHORT.get(noun.name, {})}
    for word, text in _fields(noun):
        several = {"nargs": "+"} if word in _MAPS else {}
        short = [known[word]] if word in known else []
        flag = f"--{word.replace('_', '-')}"
        metavar = "NAME=VALUE" if several else "VALUE"
        fields.add_argument(flag, *short, dest=f"field:{word}", metavar=metavar, help=text, **several)  # type: ignore[arg-type]
    for flag, path in _INSIDE.get(noun.name, {}).items():
        fields.add_argument(flag, dest=f"path:{path}", metavar="VALUE", help=f"`{path}`")
    option("--no-wait", action="store_true", help="as az has it; there is nothing to wait for")


def add_set(parser: ArgumentParser) -> None:
    """Add the option that changes what a file says."""
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="PATH=VALUE",
        help="what is otherwise than in the file: inputs.x=5",
    )  # fmt: skip


def _fields(noun: Noun) -> Iterator[tuple[str, str]]:
    """Yield the fields of a noun's kinds, each once, with the first sentence of what they say."""
    taken = {"file", "set", "into", "query", "output", "stack", "subscription", "resource_group", "workspace_name"}
    for kind in KINDS:
        said = documentation(kind.model) if _is_of(noun, kind) else {}
        for spec in specs(kind.model) if said else ():
            if spec.word not in taken and spec.word.isidentifier():
                taken.add(spec.word)
                yield spec.word, said.get(spec.name, "").partition(". ")[0].replace("%", "%%").replace("``", "`")


def _is_of(noun: Noun, kind: Kind) -> bool:
    if noun.kind and kind.model.kind != noun.noun:
        return False
    return kind.section == noun.section


def create(noun: Noun, arguments: Namespace) -> dict[str, Any]:
    """Write the entity into the description; what it says is returned. VerbError, DescriptionError."""
    arguments.set = [*(f"{path}={text}" for path, text in _find_flags(arguments, "path:")), *arguments.set]
    flags = {
        word: pairs(text) if isinstance(text, list) else as_yaml_value(text)
        for word, text in _find_flags(arguments, "field:")
    }
    if noun.is_workspace:
        return _create_workspace(noun, arguments, flags)
    folder = find_folder(arguments)
    try:
        adding = _add_file if arguments.file else _add_flags
        located, added = adding(noun, folder, arguments, flags)
    except AddingError as error:
        raise VerbError(str(error)) from None
    said = [f"wrote {folder / added.file}"] if added.made else []
    said += [f"named {added.file} in {PLATFORM}"] if added.named else []
    sys.stderr.write(f"{', '.join(said) or f'{added.file} is there already'}; `pulumi up` makes it\n")
    found: dict[str, Any] = as_written_in(descend(located.document.root, located.at))
    return found


def _find_flags(arguments: Namespace, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the flags whose destinations begin like that and that were given, without the prefix."""
    for key, value in vars(arguments).items():
        if key.startswith(prefix) and value is not None:
            yield key.removeprefix(prefix), value


def _add_file(noun: Noun, folder: Path, arguments: Namespace, flags: Mapping[str, str]) -> tuple[Located, Added]:
    over = overriding(flags, arguments.set)
    located = of_file(noun, arguments.file, over)
    inside = arguments.file.resolve().is_relative_to(folder.resolve())
    local = next((leaf for leaf in leaves(located.entity) if isinstance(leaf.value, LocalPath)), None)
    if local is not None and not inside:
        raise VerbError(
            f"{arguments.file}: {'.'.join(map(str, local.location))} is {quote(local.value)} beside it; put the file "
            f"and what it names into {folder}, and run this again"
        )
    if over is None:
        return located, add(folder, located.entity, lambda _: arguments.file.read_text("utf-8-sig"), arguments.file)
    if inside:
        raise VerbError(f"{arguments.file} is in the description already; change it there, without flags and --set")
    text = as_yaml(as_written_in(located.document.root))
    return located, add(folder, located.entity, lambda _: text)


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
    return located, add(folder, located.entity, partial(_text_in, located, words, folder.resolve()))


def _text_in(located: Located, words: Mapping[str, Any], root: Path, file: Path) -> str:
    """Return the text of a file at a place, with the local paths as seen from there."""
    made = dict(words)
    for leaf in leaves(located.entity):
        if isinstance(leaf.value, LocalPath):
            if not leaf.value.path.is_relative_to(root):
                raise AddingError(f"{quote(leaf.value)} is outside of {root}; put it there, and run this again")
            if len(leaf.location) == 1:
                made[str(leaf.location[0])] = os.path.relpath(leaf.value.path, file.parent)
    return as_yaml(made)


def of_file(noun: Noun, file: Path, over: Map | None = None) -> Located:
    """Return the entity in a file of this noun. Raises DescriptionError, also for a file of another."""
    return load_file(file, over=over, section=noun.section)


def _create_workspace(noun: Noun, arguments: Namespace, flags: Mapping[str, str]) -> dict[str, Any]:
    """Begin a description, or describe the workspace of one that says nothing of it."""
    folder = arguments.into or Path()
    platform = folder / PLATFORM
    words: dict[str, Any] = {}
    if arguments.file is not None:
        words = as_written_in(of_file(noun, arguments.file, overriding(flags, arguments.set)).document.root)
    elif over := overriding(flags, arguments.set):
        words = as_written_in(over)
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
