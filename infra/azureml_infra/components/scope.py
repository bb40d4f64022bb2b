"""Where entities are built: the workspace's names, and what has been built in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pulumi

from azureml_arm.types import by_type, native_type
from azureml_infra.components.live import lookups
from azureml_infra.components.names import respell
from azureml_infra.entities.references import SEGMENTS, SYSTEM_DATASTORES, VERSIONED, KnownNames

_WORKSPACE = native_type("machinelearningservices:Workspace")


def text(template: str, **parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return what `str.format` would: a plain string, which a preview can show, unless a part is an Output."""
    if any(isinstance(part, pulumi.Output) for part in parts.values()):
        return pulumi.Output.format(template, **parts)
    return template.format(**parts)


def arm_id(token: str, path: Mapping[str, pulumi.Input[str]], subscription: pulumi.Input[str]) -> pulumi.Input[str]:
    """Return the ARM id that a resource's path stands for, as `text` does; `token` is short."""
    return text(native_type(token).path, subscriptionId=subscription, **path)


@cache
def token_of(family: str) -> str:
    """Return the type of what a section describes in a workspace, short, and of a version of what has versions; empty
    for what becomes something else.
    """
    versions = "/versions" if family in VERSIONED else ""
    found = by_type(f"{_WORKSPACE.type}/{SEGMENTS.get(family, family)}{versions}")
    return found.token.removeprefix("azure-native:") if found is not None else ""


def own_path(entity: Any) -> dict[str, Any]:
    """Return the names of an entity that its path has below the workspace's."""
    names = [getattr(entity, word) for word in ("endpoint_name", "name", "version") if hasattr(entity, word)]
    arguments = native_type(token_of(entity.family)).path_names[2:]
    return dict(zip(arguments, names, strict=True))


@dataclass(frozen=True)
class Built:
    """Something the program has built: its ARM id and the resource to wait for."""

    id: pulumi.Input[str]
    resource: pulumi.Resource
    after: tuple[pulumi.Resource, ...] = ()
    """What whoever uses it has to wait for, too: a compute's roles."""
    entity: Any = None
    """What it was made of, where somebody asks for that: a model."""


@dataclass
class Scope:
    """The workspace that entities are built in, and what stands in it so far."""

    subscription: str
    resource_group: pulumi.Input[str]
    workspace: pulumi.Input[str]
    location: pulumi.Input[str]
    ready: pulumi.Resource
    """The workspace itself: whatever is built in it waits for it."""
    exists: bool = True
    """Whether Azure has the workspace already; where it doesn't, nobody need ask for what is in it. A registry may be
    there before it."""
    built: KnownNames[Built] = field(default_factory=KnownNames)
    stores: dict[str, Any] = field(default_factory=dict)
    """What the datastores of this program are in Azure Storage, by their names in lower case."""
    factory: Any = None
    """The factory that brings data into the workspace."""
    pinned: set[str] = field(default_factory=set)
    """The references whose version was asked for and said."""

    def path(self, **names: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
        """Return the arguments of a resource in this workspace that make its path."""
        return {"resourceGroupName": self.resource_group, "workspaceName": self.workspace, **names}

    def id(self, below: str = "") -> pulumi.Input[str]:
        """Return the ARM id of the workspace or of something below it (``computes/cpu``)."""
        return text(_WORKSPACE.path + below, subscriptionId=self.subscription, **self.path())

    def child_id(self, token: str, path: Mapping[str, pulumi.Input[str]]) -> str:
        """Return the ARM id that a resource's path stands for; all of it must be known."""
        return native_type(token).id(path, self.subscription)

    def live(self, token: str, path: Mapping[str, pulumi.Input[str]]) -> dict[str, Any] | None:
        """Return what Azure has at a path now; None where nothing is, or where the path isn't known yet."""
        return next(iter(self.fetch([(token, path)])), None)

    def fetch(self, wanted: Iterable[tuple[str, Mapping[str, pulumi.Input[str]]]]) -> list[dict[str, Any] | None]:
        """Return what Azure has at several paths, asked at the same time; those that aren't known yet are left out."""
        return lookups(
            [
                (token.replace(":", ":get"), {name: str(value) for name, value in path.items()})
                for token, path in wanted
                if (self.exists or "workspaceName" not in path)
                and all(isinstance(value, str) for value in path.values())
            ]
        )

    def find(
        self, token: str, path: Mapping[str, pulumi.Input[str]]
    ) -> tuple[dict[str, Any] | None, dict[str, pulumi.Input[str]]]:
        """Return what `live` does, and the path; its last name is as Azure has it where only letter case differs."""
        live = self.live(token, path)
        *_, last = path
        name, found = path[last], str((live or {}).get("name", ""))
        return live, {**path, last: respell(name, found) if isinstance(name, str) else name}

    def subnet_id(self, network: str, subnet: str) -> pulumi.Input[str]:
        """Return the ARM id of a subnet in the workspace's resource group."""
        return text(
            "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/virtualNetworks/"
            f"{network}/subnets/{subnet}",
            s=self.subscription,
            g=self.resource_group,
        )

    def datastore_uri(self, path: str, datastore: str = SYSTEM_DATASTORES[0]) -> pulumi.Input[str]:
        """Return the long form of a datastore path, which Azure ML takes everywhere."""
        return text(
            "azureml://subscriptions/{s}/resourcegroups/{g}/workspaces/{w}/datastores/{d}/paths/{p}",
            s=self.subscription,
            g=self.resource_group,
            w=self.workspace,
            d=datastore,
            p=path,
        )

    def asset_id(self, family: str, name: str, version: str = "") -> pulumi.Input[str]:
        """Return the ARM id of an entity or of one of its versions."""
        return self.id(f"/{SEGMENTS.get(family, family)}/{name}" + (f"/versions/{version}" if version else ""))

    def add(
        self,
        family: str,
        name: str,
        resource: pulumi.Resource,
        version: str = "",
        *,
        after: Iterable[pulumi.Resource] = (),
        entity: Any = None,
    ) -> pulumi.Input[str]:
        """Remember what was built in the workspace; its id is returned."""
        made = Built(self.asset_id(family, name, version), resource, tuple(after), entity)
        return self.keep(family, name, made, version)

    def keep(self, family: str, name: str, made: Built, version: str = "") -> pulumi.Input[str]:
        """Remember what was built anywhere, under the name by which references find it; its id is returned."""
        self.built.add(family, name, version or None, made)
        return made.id
