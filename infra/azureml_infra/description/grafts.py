"""A file with the files that it names in the places of their paths, so that each mistake is told where it stands."""

from dataclasses import replace
from pathlib import Path

from azureml_infra.description.overrides import overlay, with_file
from azureml_infra.entities.in_file import Files
from azureml_infra.yaml.nodes import Document, Location, Map, Node, Scalar, Sequence, descend


def graft(document: Document, at: Location, folder: Path | None, files: Files) -> Document:
    """Return a document in which the files that were read for the value at a location stand in it."""
    if not files.read:
        return document
    made = _graft(descend(document.root, at), folder or Path.cwd(), files)
    return replace(document.with_value(made, at), others={one.name: one.lines for one in files.read.values()})


def _graft(node: Node, folder: Path, files: Files) -> Node:
    if isinstance(node, Map):
        job = _changed_job(node, folder, files)
        return job or replace(
            node, entries={word: (key, _graft(value, folder, files)) for word, (key, value) in node.entries.items()}
        )
    if isinstance(node, Sequence):
        return replace(node, items=[_graft(item, folder, files) for item in node.items])
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    found = files.read.get((folder, node.value))
    made = with_file(found.root, found.name) if found is not None else None
    if not isinstance(made, Map):
        return node
    below = (folder / node.value.removeprefix("file:")).resolve().parent
    return _graft(replace(made, path=node), below, files)


def _changed_job(node: Map, folder: Path, files: Files) -> Node | None:
    """Return the job in a file with what is said otherwise beside it, for ``{job: FILE, inputs: …}`` of a schedule."""
    _, file = node.entries.get("job", (None, None))
    found = files.read.get((folder, file.value)) if isinstance(file, Scalar) and isinstance(file.value, str) else None
    if found is None or not isinstance(file, Scalar):
        return None
    more = replace(node, entries={word: entry for word, entry in node.entries.items() if word != "job"})
    below = (folder / str(file.value).removeprefix("file:")).resolve().parent
    whole = _graft(overlay(with_file(found.root, found.name), more), below, files)
    return replace(whole, path=node) if isinstance(whole, Map) else None


def without_files(node: Node) -> Node:
    """Return a value with the paths of the files that stand in it, as it was before `graft`."""
    if isinstance(node, Map):
        entries = {word: (key, without_files(value)) for word, (key, value) in node.entries.items()}
        return node.path or replace(node, entries=entries)
    return replace(node, items=list(map(without_files, node.items))) if isinstance(node, Sequence) else node
