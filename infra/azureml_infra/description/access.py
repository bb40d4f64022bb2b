"""Nobody gets one role twice: Azure refuses the second assignment."""

from __future__ import annotations

from collections.abc import Iterator

from azureml_arm import roles
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.yaml.nodes import Document, Node, descend
from azureml_infra.yaml.problems import Problem


def access(document: Document, platform: PlatformDescription) -> Iterator[Problem]:
    """Yield entries of `access` that say what an earlier one says, however each calls the role."""
    first: dict[tuple[str, str, str], Node] = {}
    for index, entry in enumerate(platform.access):
        node = descend(document.root, ("access", index))
        earlier = first.setdefault(_key(entry), node)
        if earlier is not node:
            what = (
                f"the same role for the same principal again (the first is in {document.file(earlier)}:{earlier.line})"
            )
            yield Problem(document.file(node), node.line, node.column, what, "each role once for a principal and scope")


def _key(entry: AccessEntry) -> tuple[str, str, str]:
    role, principal, scope = str(entry.role), str(entry.principal), str(entry.scope)
    known = roles.find(role)
    return known.id if known else role.lower().rpartition("/")[2], principal.lower(), scope.lower().rstrip("/")
