"""Azure ML assets: containers (a name) and their versions, whose content never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from arm.ids import ResourceId
from arm.names import RULES, NameRule
from sandbox.errors import conflict
from sandbox.resource import Body, ResourceType, Write, equal
from sandbox.services.machinelearning.system import ensure_registry, workspace_of

if TYPE_CHECKING:
    from sandbox.azure import Azure

CURATED = "azureml-"
"""What the names of Azure ML's own environments start with."""
_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


class Container(ResourceType):
    """An asset's name; Azure ML makes it with the first version."""

    system_data = True

    def defaults(self, _write: Write) -> Body:
        """What a container has when nothing is said."""
        return {"isArchived": False, "tags": {}, "properties": {}}

    def computed(self, write: Write) -> Body:
        """The versions so far."""
        old = write.old_properties
        return {"latestVersion": old.get("latestVersion"), "nextVersion": old.get("nextVersion") or "1"}


class Version(ResourceType):
    """One version of an asset."""

    system_data = True
    makes_parent = True
    name_rule: ClassVar[NameRule | None] = RULES["asset_version"]
    asset: ClassVar[str]
    """What messages call it."""
    content: ClassVar[tuple[str, ...]]
    """The properties that never change."""

    def check(self, write: Write) -> None:
        """The same content again is fine; other content isn't."""
        if write.old is None:
            return
        defaults = self.defaults(write)
        for name in self.content:
            new = write.properties.get(name, defaults.get(name))
            if not equal(write.old_properties.get(name), new):
                raise conflict(
                    f"{self.asset} '{_asset_name(write)}' version '{write.id.name}' already exists, and its {name} "
                    "can't be changed. Use another version.",
                    "UserError",
                )

    def defaults(self, _write: Write) -> Body:
        """What a version has when nothing is said."""
        return {"isAnonymous": False, "isArchived": False, "tags": {}, "properties": {}}

    def after(self, write: Write, resource: Body) -> None:
        """The container counts."""
        if write.created:
            _count(write.azure, resource)

    def deleted(self, azure: Azure, resource: Body) -> None:
        """The container counts again."""
        _count(azure, resource)


def _asset_name(write: Write) -> str:
    return write.id.names[-2]


def _count(azure: Azure, version: Body) -> None:
    """Tell the container which version is the latest, and which number is next."""
    container_id = version["id"].rsplit("/", 2)[0]
    if azure.is_missing(container_id):
        return
    container = azure.get(container_id)
    names = [one["name"] for one in azure.list(container_id)]
    numbers = [int(name) for name in names if name.isdecimal()]
    latest = str(max(numbers)) if numbers else max(names, default=None)
    container["properties"] |= {"latestVersion": latest, "nextVersion": str(max(numbers, default=0) + 1)}
    azure.update(container)


class CodeContainer(Container):
    """A name for code."""

    type = f"{_WORKSPACE}/codes"
    name_rule = RULES["code"]


class CodeVersion(Version):
    """A folder of code in the workspace's storage."""

    type = f"{_WORKSPACE}/codes/versions"
    # An anonymous version is named after its content's hash, which is longer than a version that people write.
    name_rule = RULES["code"]
    asset = "Code"
    content = ("codeUri",)


class ComponentContainer(Container):
    """A name for a component."""

    type = f"{_WORKSPACE}/components"
    name_rule = RULES["component"]


class ComponentVersion(Version):
    """A step that pipelines use."""

    type = f"{_WORKSPACE}/components/versions"
    name_rule = RULES["component"]
    asset = "Component"
    content = ("componentSpec",)


class DataContainer(Container):
    """A name for data; its `dataType` is that of its versions."""

    type = f"{_WORKSPACE}/data"
    state = None
    name_rule = RULES["data"]


class DataVersion(Version):
    """A file, folder or table somewhere."""

    type = f"{_WORKSPACE}/data/versions"
    state = None
    asset = "Data"
    content = ("dataUri", "dataType")

    def check(self, write: Write) -> None:
        """All versions have one type."""
        super().check(write)
        kind, named = write.properties.get("dataType"), write.parent["properties"].get("dataType")
        if named and kind != named:
            raise conflict(f"Data '{_asset_name(write)}' has the type {named}, not {kind}.", "UserError")

    def after(self, write: Write, resource: Body) -> None:
        """The container takes the type of the first version."""
        super().after(write, resource)
        container = write.azure.get(write.id.parent or "")
        container["properties"].setdefault("dataType", resource["properties"].get("dataType"))
        write.azure.update(container)


class EnvironmentContainer(Container):
    """A name for an environment."""

    type = f"{_WORKSPACE}/environments"
    name_rule = RULES["environment"]


class EnvironmentVersion(Version):
    """An image, or what one is built from; a build needs a registry."""

    type = f"{_WORKSPACE}/environments/versions"
    name_rule = RULES["environment"]
    asset = "Environment"
    content = ("image", "condaFile", "build", "inferenceConfig", "osType")

    def virtual(self, azure: Azure, target: ResourceId) -> Body | None:
        """Azure ML's own (curated) environments are in every workspace; which versions there are isn't modelled."""
        name, version = target.names[-2:]
        if not name.lower().startswith(CURATED) or not azure.exists(workspace_of(target.text)):
            return None
        image = f"mcr.microsoft.com/azureml/curated/{name.lower().removeprefix(CURATED)}:{version}"
        properties = {"image": image, "osType": "Linux", "environmentType": "Curated", "isArchived": False}
        return {"id": target.text, "name": version, "type": self.type, "properties": properties}

    def defaults(self, write: Write) -> Body:
        """Linux."""
        return {**super().defaults(write), "osType": "Linux"}

    def computed(self, _write: Write) -> Body:
        """Not one of Azure ML's own."""
        return {"environmentType": "UserCreated"}

    def after(self, write: Write, resource: Body) -> None:
        """A conda file or a build context makes an image of the workspace's own."""
        super().after(write, resource)
        if resource["properties"].get("condaFile") or resource["properties"].get("build"):
            ensure_registry(write.azure, workspace_of(resource["id"]))


class ModelContainer(Container):
    """A name for a model."""

    type = f"{_WORKSPACE}/models"
    name_rule = RULES["model"]


class ModelVersion(Version):
    """A model's files."""

    type = f"{_WORKSPACE}/models/versions"
    asset = "Model"
    content = ("modelUri", "modelType")

    def defaults(self, write: Write) -> Body:
        """A custom model."""
        return {**super().defaults(write), "modelType": "custom_model"}
