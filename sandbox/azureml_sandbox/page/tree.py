"""What is in the cloud as a tree, of which only so much is read and shown as somebody opens."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from azureml_arm import ids
from azureml_arm.roles import find
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import tables
from azureml_sandbox.model.bodies import dig
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.page import names

PAGE = 100
"""How many rows one list has before it goes on."""
_INLINE = 300
"""How many resources a page holds that nobody has opened."""
_FEW = 4
"""How many of a type stand side by side; more are folded into one row."""
_STATES = ("properties.properties.state", "properties.status", "properties.provisioningState")
_AUTHORIZATION = "microsoft.authorization/"


@dataclass(frozen=True)
class TreeNode:
    """One resource as a row shows it."""

    id: str
    name: str
    type: str
    state: str = ""
    region: str = ""


@dataclass(frozen=True)
class Row:
    """A resource, or, without a `node`, all resources of one type below `of`. `inside` None: fetched when opened."""

    of: str
    label: str
    count: int
    node: TreeNode | None = None
    type: str = ""
    inside: Rows[Row] | None = None

    @property
    def anchor(self) -> str:
        """Return an id for HTML, always the same for the same row."""
        return "n" + hashlib.sha256(f"{self.of} {self.type}".encode()).hexdigest()[:12]


_T = TypeVar("_T")


@dataclass(frozen=True)
class Rows(Generic[_T]):
    """Some rows of a list: which ones, of how many."""

    rows: Sequence[_T]
    skip: int
    total: int

    @property
    def next(self) -> int | None:
        """Return where the list goes on; None at its end."""
        after = self.skip + len(self.rows)
        return after if after < self.total else None

    @property
    def previous(self) -> int | None:
        """Return where the rows before these start; None at the list's start."""
        return max(0, self.skip - PAGE) if self.skip else None


class Tree:
    """The resources of a cloud at one moment, by what is below what."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        with azure.reading():
            self.values = {key: str(value) for key, value in azure.store.scan(tables.RESOURCES)}
        self._children: defaultdict[str, list[str]] = defaultdict(list)
        self._types: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._sizes: defaultdict[str, int] = defaultdict(int)
        self.root = f"/subscriptions/{azure.subscription}".lower()
        self._place(self.root)
        for key in self.values:
            if key not in self._types:
                self._place(key)
            self._count(key)

    def __len__(self) -> int:
        return len(self.values)

    def size(self, key: str) -> int:
        """Return how many resources are below an id."""
        return self._sizes[key.lower()]

    def count(self, type_name: str) -> int:
        """Return how many there are of a type."""
        return sum(one == type_name.lower() for one in self._types.values())

    def top(self) -> list[str]:
        """Return what has nothing above it: the subscription, and what belongs to the tenant."""
        return self._children[""]

    def below(self, key: str, type_name: str = "") -> list[str]:
        """Return the ids directly below an id, of one type where it is given; rights come last."""
        found = [one for one in self._children[key.lower()] if type_name.lower() in ("", self._types[one])]
        return sorted(found, key=lambda one: (self._types[one].startswith(_AUTHORIZATION), self._types[one], one))

    def node(self, key: str) -> TreeNode:
        """Return what a row shows of a resource."""
        body = self.body(key)
        parsed = ids.parse(body.get("id") or key)
        state = next((found for path in _STATES if isinstance(found := dig(body, path), str)), "")
        type_name, region = str(body.get("type") or parsed.type), str(body.get("location") or "")
        return TreeNode(parsed.text, self._name(body, parsed), type_name, state, region)

    def body(self, key: str) -> dict[str, Any]:
        """Return a resource as a caller sees it now; empty for what isn't there, whatever is below it."""
        found = self.values.get(key.lower())
        if found is not None:
            return self._azure.operations.view(json.loads(found))
        try:
            return self._azure.operations.view(self._azure.get(key))
        except ArmError:
            return {}

    def type_of(self, key: str) -> str:
        """Return a resource's type, in lower case."""
        return self._types[key]

    def search(self, words: str) -> list[str]:
        """Return the ids in which every word occurs, in any letter case."""
        wanted = words.lower().split()
        return [key for key in self.values if all(word in key for word in wanted)]

    @cached_property
    def identities(self) -> dict[str, str]:
        """Return the names of identities, by object id."""
        return names.identities(self.values.values())

    def _name(self, body: Mapping[str, Any], parsed: ids.ResourceId) -> str:
        """Return what people know a resource by: role assignments and subscriptions have names that say nothing."""
        role = find(str(dig(body, "properties.roleDefinitionId") or ""))
        if role is None:
            return str(body.get("displayName") or body.get("name") or parsed.name)
        principal = str(dig(body, "properties.principalId") or "").lower()
        return f"{role.name}: {names.known_name(principal) or self.identities.get(principal) or principal}"

    def _place(self, key: str) -> None:
        parsed = ids.parse(key)
        self._types[key] = parsed.type.lower()
        self._parents[key] = parent = parsed.parent or ""
        self._children[parent].append(key)
        if parent and parent not in self._types:
            self._place(parent)

    def _count(self, key: str) -> None:
        above = self._parents[key]
        while above:
            self._sizes[above] += 1
            above = self._parents[above]


