"""Azure ML assets: containers (a name) and their versions, whose content never changes.

The same in a workspace and in a registry; which kinds there are is in `assets_kinds`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.names import RULES, NameRule
from azureml_sandbox.model.bodies import Body, equal
from azureml_sandbox.model.errors import UserError, conflict
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.machinelearning import assets_lists, uploads
from azureml_sandbox.services.machinelearning.answers.assets import in_full
from azureml_sandbox.services.machinelearning.frontend import IMMUTABLE, FrontEndType


class Asset(FrontEndType):
    """What containers and versions share."""

    system_data = True
    shapes: ClassVar = {"properties.properties": dict, "properties.tags": dict}
    located = True
    top_is_all = True
    created_status = 201

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return what isn't archived, unless `listViewType` says otherwise, with the tags and properties asked for."""
        newest = sorted(super().query_list(azure, scope, query), key=_creation_time, reverse=True)
        return assets_lists.select(newest, query)


class Container(Asset):
    """An asset's name; Azure ML makes it with the first version."""

    filled: ClassVar = {"isArchived": False, "tags": {}, "properties": {}}

    def computed_properties(self, write: Write) -> Body:
        """Return the versions so far."""
        old = write.old_properties
        return {"latestVersion": old.get("latestVersion"), "nextVersion": old.get("nextVersion") or "1"}


class Version(Asset):
    """One version of an asset."""

    makes_parent = True
    name_rule: ClassVar[NameRule | None] = RULES["asset_version"]
    asset: ClassVar[str]
    """What messages call it."""
    content: ClassVar[tuple[str, ...]]
    """The properties that never change."""
    refused_status: ClassVar = 400
    """How a change of them is answered (recorded of components and data)."""
    filled: ClassVar = {"isAnonymous": False, "isArchived": False, "tags": {}, "properties": {}}

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return its versions: none where the container is archived or has never been used."""
        if azure.is_missing(scope) and not azure.is_missing(scope.rsplit("/", 2)[0]):
            return []
        versions = super().query_list(azure, scope, query)
        archived = azure.get(scope)["properties"].get("isArchived") if scope else False
        hidden = archived and query.get("listviewtype", assets_lists.ACTIVE) == assets_lists.ACTIVE
        return [] if hidden else versions

    def check(self, write: Write) -> None:
        """Refuse other content for a version that exists."""
        if write.old is None:
            return
        defaults = self.defaults(write)
        for name in self.content:
            new = write.properties.get(name, defaults.get(name))
            if not self.alike(write, name, write.old_properties.get(name), new):
                text = f"{self.asset} '{asset_name(write)}' version '{write.id.name}' already exists, and its {name} "
                raise UserError(self.refused_status, f"{text}can't be changed. Use another version.", *IMMUTABLE)

    def alike(self, write: Write, _name: str, old: Any, new: Any) -> bool:
        """Return whether two values of a property are the same content: an address is, in full and in short."""
        return equal(*(_address(write, value) or None for value in (old, new)))

    def after(self, write: Write, resource: Body) -> None:
        """Update the container's count."""
        if write.created:
            _count(write.azure, resource, write.id.name)

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Update the container's count."""
        _count(azure, resource)

    @action("startPendingUpload", before=True)
    def start_pending_upload(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return a place to upload the content to, before the version is made."""
        if azure.exists(resource["id"]):
            container, name = resource["id"].split("/")[-3], resource["name"]
            raise conflict(f"{self.asset} '{container}' version '{name}' already exists. Use another version.")
        return uploads.pending(azure, resource["id"], str(body.get("pendingUploadId") or ""))


def _address(write: Write, value: Any) -> Any:
    """Return an address in a datastore in full, all but its path in lower case; anything else as it is."""
    if not isinstance(value, str) or not value.startswith("azureml://"):
        return value
    where, paths, path = in_full(write.id.text, value).partition("/paths/")
    return where.lower() + paths + path


def _creation_time(resource: Body) -> str:
    """Return when an asset was made; Azure ML's own before all others."""
    return str((resource.get("systemData") or {}).get("createdAt") or "")


def asset_name(write: Write) -> str:
    """Return the name of the container that a version is in."""
    return write.id.names[-2]


def _count(azure: Cloud, version: Body, made: str = "") -> None:
    """Note in the container which version is the latest, and which number is next."""
    container = azure.find(version["id"].rsplit("/", 2)[0])
    if container is None:
        return
    old = container["properties"]
    names = [made, old.get("latestVersion")] if made else [one["name"] for one in azure.list(container["id"])]
    numbers = [int(name) for name in names if name and name.isdecimal()]
    named = [name for name in names if name]
    latest = made or (str(max(numbers)) if numbers else max(named, default=None))
    after = max(numbers, default=0) + 1
    if made:
        after = max(after, int(old.get("nextVersion") or 1))
    container["properties"] |= {"latestVersion": latest, "nextVersion": str(after)}
    azure.update(container)
