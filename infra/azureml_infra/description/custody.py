"""What `adopt` and `retain` name: single things that a stack takes as they are in Azure, or leaves there."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_infra.description.located import ENDPOINTS, Checked, key
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import FAMILIES
from azureml_infra.yaml.nodes import Document, descend
from azureml_infra.yaml.problems import Problem, nearest, quote

WORKSPACE = "workspace"
"""The word for the workspace and what it stands on, which can be adopted alone."""
_EXPECTED = "a section and a name: `computes/cpu`"


def custody(document: Document, platform: PlatformDescription, checked: Checked) -> Iterator[Problem]:
    """Yield words that name no section, and a warning for those that name nothing in theirs."""
    described = {f"{one.entity.family}/{key(one.entity)}".lower() for one in checked.entities}
    for field in ("adopt", "retain"):
        words = getattr(platform, field)
        for index, word in enumerate(words if isinstance(words, list) else ()):
            node = descend(document.root, (field, index))
            place = (document.file(node), node.line, node.column)
            section, _, name = word.partition("/")
            if field == "adopt" and word == WORKSPACE:
                continue
            if section in ENDPOINTS:
                endpoint = f"`{ENDPOINTS[section]}/NAME`"
                yield Problem(*place, f"{quote(word)} goes with its endpoint", endpoint)
            elif section not in FAMILIES or not name:
                yield Problem(*place, f"{quote(word)} names nothing", _EXPECTED, nearest(section, list(FAMILIES)))
            elif word.lower() not in described:
                what = f"{quote(word)} names nothing that is described here"
                yield Problem(*place, what, "", nearest(word, sorted(described)), "warning")
