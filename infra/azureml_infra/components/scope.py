"""Where entities are built: the workspace's names, what has been built in it, and what references to it mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from azureml_arm.types import BY_TOKEN
from azureml_infra.components.live import lookup
from azureml_infra.entities.references import SYSTEM_COMPUTES, SYSTEM_DATASTORES, Names, Reference, parse

if TYPE_CHECKING:
    from azureml_infra.components.shared import Shared
    from azureml_infra.entities.base import Entity, LocalPath

_SEGMENTS = {"online_endpoints": "onlineEndpoints", "batch_endpoints": "batchEndpoints"}
"""Family -> the ARM type below the workspace, where the two differ."""

_VERSIONED = ("environments", "data", "models", "components")


def text(template: str, **parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """`str.format` that stays a plain string, which a preview can show, unless a part is an Output."""
    if any(isinstance(part, pulumi.Output) for part in parts.values()):
        return pulumi.Output.format(template, **parts)
    return template.format(**parts)


@dataclass(frozen=True)
class Built:
    """Something the program has built: its ARM id and the resource to wait for."""

    id: pulumi.Input[str]
    resource: pulumi.Resource


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
    """Whether Azure has the workspace already; where it doesn't, nobody need ask for what is in it."""
    shared: Shared | None = None
    built: Names[Built] = field(default_factory=Names)

    def path(self, **names: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
        """The arguments of a resource in this workspace that make its path."""
        return {"resourceGroupName": self.resource_group, "workspaceName": self.workspace, **names}

    def id(self, below: str = "") -> pulumi.Input[str]:
        """The ARM id of the workspace or of something below it (``computes/cpu``)."""
        return text(
            "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.MachineLearningServices/workspaces/{w}" + below,
            s=self.subscription,
            g=self.resource_group,
            w=self.workspace,
        )

    def child_id(self, token: str, path: Mapping[str, pulumi.Input[str]]) -> str:
        """The ARM id that a resource's path stands for; all of it must be known."""
        return BY_TOKEN[f"azure-native:{token}"].id(path, self.subscription)

    def live(self, token: str, path: Mapping[str, pulumi.Input[str]]) -> dict[str, Any] | None:
        """What Azure has at a path now; None where nothing is, or where the path isn't known yet."""
        known = {key: value for key, value in path.items() if isinstance(value, str)}
        if not self.exists or len(known) < len(path):
            return None
        module, _, kind = token.partition(":")
        return lookup(f"{module}:get{kind}", known)

    def subnet_id(self, network: str, subnet: str) -> pulumi.Input[str]:
        """The ARM id of a subnet in the workspace's resource group."""
        return text(
            "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Network/virtualNetworks/"
            f"{network}/subnets/{subnet}",
            s=self.subscription,
            g=self.resource_group,
        )

    def datastore_uri(self, path: str, datastore: str = SYSTEM_DATASTORES[0]) -> pulumi.Input[str]:
        """The long form of a datastore path, which Azure ML takes everywhere."""
        return text(
            "azureml://subscriptions/{s}/resourcegroups/{g}/workspaces/{w}/datastores/" + f"{datastore}/paths/{path}",
            s=self.subscription,
            g=self.resource_group,
            w=self.workspace,
        )

    def asset_id(self, family: str, name: str, version: str = "") -> pulumi.Input[str]:
        """The ARM id of an entity or of one of its versions."""
        return self.id(f"/{_SEGMENTS.get(family, family)}/{name}" + (f"/versions/{version}" if version else ""))

    def add(self, family: str, name: str, resource: pulumi.Resource, version: str = "") -> pulumi.Input[str]:
        """Remember what was built; its id is returned."""
        made = Built(self.asset_id(family, name, version), resource)
        self.built.add(family, name, version or None, made)
        return made.id

    def resolution(self) -> Resolution:
        """A resolver for one request body; it collects what that body has to wait for."""
        return Resolution(self)


@dataclass
class Resolution:
    """The `Resolver` of one request body.

    `dependencies` are the resources that the body's references name; `contents` are the hashes of the local files that
    it uploads, which tell bodies apart whose addresses aren't known yet.
    """

    scope: Scope
    dependencies: list[pulumi.Resource] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dependencies.append(self.scope.ready)

    def reference(self, families: tuple[str, ...], given: str) -> Any:
        """An entity's ARM id where one is named; a URI or an id as it is. A subnet is named ``VNET/SUBNET``."""
        if families == ("subnets",):
            return self.scope.subnet_id(*given.split("/", 1))
        reference = parse(given)
        built = self.scope.built.find(families, reference)
        if built:
            self.dependencies.append(built.resource)
        if reference.form == "workspace" and reference.path is not None:
            return self.scope.datastore_uri(reference.path, reference.name)
        if reference.form != "workspace":
            return given.removeprefix("azureml:") if given.startswith("azureml:/subscriptions") else given
        return built.id if built else self._outside(families[0], reference)

    def anonymous(self, entity: Entity) -> Any:
        """The ARM id of an asset without a name."""
        return self._shared().anonymous(entity, self)

    def upload(self, path: LocalPath) -> Any:
        """The datastore URI of a local file or folder."""
        return self.scope.datastore_uri(self._shared().upload(path, self).path)

    def url(self, path: LocalPath) -> Any:
        """The https address of a local folder, with a slash at the end."""
        shared = self._shared()
        return pulumi.Output.concat(shared.url(shared.upload(path, self)), "/")

    def code(self, path: LocalPath) -> Any:
        """The ARM id of the code asset made of a local folder."""
        return self._shared().code(path, self)

    def secret(self, name: str) -> Any:
        """A value of the stack's secret config."""
        value = pulumi.Config().get_secret(name)
        if value is None:
            raise pulumi.RunError(
                f"${{{{secrets.{name}}}}} is used, but the stack has no such secret; "
                f"give it with `pulumi config set --secret {name}`"
            )
        return value

    def _shared(self) -> Shared:
        if self.scope.shared is None:
            raise pulumi.RunError("local files need a workspace made by this program; give the asset's id instead")
        return self.scope.shared

    def _outside(self, family: str, reference: Reference) -> Any:
        """Nothing of this program: an id where it is certain, the reference itself where Azure must resolve it."""
        if family in _VERSIONED and not reference.version:
            return reference.text
        if family == "computes" and reference.name.lower() in SYSTEM_COMPUTES:
            return reference.name
        return self.scope.asset_id(family, reference.name, reference.version or "")
