"""What entities of one workspace share: uploads, code assets and assets without a name, each made once per content."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from azureml_infra.components.base import Component
from azureml_infra.components.homes import RegistryHome
from azureml_infra.components.known import Known, by_content, plain
from azureml_infra.components.scope import Built, Scope
from azureml_infra.components.versions import NewVersion, register
from azureml_infra.dynamic.blobs import FOLDER
from azureml_infra.dynamic.sharing import RegistryUpload
from azureml_infra.dynamic.upload import Upload
from azureml_infra.entities.base import Entity, Includes, LocalPath, is_output
from azureml_infra.entities.body import leaves
from azureml_infra.entities.content import Content, content
from azureml_infra.entities.references import SHORT
from azureml_infra.entities.unnamed import anonymous_name, code_body, code_name, without_labels


@dataclass(frozen=True)
class Placed:
    """A local file or folder and where it lies in the default storage account."""

    local: Content
    upload: Upload

    @property
    def path(self) -> str:
        """Return the path below the datastore's container: ``LocalUpload/HASH/NAME``."""
        return f"{FOLDER}/{self.local.digest}/{self.local.name}"


@dataclass
class Shared:
    """`owner` is the workspace's component, the parent of all that is shared."""

    owner: Component
    scope: Scope
    account_url: pulumi.Input[str]
    container: pulumi.Input[str]
    waits: list[pulumi.Resource] = field(default_factory=list)
    """What an upload has to wait for, besides the workspace: roles on the storage account."""
    _contents: dict[tuple[Path, Includes | None], Content] = field(default_factory=dict)
    _placed: dict[str, Placed] = field(default_factory=dict)
    _made: dict[str, Built] = field(default_factory=dict)

    def content(self, path: LocalPath) -> Content:
        """Return a local file or folder, read once."""
        key = path.path, path.includes
        if key not in self._contents:
            try:
                self._contents[key] = content(path.path, includes=path.includes)
            except ValueError as error:
                raise pulumi.RunError(str(error)) from error
        return self._contents[key]

    def upload(self, path: LocalPath) -> Placed:
        """Put a local file or folder into the default storage, once per content."""
        local = self.content(path)
        if local.digest not in self._placed:
            made = Upload(
                f"{local.name}-{local.digest[:SHORT]}",
                local,
                path,
                account_url=self.account_url,
                container=self.container,
                opts=pulumi.ResourceOptions(
                    parent=self.owner, depends_on=[self.scope.ready, *self.waits], retain_on_delete=True
                ),
            )
            self._placed[local.digest] = Placed(local, made)
        return self._placed[local.digest]

    def url(self, placed: Placed, end: str = "") -> pulumi.Output[str]:
        """Return the https address of an upload, which a preview knows where account and container are there."""
        account, container = plain(self.account_url), plain(self.container)
        if isinstance(account, str) and isinstance(container, str):
            after = [
                one for given in (self.account_url, self.container) if isinstance(given, Known) for one in given.after
            ]
            return Known(f"{account}{container}/{placed.path}{end}", *after)
        return pulumi.Output.concat(self.account_url, self.container, "/", placed.path, end)

    def code(self, placed: Placed) -> Built:
        """Register the code asset of an uploaded folder, once."""
        name = code_name(placed.local)
        if name not in self._made:
            self._made[name] = self._register_code(placed.local, self.url(placed), placed.upload, None)
        return self._made[name]

    def code_in(self, registry: RegistryHome, path: LocalPath) -> Built:
        """Register the code asset of a folder in a registry, once."""
        local = self.content(path)
        key = f"{registry.name.lower()}/{code_name(local)}"
        if key not in self._made:
            upload = self.upload_to(registry, path, "codes", code_name(local), "1")
            self._made[key] = self._register_code(local, upload.uri, upload, registry)
        return self._made[key]

    def upload_to(
        self, registry: RegistryHome, path: LocalPath, family: str, name: str, version: str
    ) -> RegistryUpload:
        """Put a local file or folder where a registry wants it, for a version that it is the content of."""
        local = self.content(path)
        return RegistryUpload(
            f"{registry.name}-{family}-{name}-{version}",
            local,
            path,
            registry.version_id(family, name, version),
            opts=pulumi.ResourceOptions(
                parent=self.owner, depends_on=[self.scope.ready, *registry.needs], retain_on_delete=True
            ),
        )

    def _register_code(
        self, local: Content, uri: pulumi.Input[str], upload: pulumi.Resource, registry: RegistryHome | None
    ) -> Built:
        request = code_body(local, uri)
        label = f"{local.name}-{local.digest[:SHORT]}"
        version = NewVersion(
            "codes",
            f"{registry.name}-{label}" if registry else label,
            code_name(local),
            "1",
            request,
            hashed=True,
            registry=registry,
        )
        return register(self.owner.child, self.scope, version, [upload, *(registry.needs if registry else ())])

    def anonymous(
        self,
        entity: Entity,
        request: dict[str, Any],
        contents: Sequence[str],
        depends_on: Sequence[pulumi.Resource],
        registry: RegistryHome | None = None,
    ) -> Built:
        """Register an asset written in place of a reference, once per content, under az ml's names for such assets.

        Data keeps its own name, as model monitoring looks for what a deployment collects by name, and so do models and
        environments of deployments; without a version they have a hash of their content for one. `contents` are the
        hashes of the files that its request body names. Another description or tag is no other content: what uses
        the asset stays as it is, and a job with it isn't run again.
        """
        own = _own_name(entity)
        request["properties"]["isAnonymous"] = own is None
        key = digest([own, request if own else without_labels(request), contents])
        name, version = own or anonymous_name(entity.family, key)
        hashed = own is None or version is None
        version = version or digest([request, contents])[:SHORT]
        said = own is not None and not hashed and entity.family != "data"
        label = f"{entity.family.removesuffix('s')}-{f'{name}-{version}' if said else key[:SHORT]}"
        if registry is not None:
            key, label = f"{registry.name.lower()}/{key}", f"{registry.name}-{label}"
        if key not in self._made:
            given = NewVersion(
                entity.family, label, name, version, request, hashed=hashed, entity=entity, registry=registry
            )
            self._made[key] = register(self.owner.child, self.scope, given, depends_on)
        return self._made[key]


def refuse_outputs(entity: Entity, lacking: str) -> None:
    """Stop where an asset's name or version would be a hash of what isn't known before the run.

    Two environments that differ in an Output alone would be one, and a job would run in the other's image.
    """
    unknown = next((leaf for leaf in leaves(entity) if is_output(leaf.value)), None)
    if unknown is not None:
        raise pulumi.RunError(
            f"{'.'.join(map(str, unknown.location))} of the {entity.kind} {lacking} is a Pulumi Output, so its content "
            "can't tell it from another one; give it a name and a version, and refer to it by them"
        )


def digest(value: Any) -> str:
    """Return the hash of a request body; the address of an upload is an Output, whose content's hash stands in."""
    text = json.dumps(by_content(value), sort_keys=True, default=lambda _: "?")
    return hashlib.sha256(text.encode()).hexdigest()


def _own_name(entity: Any) -> tuple[str, str | None] | None:
    """Return the name and version that an asset written in place is registered under; None for one without a name."""
    if entity.family == "data":
        return entity.name, entity.version or "1"
    named = entity.family in ("models", "environments") and not entity.is_anonymous
    return (entity.name, entity.version) if named else None
