"""What a container group fetches before it serves: model and code, from blob storage, with its own identity.

The files are those that a deployment of an endpoint has, and so are the variables that say where they are: azure-ai-ml
sets the same for a deployment on one's own machine (sdk/ml/azure-ai-ml/azure/ai/ml/_local_endpoints/
azureml_image_context.py in Azure/azure-sdk-for-python).
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pulumi

from azureml_arm import ids
from azureml_infra.components import in_container
from azureml_infra.components.identities import find_client
from azureml_infra.components.refusals import RefusedChangeError
from azureml_infra.components.resolution import Resolution
from azureml_infra.components.scope import text
from azureml_infra.components.stores import LakeStore, store_of
from azureml_infra.components.workspace import DEFAULT_STORE, Workspace
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.container_group import ContainerGroupArgs
from azureml_infra.entities.references import parse
from azureml_infra.entities.reverse import at as value_at

_APP = "/tmp/azureml-app"  # noqa: S108  (of a container, which nobody else is in)
"""Where the files are put: images of Azure ML don't run as root, and everybody may write here."""
_MODELS = f"{_APP}/azureml-models"
_PATIENCE = "300"
"""Seconds: the metadata service comes after the container (MicrosoftDocs/azure-docs#61891), a role takes minutes."""
_UNANSWERED = 60
"""Looks that may fail, ten seconds apart, before a container that fetches is started anew."""
_TOKEN = "http://169.254.169.254/metadata/identity/oauth2/token"  # noqa: S105  (an address)
_QUERY = {"api-version": "2018-02-01", "resource": "https://storage.azure.com/"}


@dataclass(frozen=True)
class FetchedPath:
    """Something to fetch: a path in a container, and the folder that it is put into under its own name."""

    store: LakeStore
    address: pulumi.Input[str]
    """The container's."""
    path: str
    folder: str


@dataclass
class Fetching:
    """The model and the code of one container group."""

    deployment: ContainerGroupArgs
    workspace: Workspace
    resolution: Resolution
    parts: list[FetchedPath] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """Where the image's server finds them."""

    def __post_init__(self) -> None:
        deployment = self.deployment
        if deployment.model is not None:
            self.parts.append(self._part("model", self._path_of_model(), _MODELS))
            self.variables["AZUREML_MODEL_DIR"] = _MODELS
        code = deployment.code_configuration
        if code is not None and code.code is not None:
            part = self._part("code_configuration", code.code, _APP)
            self.parts.append(part)
            folder, script = posixpath.split(code.scoring_script)
            self.variables |= {
                "AML_APP_ROOT": posixpath.join(_APP, posixpath.basename(part.path), folder).rstrip("/"),
                "AZUREML_ENTRY_SCRIPT": script,
            }

    def fill_in(self, request: dict[str, Any]) -> None:
        """Let the container fetch first, and be patient with it."""
        if not self.parts:
            return
        container = request["properties"]["containers"][0]["properties"]
        source = Path(in_container.__file__).read_text("utf-8")
        places = [one for part in self.parts for one in (part.address, part.path, part.folder)]
        container["command"] = self.deployment.started_by(
            ["python3", "-c", source, _PATIENCE, self._token(), *places, "--"]
        )
        said = {one["name"]: one["value"] for one in container["environmentVariables"]}
        own = {**self.variables, **said}
        container["environmentVariables"] = [{"name": name, "value": own[name]} for name in sorted(own)]
        container["livenessProbe"]["failureThreshold"] = _UNANSWERED

    def _token(self) -> pulumi.Input[str]:
        """Return the address of tokens of the group's identity
        (https://learn.microsoft.com/azure/container-instances/container-instances-managed-identity).
        """
        query = urlencode(_QUERY)
        client = find_client(self.deployment.user_identity) if self.deployment.user_identity else None
        return f"{_TOKEN}?{query}" if client is None else text(f"{_TOKEN}?{query}&client_id={{c}}", c=client)

    def _path_of_model(self) -> Any:
        """Return where the files of the model are: locally, or in a datastore."""
        given = self.deployment.model
        if isinstance(given, Entity):
            return given.path
        resource_id, scope = self.resolution.reference(("models",), str(given)), self.workspace.scope
        built = scope.built.find(("models",), parse(str(given)))
        if built is not None and built.entity is not None:
            return built.entity.path
        found = parse(str(resource_id)) if isinstance(resource_id, str) and ids.is_id(resource_id) else None
        path = scope.path(name=found.name, version=found.version or "") if found else {}
        live = scope.live("machinelearningservices:ModelVersion", path) if path else None
        uri = value_at(live, "properties.modelUri")
        if uri is None and parse(str(given)).form == "workspace":
            what = f"the workspace has no model {str(given).removeprefix('azureml:')}, and none is described"
            raise RefusedChangeError(self.deployment, "model", what, "one that is there, or a description of it")
        return uri or str(given)

    def _part(self, word: str, path: Any, folder: str) -> FetchedPath:
        """Return what is fetched of a local path, or of one in a datastore."""
        if isinstance(path, LocalPath):
            shared, store = self.workspace.shared, store_of(self.workspace, DEFAULT_STORE[0])
            placed = shared.upload(path)
            self.resolution.dependencies.append(placed.upload)
            assert store is not None  # noqa: S101 - the workspace's own
            address = text("{a}{c}", a=shared.account_url, c=shared.container)
            return FetchedPath(store, address, placed.path, folder)
        reference = parse(str(path))
        store = store_of(self.workspace, reference.name) if reference.path else None
        if store is None:
            what = f"a container group can't fetch {path}: it reads blob storage, with its identity"
            expected = "a local path, azureml://datastores/NAME/paths/…, or a model that is in one"
            raise RefusedChangeError(self.deployment, word, what, expected)
        self.resolution.dependencies += store.after
        suffix = self.workspace.foundation.azure.cloud.storage
        address = text("https://{a}.blob.{s}/{c}", a=store.account, s=suffix, c=store.container)
        return FetchedPath(store, address, str(reference.path).rstrip("/"), folder)

    def accounts(self) -> Iterator[LakeStore]:
        """Yield a store of each storage account that something is in."""
        yield from {part.store.account_id: part.store for part in self.parts}.values()
