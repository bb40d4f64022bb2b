"""Changes in az ml's words: the kind of a request's body, the words for its fields and values."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from azureml_arm import ids
from azureml_arm.roles import find
from azureml_infra.entities import resources
from azureml_infra.entities.attached import KubernetesExtension
from azureml_infra.entities.base import Entity, Model
from azureml_infra.entities.body import FieldSpec, NamedField, fields_by_path
from azureml_infra.entities.created_databricks import DatabricksWorkspaceArgs
from azureml_infra.entities.created_spark import CreatedSparkPool
from azureml_infra.entities.kubernetes import KubernetesCluster, NodePool
from azureml_infra.entities.references import FAMILIES
from azureml_infra.entities.resources import ML, REGISTRIES, family_of
from azureml_policies.requests.unknown import has_unknown
from azureml_policies.requests.write import Write
from azureml_review.types import NOUNS

_PARTS: Mapping[str, type[Model]] = {
    "microsoft.databricks/workspaces": DatabricksWorkspaceArgs,
    "microsoft.synapse/workspaces/bigdatapools": CreatedSparkPool,
    "microsoft.containerservice/managedclusters": KubernetesCluster,
    "microsoft.containerservice/managedclusters/agentpools": NodePool,
    "microsoft.kubernetesconfiguration/extensions": KubernetesExtension,
}
"""What is made for an entity, and has words of its own."""
_DYNAMIC: Mapping[str, str] = {
    "Upload": "upload",
    "RegistryUpload": "upload",
    "Notebooks": "notebooks",
    "Share": "share",
    "Traffic": "traffic",
    "DefaultDeployment": "default deployment",
    "ScheduleSwitch": "disabling on deletion",
    "SynapseRole": "Synapse role",
    "TriggerSwitch": "stop and start",
    "Purge": "purge on deletion",
    "WorkspacePurge": "purge on deletion",
    "DatabricksToken": "Databricks token",
}
"""The last word of the project's own dynamic resources -> what they are."""


def model_of(type_name: str, body: Mapping[str, Any]) -> type[Model] | None:
    """Return the model of a request's body."""
    part = _PARTS.get(type_name.lower())
    if part is not None:
        return part
    return resources.model_of("workspaces" if type_name.lower() == ML else family_of(type_name), body)


def noun_of(type_name: str, model: type[Model] | None) -> str:
    """Return the noun for one: "compute cluster"; by default the last word of the ARM or Pulumi type."""
    family = family_of(type_name)
    known = (
        model.kind
        if model and issubclass(model, Entity) and (family == "computes" or type_name.lower() == ML)
        else NOUNS.get(type_name.lower()) or FAMILIES.get(family)
    )
    if known:
        return known
    last = type_name.rpartition("/")[2].rpartition(":")[2]
    return _DYNAMIC.get(last) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).lower()


def title_of(write: Write) -> str:
    """Return the name that people know one by: ``name:version``, ``endpoint/deployment``, a role and its principal."""
    names = write.id.split("/")
    kind = write.type.lower()
    if kind == "microsoft.authorization/roleassignments":
        granted = _grant(write.body.get("properties") or {})
        return f"{granted} on {scope_of(write.id)}" if granted else write.name
    if kind.endswith("/versions") and len(names) > 3:  # noqa: PLR2004 - …/NAME/versions/VERSION
        registry = f"{names[-5]}/" if kind.startswith(f"{REGISTRIES}/") else ""
        return f"{registry}{names[-3]}:{names[-1]}"
    if kind.endswith("/deployments") and kind.startswith(ML) and len(names) > 3:  # noqa: PLR2004
        return f"{names[-3]}/{names[-1]}"
    return write.name


def _grant(properties: Mapping[str, Any]) -> str:
    role_id, principal = str(properties.get("roleDefinitionId") or ""), str(properties.get("principalId") or "")
    if has_unknown(role_id):
        return ""
    role = find(role_id.rpartition("/")[2])
    whom = "an identity that doesn't exist yet" if has_unknown(principal) or not principal else principal
    return f"{role.name if role else role_id.rpartition('/')[2]} for {whom}"


