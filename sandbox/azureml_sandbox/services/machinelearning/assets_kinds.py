"""The kinds of assets in a workspace, and what each has of its own."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId, workspace_of
from azureml_arm.names import ANONYMOUS_COMPONENT, RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body, dig, equal
from azureml_sandbox.model.errors import ArmError, UserError, bad_request
from azureml_sandbox.model.operations import LongRunning
from azureml_sandbox.model.resource import Cloud, Write, action
from azureml_sandbox.services.machinelearning import curated, publishing
from azureml_sandbox.services.machinelearning.answers.assets import as_json, with_registry
from azureml_sandbox.services.machinelearning.assets import Container, Version, asset_name
from azureml_sandbox.services.machinelearning.flavors import flavors
from azureml_sandbox.services.machinelearning.frontend import IMMUTABLE
from azureml_sandbox.services.machinelearning.system import WORKSPACES, ensure_registry, is_built
from azureml_sandbox.services.machinelearning.waiting import BY_LOCATION

LABELS, LATEST = "azureml.labels", "latest"
FIXED = ("code", "command", "environment", "type", "task", "jobs")
"""Members of a componentSpec that never change; that `code` is one was recorded, the others are what is run."""
PORTS = ("inputs", "outputs")
"""Members whose names, types and options pipelines rely on; their order may change, as was recorded, and words do."""


class Publishable(Version):
    """A version that can be copied into a registry."""

    long_running: ClassVar[Mapping[str, LongRunning]] = {"publish": BY_LOCATION}

    @action("publish")
    def publish(self, azure: Cloud, resource: Body, body: Any) -> None:
        """Copy the version into a registry, under the same name and version or others."""
        publishing.publish(azure, resource, body)


class CodeContainer(Container):
    """A name for code."""

    type = f"{WORKSPACES}/codes"
    name_rule = RULES["code"]


class CodeVersion(Publishable):
    """A folder of code in the workspace's storage."""

    type = f"{WORKSPACES}/codes/versions"
    # An anonymous version is named after its content's hash, which is longer than a version that people write.
    name_rule = RULES["code"]
    asset = "Code"
    content = ("codeUri",)

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return, with `hash`, the code of that content anywhere in the workspace, whatever name is asked about."""
        if not query.get("hash"):
            return super().query_list(azure, scope, query)
        home = scope.rsplit("/", 2)[0]
        return [one for one in azure.list(home, self.type) if _has_hash(one, query)]


class ComponentContainer(Container):
    """A name for a component."""

    type = f"{WORKSPACES}/components"
    name_rule = RULES["component"]
    absence = ("Not found component {name}.", "ComponentNotFound")


class ComponentVersion(Publishable):
    """A step that pipelines use."""

    type = f"{WORKSPACES}/components/versions"
    name_rule = RULES["component"]
    asset = "Component"
    content = ()
    absence = ("Not found component {above} (version: {name}).", "ComponentNotFound")

    def place(self, target: ResourceId, body: Mapping[str, Any]) -> ResourceId:
        """Return a version of the service's own for a component without a name, the same for the same specification.

        Recorded: the answer has another version than the path, made a day before, and nothing of it changes
        (Azure/azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings/component,
        test_helloworld_nested_pipeline_component.json). Not recorded: whether a GET of the path finds it; here it
        doesn't.
        """
        return (
            ids.parse(f"{target.parent}/versions/{_content_name(target, body)}")
            if _is_nameless(target, body)
            else target
        )

    def build(self, write: Write) -> Body:
        """Return a component without a name as it was made, if it was."""
        return write.old if write.old and _is_nameless(write.id, write.body) else super().build(write)

    def check(self, write: Write) -> None:
        """Refuse a change of what a component runs; what it says of itself may change."""
        super().check(write)
        old, new = write.old_properties.get("componentSpec"), write.properties.get("componentSpec")
        if not isinstance(old, dict) or not isinstance(new, dict):
            return
        old, new = with_registry(old), with_registry(new)
        for name in (*FIXED, *PORTS):
            before, after = (_ports(spec.get(name)) if name in PORTS else spec.get(name) for spec in (old, new))
            if not equal(before, after):
                text = f'Failed to update component {asset_name(write)} since field "{name}" is immutable, try '
                raise UserError(400, f"{text}specifying a new version.", *IMMUTABLE, "UpdateComponentFailed")


def _ports(given: Any) -> dict[str, Any]:
    """Return what each input or output is, without what is said of it."""
    ports = given if isinstance(given, Mapping) else {}
    return {name: {"type": port.get("type"), "optional": _is_optional(port)} for name, port in ports.items()}


def _is_optional(port: Mapping[str, Any]) -> bool:
    return str(port.get("optional")).lower() == "true"


class DataContainer(Container):
    """A name for data; its `dataType` is that of its versions."""

    type = f"{WORKSPACES}/data"
    state = None
    name_rule = RULES["data"]


class DataVersion(Publishable):
    """A file, folder or table somewhere."""

    type = f"{WORKSPACES}/data/versions"
    state = None
    asset = "Data"
    discriminators: ClassVar = {"properties.dataType": ("mltable", "uri_file", "uri_folder")}
    content = ("dataUri", "dataType")

    def check(self, write: Write) -> None:
        """Refuse a version of another type than the others."""
        super().check(write)
        if write.properties.get("autoDeleteSetting"):
            inner = "AutoDeleteSettingOnlySupportedForManagedDatastore"
            text = "AutoDeleteSetting is only supported for assets in managed datastore."
            raise UserError(400, text, *IMMUTABLE, inner)
        kind, named = write.properties.get("dataType"), write.parent["properties"].get("dataType")
        if named and kind != named:
            raise UserError(400, f"Data '{asset_name(write)}' has the type {named}, not {kind}.", *IMMUTABLE)

    def after(self, write: Write, resource: Body) -> None:
        """Give the container the type of the first version."""
        super().after(write, resource)
        container = write.azure.get(write.id.parent or "")
        container["properties"].setdefault("dataType", resource["properties"].get("dataType"))
        write.azure.update(container)


class EnvironmentContainer(Container):
    """A name for an environment."""

    type = f"{WORKSPACES}/environments"
    updated_status = 201
    name_rule = RULES["environment"]

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return Azure ML's own, which are in every workspace."""
        if not _in_a_workspace(target) or not curated.is_curated(target.name) or not azure.exists(target.parent or ""):
            return None
        return {**curated.container(target.text, target.name), "type": self.type}

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body] | None:
        """Return those that were made, and Azure ML's own."""
        if not scope or ids.parse(scope).type.lower() != WORKSPACES.lower():
            return None
        made = [one for one in azure.list(scope) if one["type"] == self.type]
        own = (curated.container(f"{scope}/environments/{name}", name) for name in curated.NAMES)
        return [*({**one, "type": self.type} for one in own), *made]


