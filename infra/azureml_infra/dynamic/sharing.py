"""What a registry gets from elsewhere: an asset of a workspace, and the files of an asset that is made in it.

ARM has an action for each and no resource: ``publish`` copies a version of a workspace into a registry
(https://learn.microsoft.com/rest/api/azureml/component-versions/publish), ``startPendingUpload`` gives a place for
files (https://learn.microsoft.com/rest/api/azureml/registry-code-versions/create-or-get-start-pending-upload).
"""

import sys
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult

from azureml_arm import ids
from azureml_infra.dynamic.clients import AzureRefusedError, api_version
from azureml_infra.dynamic.provider import DynamicResource, Provider
from azureml_infra.dynamic.upload import UploadRefusedError, local_content, source_of
from azureml_infra.entities.base import LocalPath
from azureml_infra.entities.content import Content, names_inside

_CONFLICT = 409
_UPLOADS = "/upload"


class ShareProvider(Provider):
    """Copies the version that `asset_id` names into a registry. It stays there: what uses it refers to it."""

    identity = ("asset_id", "registry", "name", "version")

    def create(self, props: Any) -> CreateResult:
        """Copy the version; one that the registry has already stays as it is."""
        wanted = {
            "registryName": props["registry"],
            "destinationName": props["name"],
            "destinationVersion": props["version"],
        }
        try:
            self.arm().post(f"{props['asset_id']}/publish", api_version(props["asset_id"]), wanted)
        except AzureRefusedError as error:
            if error.status != _CONFLICT:
                raise
            sys.stderr.write(f"warning: {props['registry']} has {props['name']}:{props['version']} already; it stays\n")
        return CreateResult(_uri(props), dict(props))

    def read(self, id_: str, props: Any) -> ReadResult:
        """Return an empty id where the registry is known and lacks the version."""
        registry = (props or {}).get("registry_id")
        if not registry:
            return ReadResult(id_, dict(props or {}))
        family = ids.parse(props["asset_id"]).type.split("/")[-2]
        target = f"{registry}/{family}/{props['name']}/versions/{props['version']}"
        there = self.arm().get(target, api_version(target))
        return ReadResult(id_, dict(props)) if there is not None else ReadResult("", {})


class RegistryUploadProvider(Provider):
    """Puts files where a registry wants those of a version that is about to be made, to which they belong then."""

    identity = ("digest", "version_id")

    def create(self, props: Any) -> CreateResult:
        """Upload the files; `uri` is where they are, as the version's body names it."""
        from azure.storage.blob import ContainerClient

        local = local_content(props)
        answer = self.arm().post(f"{props['version_id']}/startPendingUpload", api_version(props["version_id"]), {})
        place = (answer or {}).get("blobReferenceForConsumption") or {}
        address = (place.get("credential") or {}).get("sasUri")
        if not address:
            raise UploadRefusedError(f"{props['version_id']}: Azure gave no place to upload {props['source']} to")
        container = ContainerClient.from_container_url(address)
        for name, file in names_inside(local).items():
            with file.open("rb") as stream:
                container.upload_blob(name, stream, overwrite=True)
        uri = place["blobUri"] + ("" if local.is_folder else f"/{local.name}")
        return CreateResult(props["version_id"] + _UPLOADS, {**props, "uri": uri})


def _uri(props: Any) -> str:
    family = ids.parse(props["asset_id"]).type.split("/")[-2]
    return f"azureml://registries/{props['registry']}/{family}/{props['name']}/versions/{props['version']}"


class SharedVersion(DynamicResource, module="azureml", name="Share"):
    """A version of a workspace's asset that a registry has, too."""

    asset_id: pulumi.Output[str]
    registry: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        asset_id: pulumi.Input[str],
        *,
        registry: pulumi.Input[str],
        registry_id: pulumi.Input[str],
        share_with: tuple[pulumi.Input[str], pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the copy: `share_with` is its name and version; `registry_id` is empty where that isn't known."""
        props = {
            "asset_id": asset_id,
            "registry": registry,
            "registry_id": registry_id,
            "name": share_with[0],
            "version": share_with[1],
        }
        super().__init__(ShareProvider(), name, props, opts)


class RegistryUpload(DynamicResource, module="azureml", name="RegistryUpload"):
    """The files of a version that is made in a registry; `uri` is where they are."""

    uri: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        local: Content,
        source: LocalPath,
        version_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the upload. `source` is what `local` was read from; the state keeps it relative to the project."""
        props = {
            "version_id": version_id,
            "digest": local.digest,
            **source_of(source),
            "uri": None,
        }
        super().__init__(RegistryUploadProvider(), name, props, opts)
