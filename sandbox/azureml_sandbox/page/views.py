"""What each page shows: a question to the model, and the template for the answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azureml_arm import actions, ids
from azureml_sandbox import faults
from azureml_sandbox.azure import Azure
from azureml_sandbox.http import actions as requests
from azureml_sandbox.http.message import Request
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.page.access import Everybody
from azureml_sandbox.page.recent import Recent
from azureml_sandbox.page.render import page
from azureml_sandbox.page.tree import PAGE, Outline, Rows, Tree, TreeNode

_LAST, _OPERATIONS = 12, 50
_CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_VAULT = "Microsoft.KeyVault/vaults"
_SAME = 1.0
"""Seconds by which a simulated clock may differ before the page says so."""


@dataclass(frozen=True)
class PageRequest:
    """A request for a page."""

    azure: Azure
    request: Request
    recent: Recent

    @cached_property
    def tree(self) -> Tree:
        """Return the tree of what exists now."""
        return Tree(self.azure)

    @property
    def id(self) -> str:
        """Return the id that is asked about; ArmError where it is none."""
        given = self.request.query.get("id", "")
        if not ids.is_id(given):
            raise bad_request("That is not the id of a resource: it starts with /subscriptions/ or /providers/.")
        return ids.parse(given).text

    @property
    def skip(self) -> int:
        """Return how many rows are left out."""
        given = self.request.query.get("skip", "")
        return min(int(given), 10**9) if given.isascii() and given.isdecimal() else 0

    @property
    def type(self) -> str:
        """Return the type that is asked about, or none."""
        return self.request.query.get("type", "")

    def now(self) -> dict[str, Any]:
        """Return what every page shows at its top."""
        time_there = self.azure.clock()
        running = [one for one in self.azure.operations.recent(_OPERATIONS) if not one.is_over(time_there)]
        rules = faults.rules(self.azure)
        clock = {"now": time_there, "ahead": time_there - time.time(), "same": _SAME}
        here = {"subscription": self.azure.subscription, "tenant": self.azure.tenant}
        return {"here": here, "clock": clock, "running": running, "faults": rules, "kinds": faults.FAULTS}


def overview(asked: PageRequest) -> str:
    """Return the first page: the tree, or what a search finds in it."""
    words = asked.request.query.get("q", "").strip()[:200]
    outline, tree = Outline(asked.tree), asked.tree
    rows = outline.search(words, asked.skip) if words else outline.top()
    last = list(asked.recent)[:_LAST]
    values = {"words": words, "rows": rows, "total": len(tree), "groups": tree.count(ids.RESOURCE_GROUP), "last": last}
    return page("overview.html", **asked.now(), **values)


def resource(asked: PageRequest) -> str:
    """Return one resource: its body, what is below it, and who may change it."""
    tree = asked.tree
    body, below = tree.body(asked.id), Outline(tree).below(asked.id, asked.type, asked.skip)
    if not body and not below.total:
        raise ArmError(404, "ResourceNotFound", f"There is no {asked.id} (any more).")
    node = tree.node(asked.id)
    values = {"node": node, "body": body, "rows": below, "type": asked.type, "above": _above(tree, node)}
    return page("resource.html", **asked.now(), **values, **_rights(asked, node), **_data(asked.azure, node))


def children(asked: PageRequest) -> str:
    """Return what is below a resource: a part that the first page fetches when somebody opens a row."""
    rows = Outline(asked.tree).below(asked.id, asked.type, asked.skip)
    return page("children.html", rows=rows, of=asked.id, type=asked.type)


def access(asked: PageRequest) -> str:
    """Return who may do what, and who can create compute in which workspace."""
    everybody = Everybody(asked.azure, asked.tree.identities)
    workspaces = [key for key in asked.tree.values if asked.tree.type_of(key) == actions.WORKSPACE.lower()]
    shown = [asked.tree.node(key) for key in workspaces[:PAGE]]
    verdicts = {node.id: everybody.verdicts(actions.RENT, node.id) for node in shown}
    grants = everybody.grants()
    rows = Rows(grants[asked.skip : asked.skip + PAGE], asked.skip, len(grants))
    left = len(workspaces) - len(shown)
    values = {"workspaces": shown, "verdicts": verdicts, "rent": actions.RENT, "left": left, "rows": rows}
    return page("access.html", **asked.now(), **values)


def activity(asked: PageRequest) -> str:
    """Return the last requests and operations."""
    operations = asked.azure.operations.recent(_OPERATIONS)
    return page("activity.html", **asked.now(), requests=list(asked.recent), operations=operations)


def data(asked: PageRequest) -> str:
    """Return what data planes hold: containers with their blobs counted, and the names of key vaults' secrets."""
    tree, azure = asked.tree, asked.azure
    stores = [tree.node(key) for key in tree.values if tree.type_of(key) == _CONTAINER.lower()]
    vaults = [tree.node(key) for key in tree.values if tree.type_of(key) == _VAULT.lower()]
    containers = [(node, *_data(azure, node)["blobs"]) for node in stores[:PAGE]]
    secrets = [(node, _data(azure, node)["secrets"]) for node in vaults[:PAGE]]
    left = {"containers_left": len(stores) - len(containers), "vaults_left": len(vaults) - len(secrets)}
    return page("data.html", **asked.now(), containers=containers, vaults=secrets, **left)


def message_page(text: str) -> str:
    """Return a page with one line: what is wrong."""
    return page("message.html", text=text)


VIEWS: Mapping[str, Callable[[PageRequest], str]] = {
    "": overview,
    "resource": resource,
    "children": children,
    "access": access,
    "activity": activity,
    "data": data,
}
"""By their names below the page's address."""


def _above(tree: Tree, node: TreeNode) -> list[TreeNode]:
    """Return what a resource is in, from the outside in."""
    found: list[TreeNode] = []
    parent = ids.parse(node.id).parent
    while parent:
        found.insert(0, tree.node(parent))
        parent = ids.parse(parent).parent
    return found


def _rights(asked: PageRequest, node: TreeNode) -> dict[str, Any]:
    """Return who may write and delete a resource."""
    everybody = Everybody(asked.azure, asked.tree.identities)
    asks = (("write", "PUT"), ("delete", "DELETE"))
    needed = {verb: asked_for for verb, method in asks if (asked_for := requests.required_action(method, node.id))}
    verdicts = {verb: everybody.verdicts(one.action, one.scope) for verb, one in needed.items()}
    return {"verdicts": verdicts, "needed": needed}


def _data(azure: Azure, node: TreeNode) -> dict[str, Any]:
    """Return the names of what a vault or a container holds; None for what isn't one."""
    kind = node.type.lower()
    held: dict[str, Any] = {"secrets": None, "blobs": None}
    if kind == _VAULT.lower():
        vaults = azure.vaults
        held["secrets"] = (
            [one.name for one in vaults.current(node.name)],
            [one.name for one in vaults.deleted_secrets(node.name)],
        )
    if kind == _CONTAINER.lower():
        account, *_, container = ids.parse(node.id).names
        blobs = azure.blobs.list(account, container)
        held["blobs"] = (blobs[:PAGE], len(blobs), sum(one.size for one in blobs))
    return held
