"""Items of a section that are a file and more: ``{path: deploy.yml, endpoint_name: scorer}``.

So a file that leaves something to the command line (``az ml online-deployment create --file … --endpoint-name …``) is
used unchanged.
"""

from __future__ import annotations

from dataclasses import replace

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.overrides import overlay, with_file
from azureml_infra.entities.kinds import KINDS
from azureml_infra.yaml.nodes import Document, Map, Scalar, child

PATH = "path"


def has_own_path(section: str) -> bool:
    """Return whether `path` is a word of what a section holds: of data and of models, say."""
    return any(PATH in kind.model.model_fields for kind in KINDS if kind.section == section)


def names_a_file(item: Map, section: str) -> bool:
    """Return whether an item is an az ml file with changes, and no entity itself."""
    path = child(item, PATH)
    text = path.value if isinstance(path, Scalar) else None
    return isinstance(text, str) and text.endswith(SUFFIXES) and not has_own_path(section)


def laid_over(file: Document, item: Map, around: Document) -> Document:
    """Return a file with an item's other fields over it; each says where it is written."""
    fields = {word: entry for word, entry in item.entries.items() if word != PATH}
    root = overlay(file.root, with_file(replace(item, entries=fields), around.name))
    return replace(file, root=root, others={around.name: around.lines}) if isinstance(root, Map) else file
