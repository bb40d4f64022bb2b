"""What a job refers to, in a workspace that is there: ids, uploads, and the assets that are made for it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azureml_arm import ids
from azureml_arm.types import native_type
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import NOUNS
from azureml_infra.commands.verbs.read import latest_version
from azureml_infra.commands.verbs.target import Target
from azureml_infra.dynamic.blobs import upload
from azureml_infra.dynamic.clients import ArmClient
from azureml_infra.entities.assets import Data
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import body
from azureml_infra.entities.content import Content, content
from azureml_infra.entities.references import (
    SEGMENTS,
    SYSTEM_COMPUTES,
    SYSTEM_DATASTORES,
    VERSIONED,
    BadReferenceError,
    Reference,
    parse,
)
from azureml_infra.entities.reverse import at
from azureml_infra.entities.unnamed import anonymous_name, code_body, code_name, without_labels

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

_API = native_type("machinelearningservices:CodeVersion").api_version


@dataclass
class Submission:
    """The `Resolver` of one job's body, which makes what has to be there first."""

    arm: ArmClient
    target: Target
    contents: list[str] = field(default_factory=list)

    def reference(self, families: tuple[str, ...], given: str) -> Any:
        """Return the id of what is named in the workspace; a URI or another id as it is."""
        try:
            found = parse(given)
        except BadReferenceError:
            return given
        if found.form == "workspace" and found.path is not None:
            return self._uri(found.name, found.path)
        if found.form != "workspace":
            return given.removeprefix("azureml:") if given.startswith("azureml:/subscriptions") else given
        family = found.family or families[0]
        if family == "computes" and found.name.lower() in SYSTEM_COMPUTES:
            return found.name
        path = f"{self.target.id}/{SEGMENTS.get(family, family)}/{found.name}"
        return f"{path}/versions/{found.version or self._latest(path, found)}" if family in VERSIONED else path

    def anonymous(self, entity: Entity) -> Any:
        """Return the id of an asset without a name, made once per content."""
        inner = Submission(self.arm, self.target)
        request = body(entity, inner)
        own = (entity.name, entity.version or "1") if isinstance(entity, Data) else None
        request["properties"]["isAnonymous"] = own is None
        key = _digest([own, request if own else without_labels(request), inner.contents])
        name, version = own or anonymous_name(entity.family, key)
        return self._make(f"{entity.family}/{name}/versions/{version}", request)

    def upload(self, path: LocalPath) -> Any:
        """Return the datastore address of a local file or folder, after it has been uploaded."""
        return self._uri(SYSTEM_DATASTORES[0], self._place(_content(path)))

    def url(self, path: LocalPath) -> Any:
        """Return the https address of a local folder, after it has been uploaded."""
        return f"{self._container.url}/{self._place(_content(path))}/"

    def code(self, path: LocalPath) -> Any:
        """Return the id of the code asset of a local folder."""
        local = _content(path)
        url = f"{self._container.url}/{self._place(local)}"
        return self._make(f"codes/{code_name(local)}/versions/1", code_body(local, url))

    def secret(self, name: str) -> Any:
        """Raise VerbError: a job that runs once has no stack to keep a secret in."""
        raise VerbError(
            f"${{{{secrets.{name}}}}} is a stack's; a job that runs once reads its secrets from a key vault"
        )

    def _make(self, below: str, request: dict[str, Any]) -> str:
        """Return the id of an asset, made where it isn't there."""
        path = f"{self.target.id}/{below}"
        found = self.arm.get(path, _API)
        return str((found or self.arm.submit(path, _API, request))["id"])

    def _latest(self, path: str, reference: Reference) -> str:
        noun = next(noun for noun in NOUNS.values() if noun.type.lower() == ids.parse(path).type.lower())
        found = self.arm.get(path, noun.api_version)
        if found is None:
            raise VerbError(f"{reference.text}: {self.target.called} has nothing of this name")
        return latest_version(self.target, found, noun)

    def _uri(self, datastore: str, path: str) -> str:
        target = self.target
        return (
            f"azureml://subscriptions/{target.subscription}/resourcegroups/{target.resource_group}"
            f"/workspaces/{target.workspace}/datastores/{datastore}/paths/{path}"
        )

    def _place(self, local: Content) -> str:
        from azure.core.exceptions import HttpResponseError

        self.contents.append(local.digest)
        try:
            return upload(self._container, local)
        except HttpResponseError as error:
            raise VerbError(
                f"{self._container.account_name} refused the upload of {local.name} (HTTP {error.status_code}); "
                "whoever runs this needs Storage Blob Data Contributor there, and a way through its firewall"
            ) from None

    @cached_property
    def _container(self) -> ContainerClient:
        """Return the container of the workspace's default datastore."""
        from azure.storage.blob import ContainerClient

        store = self.arm.get(f"{self.target.id}/datastores/{SYSTEM_DATASTORES[0]}", _API)
        account, name = at(store, "properties.accountName"), at(store, "properties.containerName")
        if not account or not name:
            raise VerbError(
                f"the workspace {self.target.workspace} has no datastore {SYSTEM_DATASTORES[0]} to upload to"
            )
        return ContainerClient(self._address(account), name, credential=self.target.credential())

    def _address(self, account: str) -> str:
        """Return where an account's blobs are: as it says itself, and where it can't be asked, as the cloud has it."""
        from azureml_infra.dynamic.clients import AzureRefusedError

        declared = native_type("storage:StorageAccount")
        try:
            workspace = self.arm.get(self.target.id, _API)
            found = self.arm.get(str(at(workspace, "properties.storageAccount")), declared.api_version)
        except (AzureRefusedError, ValueError):
            found = None
        return str(at(found, "properties.primaryEndpoints.blob") or self.target.cloud.blobs(account))


def _content(path: LocalPath) -> Content:
    try:
        return content(path.path, includes=path.includes)
    except ValueError as error:
        raise VerbError(str(error)) from None


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