def scope_of(resource_id: str) -> str:
    """Return what an assignment, lock or setting is on: ``storage account stml``, ``subscription 5a4d…``."""
    scope = re.split(r"/providers/microsoft\.authorization/", resource_id, maxsplit=1, flags=re.IGNORECASE)[0]
    if has_unknown(scope) or not ids.is_id(scope):
        return "something that doesn't exist yet" if has_unknown(scope) else scope or "the tenant"
    found = ids.parse(scope)
    if found.type == ids.SUBSCRIPTION:
        return f"subscription {found.subscription}"
    return f"{noun_of(found.type, None)} {found.name}"


def section_of(type_name: str, noun: str) -> str:
    """Return the part of the platform that one belongs to, for pictures and groups."""
    if noun in _STEPS:
        return _STEPS[noun]
    family = family_of(type_name)
    if family:
        return _SECTIONS.get(family, family.replace("_", " "))
    lowered = type_name.lower()
    if lowered.startswith("microsoft.datafactory/"):
        return "ingestion"
    if lowered.startswith("microsoft.authorization/") or noun == "access binding":
        return "access"
    if lowered.startswith("microsoft.network/") or lowered.endswith("/outboundrules"):
        return "network"
    return "foundation" if "/" in type_name else "other"


_STEPS = {
    "upload": "assets",
    "code": "assets",
    "traffic": "endpoints",
    "default deployment": "endpoints",
    "autoscale": "endpoints",
    "container group": "endpoints",
    "Databricks workspace": "computes",
    "Databricks token": "computes",
    "stop and start": "ingestion",
    "AKS cluster": "computes",
    "node pool": "computes",
    "cluster extension": "computes",
    "purge on deletion": "foundation",
}
_SECTIONS = {
    "online_endpoints": "endpoints",
    "online_deployments": "endpoints",
    "batch_endpoints": "endpoints",
    "batch_deployments": "endpoints",
    "marketplace_subscriptions": "endpoints",
    "serverless_endpoints": "endpoints",
    "environments": "assets",
    "data": "assets",
    "models": "assets",
    "components": "assets",
    "feature_store_entities": "features",
    "feature_sets": "features",
}


@lru_cache(maxsize=4096)
def word_of(model: type[Model] | None, path: str) -> tuple[str, FieldSpec | None]:
    """Return az ml's word for an ARM path below `properties`, with the field; ARM's own words where there is none.

    Below a field that holds a map or a list the rest of the path stays.
    """
    fields: Mapping[str, NamedField] = fields_by_path(model) if model else {}
    for prefix in ("properties.", ""):
        whole = f"{prefix}{path}"
        parts = re.split(r"(?=[.\[])", whole)
        for count in range(len(parts), 0, -1):
            found = _paths_by_case(model).get("".join(parts[:count]).lower()) if model else None
            if found is not None and (count == len(parts) or not fields[found].spec.models):
                rest = "".join(parts[count:])
                return f"{fields[found].word}{rest}", None if rest else fields[found].spec
    return _inside(model, path) or _below(path), None


def _inside(model: type[Model] | None, path: str) -> str:
    """Return the word for a path in a map that az ml writes as a list: the map's word, and the rest unchanged."""
    known = _paths_by_case(model) if model else {}
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        found = known.get(f"properties.{'.'.join(parts[:count])}".lower())
        if found is not None and model is not None:
            return ".".join([fields_by_path(model)[found].word, *parts[count:]])
    return ""


@cache
def _paths_by_case(model: type[Model]) -> Mapping[str, str]:
    return {path.lower(): path for path in fields_by_path(model)}


def _below(path: str) -> str:
    while path.startswith("properties."):
        path = path.removeprefix("properties.")
    return path
