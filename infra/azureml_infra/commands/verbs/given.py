"""What is given on the command line beside a file: ``--set inputs.x=5`` and a flag for each field, as YAML."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.description.overrides import with_file
from azureml_infra.yaml.nodes import Map, Node, Scalar, child, data
from azureml_infra.yaml.problems import DescriptionError
from azureml_infra.yaml.read import parse

_SHORT = {
    "identity": "user_assigned_identities",
    "managed_network": "isolation_mode",
    "materialization_identity": "resource_id",
    "offline_store": "target",
    "specification": "path",
}
"""Fields that are mappings, and which of their words it is that az's flag takes alone."""
_LISTS = ("[", "{", "&", "*", "!")


def as_yaml_value(text: str) -> str:
    """Return a value of a flag as YAML: a number, a boolean, a list or mapping in brackets; anything else is text."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = text
    if isinstance(found, str) or (isinstance(found, dict | list) and not text.lstrip().startswith(_LISTS)):
        return str(yaml.safe_dump(text, width=2**16, allow_unicode=True)).removesuffix("\n").removesuffix("\n...")
    return text


def pairs(given: Iterable[str]) -> str:
    """Return ``a=b c=d``, as az takes tags, as a YAML mapping; one value that is YAML already stays."""
    texts = list(given)
    if len(texts) == 1 and texts[0].lstrip().startswith("{"):
        return texts[0]
    parts = [text.partition("=") for text in texts]
    wrong = next((name for name, sign, _ in parts if not sign or not name), None)
    if wrong is not None:
        raise VerbError(f"{wrong!r} is no NAME=VALUE")
    return _flow({name: value for name, _, value in parts})


def pairs_of_values(given: Iterable[str]) -> str:
    """Return ``a=90 b=10`` as a YAML mapping of what these values are."""
    read = yaml.safe_load(pairs(given))
    return _flow({name: as_value(as_yaml_value(text)) for name, text in read.items()})


def as_value(text: str) -> Any:
    """Return what a YAML text says."""
    return data(parse(f"value: {text}\n".encode(), "the command line").root)["value"]


def names(given: Iterable[str]) -> str:
    """Return ``a b`` as a YAML list; one value that is YAML already stays."""
    texts = list(given)
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        return texts[0]
    return _flow(texts)


def short_for(field: str, text: str) -> str:
    """Return the YAML of a mapping for which az's flag takes a word alone; empty for any other field or text."""
    if field not in _SHORT or text.lstrip().startswith("{"):
        return ""
    if field != "identity":
        return _flow({_SHORT[field]: text})
    if text == "[system]":
        return _flow({"type": "system_assigned"})
    return _flow({"type": "user_assigned", _SHORT[field]: [{"resource_id": one.strip()} for one in text.split(",")]})


def _flow(value: Any) -> str:
    return str(yaml.safe_dump(value, default_flow_style=True, width=2**16)).strip()


def overriding(flags: Mapping[str, str], sets: Iterable[str]) -> Map | None:
    """Return flags and ``--set`` as what is merged over a file; None where there are none. Raises VerbError."""
    made = Map(1, 1, 1, file="the command line")
    for word, text in flags.items():
        _put(made, tuple(word.split(".")), text)
    for given in sets:
        path, sign, value = given.partition("=")
        words = tuple(path.split("."))
        if not sign or not all(words):
            raise VerbError(f"--set {given}: expected PATH=VALUE, such as inputs.x=5")
        _put(made, words, as_yaml_value(value))
    return made if made.entries else None


def _put(root: Map, words: tuple[str, ...], text: str) -> None:
    above = root
    for word in words[:-1]:
        below = child(above, word)
        if not isinstance(below, Map):
            below = Map(1, 1, 1, file=root.file)
            above.entries[word] = (_key(word, root.file), below)
        above = below
    try:
        value = parse(f"value: {text}\n".encode(), root.file).root.entries["value"][1]
    except DescriptionError as error:
        raise VerbError(f"{'.'.join(words)}: {re.sub(r'^.*?: ', '', error.lines()[0], count=1)}") from None
    above.entries[words[-1]] = (_key(words[-1], root.file), with_file(value, root.file))


def _key(word: str, file: str) -> Scalar:
    return Scalar(1, 1, 1, file=file, value=word, text=word)


def as_written_in(node: Node) -> Any:
    """Return the data of a node with what was written where YAML reads something else."""
    if isinstance(node, Map):
        return {key: as_written_in(value) for key, (_, value) in node.entries.items()}
    items = getattr(node, "items", None)
    if items is not None:
        return [as_written_in(item) for item in items]
    if isinstance(node, Scalar):
        return node.text if node.altered else node.value
    return None
