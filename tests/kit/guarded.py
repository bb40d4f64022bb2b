"""Plans under the guardrails: planned resources as azure-native has them, people with roles, and what was there."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from azureml_policies import requests as arm_requests
from azureml_policies.baseline.model import Baseline, Nothing
from azureml_policies.baseline.state import ExportedState
from azureml_policies.commands.check import violations
from azureml_policies.evaluation import Evaluator
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.requester.model import Person, Requester
from azureml_policies.requests import Defaults
from azureml_policies.requests.planned import Planned, PlannedProvider
from azureml_policies.rule import Rule, RuleViolation
from azureml_policies.rules.registry import PERMISSIONS, RULES
from azureml_policies.run import Run, Sources
from azureml_policies.settings import SETTINGS_RULE, parse

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
ML = "Microsoft.MachineLearningServices/workspaces"
WORKSPACE = f"{GROUP}/providers/{ML}/ws"
CREATE = f"{ML}/computes/write"
AZURE = PlannedProvider("pulumi:providers:azure-native", "default", "urn:default", {"subscriptionId": SUBSCRIPTION})
DEFAULTS = Defaults(subscription=SUBSCRIPTION)
IN_WORKSPACE = {"resourceGroupName": "rg", "workspaceName": "ws"}


def plan_of(token: str, name: str, provider: PlannedProvider | None = AZURE, /, **inputs: Any) -> Planned:
    """Return a planned resource."""
    return Planned(f"urn:pulumi:dev::p::{token}::{name}", token, name, inputs, provider)


def cluster(name: str = "cpu", most: Any = 5, token: str = "machinelearningservices:Compute", **more: Any) -> Planned:
    """Return a planned AmlCompute."""
    scale = {"minNodeCount": 0, "maxNodeCount": most}
    properties = {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": scale}}
    given = {**IN_WORKSPACE, "computeName": name, "location": "westeurope", "properties": properties, **more}
    return plan_of(token if token.startswith("azure-") else f"azure-native:{token}", name, **given)


def job(name: str = "train", **properties: Any) -> Planned:
    """Return a planned command job; on the cluster ``cpu`` unless the properties say otherwise."""
    body = {
        "jobType": "Command",
        "command": "python train.py",
        "environmentId": f"{WORKSPACE}/environments/e/versions/1",
        "computeId": f"{WORKSPACE}/computes/cpu",
    }
    body = {key: value for key, value in {**body, **properties}.items() if value is not None}
    return plan_of("azure-native:machinelearningservices:Job", name, **IN_WORKSPACE, id=name, properties=body)


def state(*resources: Planned) -> Baseline:
    """Return an exported state that holds these."""
    provider = {"urn": AZURE.urn, "type": AZURE.type, "custom": True, "id": "x", "inputs": dict(AZURE.inputs)}
    entries = [
        {"urn": item.urn, "type": item.type, "custom": True, "id": "x", "inputs": dict(item.inputs)}
        | ({"provider": f"{item.provider.urn}::x"} if item.provider else {})
        for item in resources
    ]
    exported = {"version": 3, "deployment": {"resources": [provider, *entries]}}
    return ExportedState(exported, lambda item: arm_requests.writes(item, DEFAULTS), "state.json")


RIGHTS = (SETTINGS_RULE, *PERMISSIONS)
"""The rules about who may do what, without those about what is built."""


def person(name: str) -> Person:
    """Return one of the sandbox's people."""
    return Person(PEOPLE[name].object_id, name)


ROLES = GivenRoles(
    [
        {"role": entry.role, "scope": f"/subscriptions/{SUBSCRIPTION}", "principal": entry.object_id}
        for entry in PEOPLE.values()
    ]
)
"""What the sandbox's people have."""


def run(
    who: str | Requester = "dana",
    past: Baseline | None = None,
    config: Mapping[str, Any] | None = None,
    *,
    roles: Any = ROLES,
    preview: bool = True,
    stack: str = "dev",
) -> Run:
    """Return a run in somebody's name."""
    requester = Requester((person(who),)) if isinstance(who, str) else who
    sources = Sources(lambda: requester, lambda: roles, lambda: past or Nothing())
    return Run(parse(config or {}, RULES), sources, DEFAULTS, preview=preview, stack=stack)


def judge(
    plan: Sequence[Planned], who: str | Requester = "dana", *, rules: Sequence[Rule] = RIGHTS, **more: Any
) -> list[RuleViolation]:
    """Return everything that the rules say of a plan."""
    return violations(Evaluator(rules, run(who, **more)), list(plan))


def denied_names(
    plan: Sequence[Planned], who: str | Requester = "dana", rule: str = "compute-admins-only", **more: Any
) -> list[str]:
    """Return the names of the resources that a rule denies; a name of its own for the plan as a whole."""
    found = [item for item in judge(plan, who, **more) if item.rule.id == rule and item.denies]
    return [item.urn.rpartition("::")[2] or "(the stack)" for item in found]


def only_message(
    plan: Sequence[Planned], who: str | Requester = "dana", rule: str = "compute-admins-only", **more: Any
) -> str:
    """Return the one message of a rule."""
    (found,) = [item for item in judge(plan, who, **more) if item.rule.id == rule]
    return found.message
