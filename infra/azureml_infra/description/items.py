"""Items of a section that say more, or less, than an az ml file.

``{path: deploy.yml, endpoint_name: scorer}``: a file that leaves something to the command line (``az ml
online-deployment create --file … --endpoint-name …``) is used unchanged. ``on: managed``: where a deployment runs is
one line, whatever else is said for Azure Container Instances.
"""

from dataclasses import replace

from azureml_infra.description.files import SUFFIXES
from azureml_infra.description.overrides import overlay, with_file
from azureml_infra.entities.kinds import KINDS
from azureml_infra.yaml.nodes import Document, Location, Map, Scalar, child, descend

PATH = "path"
ON = "on"
_DEPLOYMENTS = "online_deployments"


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
    made = file.with_value(overlay(file.root, with_file(replace(item, entries=fields), around.name)))
    return replace(made, others={around.name: around.lines})


def settle_place(document: Document, at: Location) -> Document:
    """Return a document whose deployment at a location is one of its endpoint where it says ``on: managed``.

    `on` becomes its `type`, and the words of container groups alone are left out.
    """
    node = descend(document.root, at)
    place = child(node, ON)
    word = str(place.value).lower() if isinstance(place, Scalar) else ""
    kinds = [kind for kind in KINDS if kind.family == _DEPLOYMENTS and word in kind.types]
    if not kinds or not isinstance(node, Map) or "endpoint_name" not in node.entries:
        return document
    group = next(kind for kind in KINDS if kind.within == _DEPLOYMENTS)
    own = group.model.model_fields.keys() - kinds[0].model.model_fields.keys()
    entries = {word: entry for word, entry in node.entries.items() if word not in own}
    return document.with_value(replace(node, entries={**entries, "type": node.entries[ON]}), at)
