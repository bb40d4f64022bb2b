"""Whether Azure Policy would deny what a description makes, asked before anything is made.

https://learn.microsoft.com/rest/api/policyinsights/policy-restrictions: the requests as far as they are known by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azureml_arm import ids
from azureml_arm.catalogue import ArmType
from azureml_infra.components.questions import Question
from azureml_infra.components.quota import UNFIT
from azureml_infra.description.located import Located
from azureml_infra.entities.base import Entity, LocalPath, Model
from azureml_infra.entities.body import body, words
from azureml_infra.entities.references import SEGMENTS, BadReferenceError, parse
from azureml_infra.yaml.problems import Problem

_ASSIGNMENTS, _RESTRICTIONS = "2023-04-01", "2022-03-01"
_MOST = 50
"""Resources that are asked about: each is a request."""


@dataclass(frozen=True)
class Wanted:
    """A resource that would be made: its type, the names in its id, its body, and what describes it."""

    arm: ArmType
    names: tuple[str, ...]
    body: Mapping[str, Any]
    located: Located


class Unmade:
    """The `Resolver` of a request before anything is made: ids are those that things will have."""

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace

    def reference(self, families: tuple[str, ...], text: str) -> str:
        """Return the id of what is named in the workspace, without its version; anything else as it is."""
        try:
            found = parse(text)
        except BadReferenceError:
            return text
        family = found.family or families[0]
        here = found.form == "workspace" and found.path is None
        return f"{self._workspace}/{SEGMENTS.get(family, family)}/{found.name}" if here else text

    def anonymous(self, entity: Entity) -> str:
        """Return an id of the family."""
        return f"{self._workspace}/{entity.family}/unnamed"

    def upload(self, path: LocalPath) -> str:
        """Return where it will be, but for its own name."""
        return f"{self._workspace}/datastores/workspaceblobstore/paths/{path}"

    url = code = upload

    def secret(self, name: str) -> str:
        """Return a text in its place: a policy is told no secret."""
        return name


def assignments(scope: str) -> Question:
    """Return the question which policies are assigned at a scope or above it."""
    path = f"{scope}/providers/Microsoft.Authorization/policyAssignments"
    return Question("which policies are assigned", path, _ASSIGNMENTS, query={"$filter": "atScope()"}, is_list=True)


def restrictions(scope: str, wanted: list[Wanted]) -> dict[str, Question]:
    """Return what to ask of policies, by the position of what it is about."""
    path = f"{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    return {
        str(index): Question(
            f"what policies say to {'/'.join(one.names)}",
            path,
            _RESTRICTIONS,
            {"resourceDetails": {"apiVersion": one.arm.api_version, "resourceContent": _content(one)}},
        )
        for index, one in enumerate(wanted[:_MOST])
    }


def _content(one: Wanted) -> dict[str, Any]:
    return {"type": one.arm.type, "name": "/".join(one.names), **one.body}


def request(model: Model, resolver: Unmade, location: str, tags: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the body that an entity would be made by, as far as it is known before."""
    made = body(model, resolver)
    return {"location": location, **made, **({"tags": {**tags, **(made.get("tags") or {})}} if tags else {})}


def denials(wanted: list[Wanted], answers: Mapping[str, Any], platform: Located) -> list[Problem]:
    """Return what policies would deny, at the word that they look at where it is one, each once."""
    found = [
        _denial(one, said, platform)
        for index, one in enumerate(wanted)
        for said in ((answers.get(str(index)) or {}).get("contentEvaluationResult") or {}).get("policyEvaluations")
        or ()
        if _is_denied(said)
    ]
    return list(dict.fromkeys(found))


def _is_denied(said: Mapping[str, Any]) -> bool:
    effect = (said.get("effectDetails") or {}).get("policyEffect") or "deny"
    return str(said.get("evaluationResult")).lower() == "noncompliant" and effect.lower() == "deny"


def _denial(one: Wanted, said: Mapping[str, Any], platform: Located) -> Problem:
    details = said.get("evaluationDetails") or {}
    assignment = str((said.get("policyInfo") or {}).get("policyAssignmentId"))
    told = [
        found
        for found in details.get("evaluatedExpressions") or ()
        if found.get("expressionValue") is not None and str(found.get("expression")).lower() != "type"
    ]
    fields = words(type(one.located.entity))
    places = [tuple(fields[path].split(".")) for path in (str(found.get("path")) for found in told) if path in fields]
    located, place = one.located, places[-1] if places else ("name",)
    is_own = located.entity is not platform.entity and getattr(located.entity, "location", None)
    if told and str(told[-1]["expression"]).lower() == "location" and not is_own:
        located, place = platform, ("location",)
    values = " and ".join(f"{found['expression']} is {found['expressionValue']}" for found in told[-2:])
    what = f"{UNFIT}the policy {ids.parse(assignment).name} denies it: {details.get('reason') or values}"
    return located.problem(place, what, f"what {assignment} allows, or an exemption from it")
