"""Assets as Azure ML shows them (recorded with azure-ai-ml 1.32, 2026-03, and Az PowerShell, 2024 and 2025)."""

import json
import re
from typing import Any

import yaml

from azureml_arm.documents import read_yaml
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.services.machinelearning.answers.filling import authors, drop, fill, hide_last_change, nulls
from azureml_sandbox.services.machinelearning.answers.versions import is_preview, is_since

LOGGED, DEVELOPMENT = "Logged", "Development"
_SHORT = re.compile(r"azureml://datastores/([^/]+)/paths/(.*)", re.DOTALL)
_GROUP = re.compile(r"(?<=/)resourcegroups(?=/)", re.IGNORECASE)
_CURATED = re.compile(r"azureml:(AzureML-[\w.-]+)(?::(\w[\w.-]*)|@(\w+))")
_WORKSPACE = re.compile(r"/subscriptions/([^/]+)/resourceGroups/([^/]+)/.*?/workspaces/([^/]+)", re.IGNORECASE)
_MATERIALIZATION = (
    "offlineMaterializationVersion",
    "onlineMaterializationVersion",
    "offlineStoreConnectionName",
    "onlineStoreConnectionName",
)
_FEATURES = (
    "features",
    "source",
    "featureTransformationCode",
    "temporalJoinLookback",
    "sourceLookback",
    "indexColumns",
)
"""The order in which a feature set's members are shown."""
_TYPES = ("string", "integer", "long", "float", "double", "binary", "datetime", "boolean")
"""Types of features as the service numbers them: FeatureDataType's order in azure-rest-api-specs (Azure ML's mfe.json);
those of long and double were recorded."""
_HIDDEN = ("_source", "id", "sourceJobId", "jobs")


def code(answer: Body, version: str) -> None:
    """Render code, which is never anonymous in an answer."""
    properties = answer["properties"]
    properties["isAnonymous"] = False
    nulls(properties, "description")
    if not is_since(version, "2022-10-01"):
        properties.pop("provisioningState", None)


def data(answer: Body, version: str) -> None:
    """Render data: an address in a datastore is written in full."""
    properties = answer["properties"]
    hide_last_change(answer)
    nulls(properties, "description")
    properties["dataUri"] = in_full(answer["id"], str(properties.get("dataUri") or ""))
    if is_preview(version):
        nulls(properties, "autoDeleteSetting", "intellectualProperty", "stage")


def model(answer: Body, version: str) -> None:
    """Render a model, with the ``resourcegroups`` of its address as ``resourceGroups``."""
    properties = answer["properties"]
    nulls(properties, "description", "jobName")
    if is_since(version, "2022-10-01"):
        fill(properties, {"stage": DEVELOPMENT})
    else:
        drop(properties, "stage", "provisioningState")
    address = str(properties.get("modelUri") or "")
    if address.startswith("azureml://"):
        properties["modelUri"] = _GROUP.sub("resourceGroups", address)
    if is_preview(version):
        nulls(properties, "autoDeleteSetting", "intellectualProperty")


def environment(answer: Body, version: str) -> None:
    """Render an environment: its conda file is JSON text, in the order that it was given in."""
    properties = answer["properties"]
    nulls(properties, "description")
    fill(properties, {"autoRebuild": "Disabled", "stage": _stage(properties), "condaFile": ""})
    if properties["condaFile"]:
        properties["condaFile"] = as_json(str(properties["condaFile"]))
    (properties.get("properties") or {}).setdefault("azureml.labels", "")
    if is_preview(version):
        nulls(properties, "autoDeleteSetting", "intellectualProperty")


def environment_container(answer: Body, _version: str) -> None:
    """Render an environment's container, whose description is never null."""
    fill(answer["properties"], {"description": ""})


def feature_set(answer: Body) -> None:
    """Render a feature set, with null for settings that nobody gave; `features` renders the rest."""
    authors(answer, "createdAt", "createdBy")
    nulls(answer["properties"], "materializationSettings")


