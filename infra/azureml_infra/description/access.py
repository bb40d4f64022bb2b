"""Nobody gets one role twice: Azure refuses the second assignment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from azureml_arm import roles
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.yaml.nodes import Document, Node, descend
from azureml_infra.yaml.problems import Problem


def access(
    document: Document, platform: PlatformDescription, made: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Yield entries of `access` that say what an earlier one says, however each calls the role and the scope.

    `made` has the ids of what the platform makes, which only its stack knows, by the words for it.
    """
    known = {**(made or {}), **_existing_ids(platform)}
    first: dict[tuple[str, str, str], Node] = {}
    for index, entry in enumerate(platform.access):
        node = descend(document.root, ("access", index))
        earlier = first.setdefault(_key(entry, known), node)
        if earlier is not node:
            what = (
                f"the same role for the same principal again (the first is in {document.file(earlier)}:{earlier.line})"
            )
            yield Problem(document.file(node), node.line, node.column, what, "each role once for a principal and scope")


def _existing_ids(platform: PlatformDescription) -> dict[str, str]:
    """Return the ids of the parts that exist already, by the words for them."""
    workspace = platform.workspace
    registry = workspace.container_registry or (platform.registry.id if platform.registry else None)
    parts = {"storage": workspace.storage_account, "key_vault": workspace.key_vault, "registry": registry}
    return {word: str(given) for word, given in parts.items() if given is not None}


def _key(entry: AccessEntry, ids: Mapping[str, str]) -> tuple[str, str, str]:
    role, principal, scope = str(entry.role), str(entry.principal), str(entry.scope)
    known = roles.find(role)
    at = ids.get(scope, scope).lower().rstrip("/")
    return known.id if known else role.lower().rpartition("/")[2], principal.lower(), at
