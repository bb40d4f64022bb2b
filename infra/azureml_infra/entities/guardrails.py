"""Guardrails that Azure itself enforces, also against changes made outside of this description: a role and a policy."""

import difflib
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from azureml_arm import roles
from azureml_arm.actions import BEARING, WORKSPACE
from azureml_infra.entities.base import LOCAL, Model, refusal
from azureml_infra.entities.fields import LOWER, VmSize

DATA_SCIENTIST = "Data Scientist without compute"
"""What `access` calls the role; its name in Azure has the platform's in it, as a tenant has one role of a name."""
SWITCH = "guardrails: {data_scientist_role: true}"
"""How a description asks for the role."""

KINDS = {
    "amlcompute": "AmlCompute",
    "computeinstance": "ComputeInstance",
    "kubernetes": "Kubernetes",
    "virtualmachine": "VirtualMachine",
    "databricks": "Databricks",
    "synapsespark": "SynapseSpark",
    "serverless": "Serverless",
}
"""az ml's word -> ARM's `computeType`; serverless compute has none, for it is no resource."""

Kind = Literal[
    "amlcompute", "computeinstance", "kubernetes", "virtualmachine", "databricks", "synapsespark", "serverless"
]

_ACTION = re.compile(rf"{re.escape(WORKSPACE)}(/[\w*.-]+)*/(\*|read|write|delete|action)", re.IGNORECASE)


def _action(given: str) -> str:
    if _ACTION.fullmatch(given):
        return given
    known = [action for entry in BEARING for action in (entry.write, entry.delete, *entry.posts)]
    near = difflib.get_close_matches(given, [one for one in known if one.startswith(WORKSPACE)], 1)
    what = f'"{given}" is not one of the role\'s actions'
    expected = f"{WORKSPACE}/…/read, write, delete or action, with * for any part"
    raise refusal(what, expected, suggestion=near[0] if near else "")


def _role_name(given: str) -> str:
    if roles.find(given) is not None:
        raise refusal(f'"{given}" is a built-in role', "another name")
    return given


class DataScientistRole(Model):
    """A custom role: AzureML Data Scientist without what rents machines. It can be assigned in the platform's
    resource group.

    It runs jobs on existing compute, registers models, data, environments and components, and makes endpoints. It may
    not write, delete, start, stop or schedule compute, make online or batch deployments, serverless endpoints,
    schedules or machines of the first API version (notebook VMs, ACI services), or read the secrets of connections.
    It can't prevent serverless compute of a job, as Azure asks for the same action (`jobs/write`) wherever a job
    runs, and what is in preview without an action that a role may name: inference pools and the resizing of
    instances. `allowed_compute` refuses a part of these. A role never denies: a user with another role has the rights
    of both."""

    name: Annotated[str | None, Field(min_length=1, max_length=256), AfterValidator(_role_name), LOCAL] = None
    """Its name in Azure, where a tenant has one role of a name; `Data Scientist without compute (PLATFORM-…)` if left
    out. `access` may call it by this name, too."""
    not_actions: Annotated[list[Annotated[str, AfterValidator(_action)]], LOCAL] = Field(default_factory=list)
    """More actions that it takes away, such as `Microsoft.MachineLearningServices/workspaces/models/delete`."""


class AllowedCompute(Model):
    """An Azure Policy on the platform's resource group: compute of other kinds, sizes or counts is refused, whoever
    asks and by whatever tool.

    It looks at computes, at managed online deployments, at batch deployments with machines of their own, at serverless
    endpoints and inference pools, and at jobs other than pipelines. What it can't limit: the steps of a pipeline, which
    may ask for serverless compute (Azure has no alias for them); resizing an instance (an action, not a request for a
    resource); and autoscale rules that raise a deployment's instances later. Azure takes some minutes until an
    assignment holds; what was there before stays and is shown as not compliant."""

    kinds: Annotated[list[Annotated[Kind, LOWER]] | None, Field(min_length=1), LOCAL] = None
    """Kinds of compute that may be made; any if left out. Without `serverless`, a job must name its compute, and there
    are no serverless endpoints and inference pools."""
    sizes: Annotated[list[VmSize] | None, Field(min_length=1), LOCAL] = None
    """VM sizes of clusters, instances and online deployments; any if left out."""
    max_instances: Annotated[int | None, Field(ge=0), LOCAL] = None
    """Most nodes of one cluster, and most instances of one deployment; any number if left out."""
    effect: Annotated[Literal["deny", "audit", "disabled"], LOWER, LOCAL] = "deny"
    """What happens to other compute: `deny` refuses it, `audit` reports it, `disabled` does nothing."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.kinds is None and self.sizes is None and self.max_instances is None:
            raise refusal("allowed_compute allows everything", "kinds, sizes or max_instances")
        return self


def _switch(given: Any) -> Any:
    """Return the settings that `true` (the role with its defaults) and `false` (no role) stand for."""
    return ({} if given else None) if isinstance(given, bool) else given


class GuardrailsArgs(Model):
    """What Azure itself enforces, also outside of this description. Creating it takes rights: Owner or User Access
    Administrator of the resource group for the role, Resource Policy Contributor of the subscription for the
    policy (its definition lives there)."""

    data_scientist_role: Annotated[
        DataScientistRole | None,
        BeforeValidator(_switch, json_schema_input_type=bool | DataScientistRole | None),
        LOCAL,
    ] = None
    """A role like AzureML Data Scientist without what rents machines: `true`, or a mapping with more. In `access` it is
    the role `Data Scientist without compute`."""
    allowed_compute: Annotated[AllowedCompute | None, LOCAL] = None
    """An Azure Policy that refuses compute of other kinds, sizes or counts."""