def features(answer: Body) -> None:
    """Write anew what was said of the features in JSON, in the service's own order and with types as numbers."""
    own = answer["properties"].get("properties")
    if not isinstance(own, dict):
        return
    nulls(own, *_MATERIALIZATION)
    try:
        given = json.loads(str(own.get("featuresetProperties")))
    except ValueError:
        return
    if isinstance(given, dict):
        made = {**{name: given[name] for name in _FEATURES if name in given}, **given}
        for name, first in (("features", "FeatureName"), ("indexColumns", "DataType")):
            if isinstance(made.get(name), list):
                made[name] = [_column(one, first) for one in made[name]]
        own["featuresetProperties"] = json.dumps(made, separators=(",", ":"))


def _column(given: Any, first: str) -> Any:
    if not isinstance(given, dict):
        return given
    known = str(given.get("DataType")).lower()
    typed = {"DataType": _TYPES.index(known)} if known in _TYPES else {}
    return {**({first: given[first]} if first in given else {}), **given, **typed}


def component(answer: Body, version: str) -> None:
    """Render a component: numbers and truth values of its YAML are texts."""
    properties = answer["properties"]
    properties["description"] = None
    spec = properties.get("componentSpec")
    if isinstance(spec, dict):
        properties["componentSpec"] = _component_spec(answer, spec)
    if is_preview(version):
        nulls(properties, "autoDeleteSetting")
        fill(properties, {"stage": _stage(properties)})


def component_container(answer: Body) -> None:
    """Render a component's container: the next version is a time, and there is no latest one."""
    properties = answer["properties"]
    fill(properties, {"description": ""})
    known = answer.get("systemData") or {}
    properties |= {"latestVersion": None, "nextVersion": _as_version(str(known.get("lastModifiedAt")))}


def _as_version(moment: str) -> str:
    """Return a time as the version that Azure ML suggests: ``2026-03-27-04-05-20-2300110``."""
    return re.sub(r"\D+", "-", moment).strip("-")


def _stage(properties: Body) -> str:
    return LOGGED if properties.get("isAnonymous") else DEVELOPMENT


def as_json(text: str) -> str:
    """Return YAML as JSON text, and what isn't YAML as it is."""
    try:
        return json.dumps(read_yaml(text), indent=2)
    except yaml.YAMLError:
        return text


def in_full(resource_id: str, address: str) -> str:
    """Return an address in a datastore of a workspace in full; any other as it is."""
    short, where = _SHORT.fullmatch(address), _WORKSPACE.match(resource_id)
    if short is None or where is None:
        return address
    subscription, group, workspace = where.groups()
    place = f"subscriptions/{subscription}/resourcegroups/{group}/workspaces/{workspace}"
    return f"azureml://{place}/datastores/{short[1]}/paths/{short[2]}"


def _component_spec(answer: Body, spec: Body) -> Body:
    kind = str(spec.get("type"))
    made = {name: value for name, value in spec.items() if name not in _HIDDEN}
    for member in ("inputs", "outputs"):
        if isinstance(made.get(member), dict):
            made[member] = {name: _port(value, kind, member) for name, value in made[member].items()}
    made.setdefault("version", answer["name"])
    if kind == "command":
        made.setdefault("resources", {"instance_count": 1})
    if kind == "pipeline":
        made.setdefault("is_deterministic", False)
    if kind == "parallel":
        made.pop("resources", None)
    distribution = made.get("distribution")
    if isinstance(distribution, dict) and isinstance(distribution.get("type"), str):
        made["distribution"] = {**distribution, "type": distribution["type"].capitalize()}
    return dict(_texts(with_registry(made)))


def with_registry(spec: Body) -> Body:
    """Return a componentSpec, or its task, with the service's own environment written as one of its registry."""
    made = dict(spec)
    if isinstance(made.get("environment"), str):
        made["environment"] = _CURATED.sub(_in_registry, made["environment"])
    if isinstance(made.get("task"), dict):
        made["task"] = with_registry(made["task"])
    return made


def _port(value: Any, kind: str, member: str) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {name: one for name, one in value.items() if not (kind == "spark" and name == "mode")}
    return {**kept, "optional": kept.get("optional", False)} if member == "inputs" else kept


def _in_registry(found: re.Match[str]) -> str:
    name, version, label = found.groups()
    place = f"azureml://registries/azureml/environments/{name}"
    return f"{place}/versions/{version}" if version else f"{place}/labels/{label}"


def _texts(value: Any) -> Any:
    """Return a value with its numbers and truth values as texts, as Python writes them."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value) if isinstance(value, bool | int | float) else value
