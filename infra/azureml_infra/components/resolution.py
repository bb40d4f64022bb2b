"""What the references and local files of one request body mean in a workspace, and what the body has to wait for."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from azureml_arm import ids
from azureml_infra.components.homes import RegistryHome
from azureml_infra.components.latest import latest
from azureml_infra.components.scope import Built, Scope
from azureml_infra.components.shared import Placed, Shared, refuse_outputs
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import body
from azureml_infra.entities.references import SYSTEM_COMPUTES, VERSIONED, Pinned, Reference, in_registry, parse


@dataclass
class Resolution:
    """The `Resolver` of one request body.

    `dependencies` are the resources that the body's references name; `contents` are the hashes of the local files that
    it uploads, which distinguish bodies whose addresses aren't known yet.
    """

    scope: Scope
    shared: Shared
    dependencies: list[pulumi.Resource] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    registry: RegistryHome | None = None
    """The registry that the body is for: short names and local files are its own."""
    version: tuple[str, str, str] = ("", "", "")
    """Family, name and version of the body, in a registry."""

    def __post_init__(self) -> None:
        self.dependencies.append(self.scope.ready)
        self.dependencies += self.registry.needs if self.registry else ()

    def reference(self, families: tuple[str, ...], given: str) -> Any:
        """Return an entity's ARM id where one is named, a URI or an id as it is. A subnet is named ``VNET/SUBNET``."""
        if families == ("subnets",):
            return given if ids.is_id(given) else self.scope.subnet_id(*given.split("/", 1))
        reference = in_registry(parse(given), families, self.registry.name if self.registry else None)
        built = self.scope.built.find(families, reference)
        if built:
            self.dependencies += [built.resource, *built.after]
        if reference.form == "workspace" and reference.path is not None:
            return self.scope.datastore_uri(reference.path, reference.name)
        if reference.form == "registry":
            return reference.text
        if reference.form != "workspace":
            return given.removeprefix("azureml:") if given.startswith("azureml:/subscriptions") else given
        return built.id if built else self._outside(families[0], reference)

    def anonymous(self, entity: Entity) -> Any:
        """Return the ARM id of an asset without a name."""
        refuse_outputs(entity, "without a name")
        inner = Resolution(self.scope, self.shared, registry=self.registry)
        request = body(entity, inner)
        made = self.shared.anonymous(entity, request, inner.contents, inner.dependencies, self.registry)
        return self._require(made)

    def upload(self, path: LocalPath) -> Any:
        """Return the datastore URI of a local file or folder; the address that a registry has for it."""
        if self.registry is not None:
            upload = self.shared.upload_to(self.registry, path, *self.version)
            self.dependencies.append(upload)
            return upload.uri
        return self.scope.datastore_uri(self._place(path).path)

    def url(self, path: LocalPath) -> Any:
        """Return the https address of a local folder, with a slash at the end."""
        return self.shared.url(self._place(path), "/")

    def code(self, path: LocalPath) -> Any:
        """Return the ARM id of the code asset made of a local folder."""
        if self.registry is not None:
            return self._require(self.shared.code_in(self.registry, path))
        return self._require(self.shared.code(self._place(path)))

    def secret(self, name: str) -> Any:
        """Return a value of the stack's secret config."""
        value = pulumi.Config().get_secret(name)
        if value is None:
            raise pulumi.RunError(
                f"${{{{secrets.{name}}}}} is used, but the stack has no such secret; "
                f"give it with `pulumi config set --secret {name}`"
            )
        return value

    def _place(self, path: LocalPath) -> Placed:
        placed = self.shared.upload(path)
        self.dependencies.append(placed.upload)
        self.contents.append(placed.local.digest)
        return placed

    def _require(self, built: Built) -> pulumi.Input[str]:
        self.dependencies.append(built.resource)
        return built.id

    def _outside(self, family: str, reference: Reference) -> Any:
        """Return what a reference to elsewhere becomes: an id where that is certain, else the reference itself."""
        if family in VERSIONED and not reference.version:
            return latest(self.scope, family, reference)
        if family == "computes" and reference.name.lower() in SYSTEM_COMPUTES:
            return self._system_compute(reference)
        return self.scope.asset_id(family, reference.name, reference.version or "")

    def _system_compute(self, reference: Reference) -> Any:
        """Return the id that az ml sends; up to 0.2.0 the name was sent, which content hashes therefore have."""
        made = self.scope.asset_id("computes", reference.name)
        return Pinned(made, reference.name) if isinstance(made, str) else made