class EnvironmentVersion(Publishable):
    """An image, or what one is built from; a build needs a registry.

    Other content for a version that exists is a conflict: azure-ai-ml takes a 409, and nothing else, for the sign to
    make the next version (azure-sdk-for-python, sdk/ml/azure-ai-ml/azure/ai/ml/operations/_environment_operations.py,
    `_try_update_latest_version`).
    """

    type = f"{WORKSPACES}/environments/versions"
    updated_status = 201
    name_rule = RULES["environment"]
    asset = "Environment"
    content = ("image", "condaFile", "build", "inferenceConfig", "osType")
    refused_status = 409
    spellings: ClassVar = {"properties.osType": ("Linux", "Windows")}
    # https://github.com/Azure/azure-sdk-for-python/issues/38594
    absence = ("No environment exists for name: {above}, version: {name}, label: ",)

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return Azure ML's own, in any version."""
        name, version = target.names[-2:]
        container = target.parent or ""
        if not _in_a_workspace(target) or not curated.is_curated(name) or not azure.exists(container):
            return None
        return {**curated.version(target.text, name, version), "type": self.type}

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Return the latest of Azure ML's own."""
        name = scope.rpartition("/")[2]
        if _in_a_workspace(ids.parse(scope)) and curated.is_curated(name) and azure.exists(scope):
            return [azure.get(f"{scope}/versions/{curated.LATEST}")]
        return super().query_list(azure, scope, query)

    def check(self, write: Write) -> None:
        """Refuse Azure ML's own names, and an environment that is made of nothing."""
        name = asset_name(write)
        if curated.is_curated(name):
            raise bad_request(
                f"The environment's name '{name}' is one of Azure ML's own, which start with {curated.PREFIX}: use "
                "another name.",
                "UserError",
            )
        super().check(write)

    def alike(self, write: Write, name: str, old: Any, new: Any) -> bool:
        """Return the same for a conda file as YAML and as the JSON that the service makes of it."""
        is_conda = name == "condaFile" and old and new
        return as_json(str(old)) == as_json(str(new)) if is_conda else super().alike(write, name, old, new)

    def defaults(self, write: Write) -> Body:
        """Return Linux as the operating system."""
        return {**super().defaults(write), "osType": "Linux"}

    def computed_properties(self, _write: Write) -> Body:
        """Return that it isn't one of Azure ML's own."""
        return {"environmentType": "UserCreated"}

    def after(self, write: Write, resource: Body) -> None:
        """Make the registry for an image that is built of a conda file or a build context."""
        super().after(write, resource)
        _label(write, resource)
        if is_built(resource):
            ensure_registry(write.azure, workspace_of(resource["id"]))


