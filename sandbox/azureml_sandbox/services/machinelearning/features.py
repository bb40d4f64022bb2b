"""Feature stores: entities and feature sets with their versions. State only: nothing is materialised."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.operations import SUCCEEDED, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write, action
from azureml_sandbox.services.machinelearning.assets import Container, Version
from azureml_sandbox.services.machinelearning.system import WORKSPACES
from azureml_sandbox.services.machinelearning.waiting import BY_LOCATION, DELETE_ENDPOINT, PUT_ENDPOINT

_SLOW = {
    "PUT": replace(
        PUT_ENDPOINT,
        members=("properties",),
        prefix="fs",
        poll="bare",
        polled="",
        creating=SUCCEEDED,
        updating_state=SUCCEEDED,
    ),
    "DELETE": replace(DELETE_ENDPOINT, prefix="fs", poll="bare", polled=""),
}


class EntityContainer(Container):
    """A name for an entity."""

    type = f"{WORKSPACES}/featurestoreEntities"
    name_rule = RULES["component"]
    long_running: ClassVar[Mapping[str, LongRunning]] = _SLOW


class EntityVersion(Version):
    """What features are about, by the columns that identify them."""

    type = f"{WORKSPACES}/featurestoreEntities/versions"
    asset = "Feature store entity"
    content = ("indexColumns",)
    long_running: ClassVar[Mapping[str, LongRunning]] = _SLOW


class FeaturesetContainer(Container):
    """A name for a feature set."""

    type = f"{WORKSPACES}/featuresets"
    name_rule = RULES["component"]
    long_running: ClassVar[Mapping[str, LongRunning]] = _SLOW


class FeaturesetVersion(Version):
    """Features that are computed together."""

    type = f"{WORKSPACES}/featuresets/versions"
    asset = "Feature set"
    content = ("specification", "entities")
    shapes: ClassVar = {"properties.entities[]": str}
    long_running: ClassVar[Mapping[str, LongRunning]] = {**_SLOW, "backfill": BY_LOCATION}

    def check(self, write: Write) -> None:
        """Refuse entities that don't exist."""
        super().check(write)
        home = str(write.id.text).rsplit("/", 4)[0]
        for entity in write.properties.get("entities") or []:
            target = str(entity).removeprefix("azureml:")
            name, _, version = target.partition(":")
            path = target if target.startswith("/") else f"{home}/featurestoreEntities/{name}/versions/{version}"
            if write.azure.is_missing(path):
                raise bad_request(f"Feature set '{write.id.names[-2]}': there is no entity '{entity}'.", "UserError")

    @action("backfill")
    def backfill(self, _azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the jobs that would compute the features; none is run."""
        return {"jobIds": [derived.guid("backfill", resource["id"])]}


class Feature(ResourceType):
    """One feature, as the specification beside the data says; files are not read here, so that lists are empty."""

    type = f"{WORKSPACES}/featuresets/versions/features"
    service_only = True