class Outline:
    """The tree as rows, of which a few hundred at most are there before somebody opens them."""

    def __init__(self, tree: Tree, inline: int = _INLINE) -> None:
        self._tree = tree
        self._left = inline
        self._is_paid = False

    def top(self) -> Rows[Row]:
        """Return the first rows, with those below the subscription."""
        rows = [self._row(key) for key in self._tree.top()]
        opened = [replace(row, inside=row.inside or self.below(row.of)) for row in rows]
        return Rows(opened, 0, len(opened))

    def below(self, key: str, type_name: str = "", skip: int = 0) -> Rows[Row]:
        """Return the rows below a resource; with a type, those of that type."""
        entries = self._entries(key, type_name)
        shown = entries[skip : skip + PAGE]
        rows = [self._row(entry[0]) if len(entry) == 1 else self._bundle(key, entry) for entry in shown]
        return Rows(rows, skip, len(entries))

    def search(self, words: str, skip: int = 0) -> Rows[Row]:
        """Return what a search finds, each without what is below it."""
        keys = self._tree.search(words)
        rows = [Row(key, (node := self._tree.node(key)).name, 0, node) for key in keys[skip : skip + PAGE]]
        return Rows(rows, skip, len(keys))

    def _entries(self, key: str, type_name: str) -> list[list[str]]:
        """Return the ids of each row: one, or all of a type of which there are many."""
        kept = self._tree.below(key, type_name)
        entries: list[list[str]] = []
        for name, group in itertools.groupby(kept, self._tree.type_of):
            same = list(group)
            is_folded = not type_name and len(same) > _FEW and name != ids.RESOURCE_GROUP.lower()
            entries += [same] if is_folded else [[one] for one in same]
        return entries

    def _row(self, key: str) -> Row:
        node, size = self._tree.node(key), self._tree.size(key)
        return Row(key, node.name, size, node, inside=self._inside(key, "", size))

    def _bundle(self, key: str, members: list[str]) -> Row:
        type_name = self._tree.node(members[0]).type
        size = sum(1 + self._tree.size(one) for one in members)
        inside = self._inside(key, type_name, size)
        return Row(key, type_name.rpartition("/")[2], len(members), type=type_name, inside=inside)

    def _inside(self, key: str, type_name: str, size: int) -> Rows[Row] | None:
        """Return the rows within a row, where they can be afforded; who pays, pays for all that is in them."""
        if self._is_paid:
            return self.below(key, type_name)
        if size > self._left:
            return None
        self._left -= size
        self._is_paid = True
        try:
            return self.below(key, type_name)
        finally:
            self._is_paid = False
