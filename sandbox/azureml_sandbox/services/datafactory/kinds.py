"""Factories and what is in them. Their answers are as recorded: 200 at once, whatever is made, changed or deleted.

Recordings: azure-cli-extensions, src/datafactory, 2021-04.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from azureml_arm.ids import ResourceId
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.events import Event
from azureml_sandbox.model.resource import Cloud, ResourceType, Unique, Write, action
from azureml_sandbox.services.datafactory import running

FACTORIES = "Microsoft.DataFactory/factories"
_HIDDEN = "**********"
_REFERENCES = {
    "LinkedServiceReference": "linkedservices",
    "DatasetReference": "datasets",
    "PipelineReference": "pipelines",
    "IntegrationRuntimeReference": "integrationruntimes",
}
"""The types of references within a factory -> what they are of."""
_MANAGED = "autoresolveintegrationruntime"
"""The runtime that every factory has."""


class Factory(ResourceType):
    """A factory. Its name is unique in the world."""

    type = FACTORIES
    tracked = True
    unique = Unique("world", "DataFactoryNameInUse", "The specified resource name '{name}' is already in use.")

    def computed_properties(self, write: Write) -> Body:
        """Return when it was made."""
        return {"createTime": write.old_properties.get("createTime") or derived.MOMENT, "version": "2018-06-01"}

    def finish(self, _write: Write, resource: Body) -> Body:
        """Add its mark, which is written otherwise than those of what is in it."""
        return {**resource, "eTag": f'"{_mark(resource)}"'}

    @action("queryPipelineRuns")
    def query_runs(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Return the runs within a span, the last one first."""
        first, last = str(body.get("lastUpdatedAfter") or ""), str(body.get("lastUpdatedBefore") or "~")
        runs = [shown_run(one) for one in azure.of_type(running.RUNS, resource["id"])]
        found = [one for one in runs if first <= one["lastUpdated"] <= last and _fits(one, body.get("filters") or [])]
        return {"value": sorted(found, key=lambda one: str(one["runStart"]), reverse=True)}


class InFactory(ResourceType):
    """What is in a factory: kept as it is sent, and not deleted while something else refers to it."""

    state = None
    shapes: ClassVar = {"properties!": dict}

    def check(self, write: Write) -> None:
        """Refuse references to what isn't there."""
        for kind, name in references(write.properties):
            there = kind == "integrationruntimes" and name.lower() == _MANAGED
            if not there and not write.azure.exists(f"{write.id.parent}/{kind}/{name}"):
                raise bad_request(f"The document creation or update failed because of invalid reference '{name}'.")

    def finish(self, _write: Write, resource: Body) -> Body:
        """Add its mark."""
        return {**resource, "etag": _mark(resource)}

    def check_delete(self, azure: Cloud, resource: Body) -> None:
        """Refuse to delete what something refers to."""
        factory, _, kind = resource["id"].rpartition("/")[0].rpartition("/")
        for other in azure.below(factory):
            if (kind.lower(), resource["name"].lower()) in (
                (to, name.lower()) for to, name in references(other["properties"])
            ):
                raise bad_request(f"The document cannot be deleted since it is referenced by {other['name']}.")


class LinkedService(InFactory):
    """A connection. Texts that are secret are shown as asterisks."""

    type = f"{FACTORIES}/linkedservices"

    def finish(self, write: Write, resource: Body) -> Body:
        """Hide what is secret."""
        kind = resource["properties"].get("typeProperties")
        if isinstance(kind, dict) and _hide(kind):
            kind.setdefault("encryptedCredential", derived.key("credential", write.id.text))
        return super().finish(write, resource)


class Dataset(InFactory):
    """Where data is, and in what form."""

    type = f"{FACTORIES}/datasets"


class IntegrationRuntime(InFactory):
    """What copies. Azure writes its type in lower case, and shows nothing of what is patched."""

    type = f"{FACTORIES}/integrationruntimes"
    patchable = ("autoUpdate", "updateDelayOffset")

    def finish(self, write: Write, resource: Body) -> Body:
        """Leave out what is patched."""
        return super().finish(write, {name: one for name, one in resource.items() if name not in self.patchable})


class Pipeline(InFactory):
    """Activities, which run when a trigger or somebody says so."""

    type = f"{FACTORIES}/pipelines"
    shapes: ClassVar = {
        **InFactory.shapes,
        "properties.activities[].name!": str,
        "properties.activities[].type!": str,
        "properties.parameters{}": dict,
    }

    @action("createRun")
    def create_run(self, azure: Cloud, resource: Body, body: Any) -> Body:
        """Run it now; the request holds the parameters."""
        return {"runId": running.start(azure, resource, dict(body or {}))}


class PipelineRun(ResourceType):
    """A run of a pipeline, which nobody makes by a PUT."""

    type = running.RUNS
    state = None
    service_only = True

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the refusal of a run that there isn't."""
        return ArmError(404, "PipelineRunNotFound", f"The pipeline run {target.name} was not found.")

    def happen(self, azure: Cloud, resource: Body, _event: Event) -> None:
        """Come to the end."""
        running.end(azure, resource)

    @action("queryActivityRuns")
    def query_activities(self, _azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the runs of its activities."""
        own = resource["properties"]
        shared = {"pipelineName": own["pipelineName"], "pipelineRunId": own["runId"]}
        return {"value": [{**one, **shared} for one in own["activities"]]}


def shown_run(run: Body) -> Body:
    """Return a run as the service shows it: no resource, but its properties."""
    return {name: value for name, value in run["properties"].items() if name not in ("given", "activities")}


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Yield what something refers to within its factory: the collection, and the name."""
    if isinstance(value, Mapping):
        kind = _REFERENCES.get(str(value.get("type")))
        if kind and isinstance(value.get("referenceName"), str):
            yield kind, value["referenceName"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def _hide(value: Any) -> bool:
    """Write asterisks for every secret text; return whether there is any."""
    if isinstance(value, dict):
        if value.get("type") == "SecureString" and "value" in value:
            value["value"] = _HIDDEN
            return True
        return _hide(list(value.values()))
    found = [_hide(one) for one in value] if isinstance(value, list) else []
    return any(found)


def _fits(run: Body, filters: list[Mapping[str, Any]]) -> bool:
    """Return whether a run is one of those that are asked for, by the name of its pipeline or how it ended."""
    own = {"PipelineName": run["pipelineName"], "Status": run["status"]}
    return all(own.get(str(one.get("operand"))) in (one.get("values") or []) for one in filters)


def _mark(resource: Body) -> str:
    return derived.guid("etag", json.dumps(resource, sort_keys=True))