class ModelContainer(Container):
    """A name for a model."""

    type = f"{WORKSPACES}/models"
    name_rule = RULES["model"]

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the error in Azure ML's own words."""
        return _no_container(target.name)


class ModelVersion(Publishable):
    """A model's files."""

    type = f"{WORKSPACES}/models/versions"
    asset = "Model"
    content = ("modelUri", "modelType")

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the error in Azure ML's own words."""
        name, version = target.names[-2:]
        account = f"Account Subscription: {target.subscription}, ResourceGroup: {target.resource_group}"
        where = f"{account}, Workspace: {target.names[0]}"
        text = f"There is no registered model in {where} with id {name}:{version}"
        return _no_model("NoSuchModelRegistered", text)

    def query_list(self, azure: Cloud, scope: str, query: Mapping[str, str]) -> list[Body]:
        """Refuse a name that nobody has used in a workspace, else return the list.

        A registry's list is empty then (azure-sdk-assets, python/sdk/ml/azure-ai-ml/tests/recordings/model/e2etests,
        test_create_get_download_model_registry, 2024-05).
        """
        found = super().query_list(azure, scope, query)
        name = scope.rpartition("/")[2]
        if not found and azure.is_missing(scope) and _in_a_workspace(ids.parse(scope)):
            raise _no_container(name)
        return found

    def defaults(self, write: Write) -> Body:
        """Return a custom model, or an MLflow model's own flavors; archiving leaves the stage as it is."""
        stage, known = write.old_properties.get("stage"), flavors(write.azure, write.id.text, write.properties)
        return {**super().defaults(write), "modelType": "custom_model", "flavors": known, "stage": stage}


def _no_container(name: str) -> ArmError:
    return _no_model("ModelNotFound", f"Model container with name: {name} not found.")


def _no_model(code: str, text: str) -> ArmError:
    details = [{"code": code, "message": text, "details": [], "additionalInfo": []}]
    return UserError(404, "The specified resource was not found.", details=details)


def _label(write: Write, resource: Body) -> None:
    """Label the version made last as the latest; an anonymous one never is."""
    others = write.azure.list(resource["id"].rsplit("/", 2)[0]) if write.created else []
    old = (write.old_properties.get("properties") or {}).get(LABELS, "")
    for one in [*(other for other in others if other["id"] != resource["id"]), resource]:
        own = one["properties"].setdefault("properties", {})
        is_latest = write.created and one["id"] == resource["id"] and not one["properties"].get("isAnonymous")
        label = LATEST if is_latest else "" if write.created else old
        if own.get(LABELS) != label:
            own[LABELS] = label
            write.azure.update(one)


def _is_nameless(target: ResourceId, body: Mapping[str, Any]) -> bool:
    named = target.names[-2].lower() != ANONYMOUS_COMPONENT or not _in_a_workspace(target)
    return not named and dig(body, "properties.isAnonymous") is True


def _content_name(target: ResourceId, body: Mapping[str, Any]) -> str:
    spec = dig(body, "properties.componentSpec")
    content = {key: value for key, value in spec.items() if key != "_source"} if isinstance(spec, dict) else spec
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    return derived.guid("component", target.parent or "", digest)


def _in_a_workspace(target: ResourceId) -> bool:
    return target.type.lower().startswith(f"{WORKSPACES}/".lower())


def _has_hash(code: Body, query: Mapping[str, str]) -> bool:
    hashes = code["properties"].get("properties") or {}
    version = query.get("hashversion")
    same_version = version is None or str(hashes.get("hash_version")) == version
    return hashes.get("hash_sha256") == query["hash"] and same_version
