"""The files of a description as text: where an item's field stands, and the text with another value there.

Everything else of a file stays as it is, comments and layout included. What is no YAML, or isn't in the folder, isn't
looked at: `azureml-infra validate` says what is wrong with a description.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from azureml_arm.documents import compose_yaml, read_yaml
from azureml_policies.fixes import flow

PLATFORM = "platform.yml"
_SUFFIXES = (".yml", ".yaml")
_SECTIONS = {
    "workspace": "workspace",
    "amlcompute": "computes",
    "computeinstance": "computes",
    "kubernetescompute": "computes",
    "managedonlineendpoint": "online_endpoints",
    "kubernetesonlineendpoint": "online_endpoints",
    "managedonlinedeployment": "online_deployments",
    "kubernetesonlinedeployment": "online_deployments",
    "serverlessendpoint": "serverless_endpoints",
    "commandjob": "jobs",
    "pipelinejob": "jobs",
    "registry": "registries",
}
"""The section of a file below `include`, by its az ml schema, or by a compute's `type`."""

_LINE_END = re.compile(r"\r?\n|\Z")
_NULL, _TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"
_PROPERTIES = ("&", "*", "!", "|", ">")
"""How a value starts that is more than itself: an anchor, a tag, a block."""


@dataclass(frozen=True)
class Item:
    """One mapping of a description: platform.yml, a section, or an item of it."""

    file: Path
    at: tuple[str | int, ...]
    """Where it stands in its file."""


def read_text(path: Path) -> str:
    """Return a file's text with its own line ends."""
    return path.read_bytes().decode("utf-8")


def items(root: Path, section: str) -> Iterator[Item]:
    """Yield what a section consists of; "" is platform.yml itself."""
    platform = root / PLATFORM
    if not section or not section.endswith("s"):
        yield Item(platform, (section,) if section else ())
        return
    content = _load(platform)
    listed = content.get(section) if isinstance(content, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict):
            yield Item(platform, (section, index))
        elif isinstance(entry, str):
            yield from (Item(file, ()) for file in _files(root, entry))
    included = content.get("include") if isinstance(content, dict) else None
    for entry in included if isinstance(included, list) else ():
        yield from (Item(file, ()) for file in _files(root, str(entry)) if _section_of(_load(file)) == section)


def _files(root: Path, pattern: str) -> list[Path]:
    """Return the YAML files that a path or glob of a section names, none outside of the folder."""
    try:
        found = sorted(root.glob(pattern)) if pattern and not Path(pattern).is_absolute() else []
    except (OSError, ValueError, NotImplementedError):
        return []
    inside = [path for path in found if path.resolve().is_relative_to(root.resolve())]
    return [path for path in inside if path.is_file() and path.suffix in _SUFFIXES and path.name != PLATFORM]


def _section_of(content: Any) -> str:
    if not isinstance(content, dict):
        return ""
    schema = str(content.get("$schema", "")).rpartition("/")[2].partition(".")[0].lower()
    return _SECTIONS.get(schema) or _SECTIONS.get(str(content.get("type", "")).lower(), "")


def _load(path: Path) -> Any:
    try:
        return read_yaml(read_text(path))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None


def value_of(item: Item, field: str) -> Any:
    """Return the value of a field of an item; None where it isn't there. A text in place of a mapping is its `mode`."""
    value: Any = _load(item.file)
    for step in (*item.at, *(field.split(".") if field else ())):
        if isinstance(value, str) and not isinstance(step, int):
            value = {"mode": value}
        if isinstance(value, list):
            value = value[step] if isinstance(step, int) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


_Pair = tuple[yaml.Node, yaml.Node]


def with_value(text: str, at: Sequence[str | int], value: Any) -> str | None:
    """Return the text of a file with a value at a path, in one line; None takes it out. None is returned where that
    can't be done in one line.
    """
    try:
        root = compose_yaml(text)
    except yaml.YAMLError:
        return None
    if not isinstance(root, yaml.MappingNode):
        return None
    node: yaml.Node = root
    for depth, step in enumerate(at):
        pair = _pair(node, step)
        if pair is None:
            return None if value is None else _with_new(text, node, [str(one) for one in at[depth:]], value)
        if depth == len(at) - 1:
            return _without(text, node, pair) if value is None else _replace(text, pair[1], value)
        node = pair[1]
    return None


def _pair(node: yaml.Node, step: str | int) -> _Pair | None:
    if isinstance(node, yaml.SequenceNode):
        return (node, node.value[step]) if isinstance(step, int) and step < len(node.value) else None
    entries = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key, found) for key, found in entries if key.value == step), None)


def _replace(text: str, node: yaml.Node, value: Any) -> str | None:
    start, end = node.start_mark.index, node.end_mark.index
    if not isinstance(node, yaml.ScalarNode) or "\n" in text[start:end].rstrip() or text[start:end][:1] in _PROPERTIES:
        return None
    tail = text[start:end][len(text[start:end].rstrip()) :]
    space = " " if start and text[start - 1] == ":" else ""
    return f"{text[:start]}{space}{flow(value)}{tail}{text[end:]}"


def _without(text: str, node: yaml.Node, pair: _Pair) -> str | None:
    """Return the text without the lines of an entry, which begin with it and hold nothing else."""
    start = text.rfind("\n", 0, pair[0].start_mark.index) + 1
    block = isinstance(node, yaml.MappingNode) and not node.flow_style and len(node.value) > 1
    if not block or text[start : pair[0].start_mark.index].strip():
        return None
    following = [key.start_mark.index for key, _ in node.value if key.start_mark.index > pair[0].start_mark.index]
    last = len(text[: pair[1].end_mark.index].rstrip())
    end = text.find("\n", last)
    end = len(text) if end < 0 else end + 1
    return None if following and end > min(following) else text[:start] + text[end:]


def _with_new(text: str, node: yaml.Node, path: Sequence[str], value: Any) -> str | None:
    """Return the text with a new entry: after an entry of one line, so that comments stay with what they are about."""
    for step in reversed(path[1:]):
        value = {step: value}
    if isinstance(node, yaml.ScalarNode):
        whole = {_NULL: {}, _TEXT: {"mode": node.value}}.get(node.tag)
        return None if whole is None else _replace(text, node, {**whole, path[0]: value})
    if not isinstance(node, yaml.MappingNode):
        return None
    line = f"{path[0]}: {flow(value)}"
    if node.flow_style or not node.value:
        at = node.end_mark.index - 1
        return f"{text[:at].rstrip()}{', ' if node.value else ''}{line}{text[at:]}"
    anchor = next((pair for pair in reversed(node.value) if _is_one_line(text, pair)), None)
    newline = "\r\n" if "\r\n" in text else "\n"
    first = (anchor or node.value[0])[0].start_mark
    margin = f"{newline}{' ' * first.column}"
    if anchor is None:
        return f"{text[: first.index]}{line}{margin}{text[first.index :]}"
    end = _LINE_END.search(text, anchor[1].end_mark.index)
    at = end.start() if end else len(text)
    return f"{text[:at]}{margin}{line}{text[at:]}"


def _is_one_line(text: str, pair: _Pair) -> bool:
    key, found = pair
    if isinstance(found, yaml.CollectionNode) and not found.flow_style:
        return False
    is_block = isinstance(found, yaml.ScalarNode) and found.style in ("|", ">")
    return not is_block and "\n" not in text[key.start_mark.index : found.end_mark.index]
