"""What policies would say to a resource: ``{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions``.

https://learn.microsoft.com/rest/api/policyinsights/policy-restrictions. Only whole contents are judged: a pending field
restricts nothing here.
"""

import re
from collections.abc import Mapping

from azureml_arm import ids
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.services.authorization.policy.enforcement import DenyingPolicy, denials


def check(call: Call, match: re.Match[str]) -> Response:
    """Return the policies that would deny a resource, at a subscription or a resource group."""
    details = call.body.get("resourceDetails")
    content = details.get("resourceContent") if isinstance(details, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(content.get("type"), str):
        raise bad_request("resourceDetails.resourceContent needs a type.", "InvalidCheckRestrictionsRequest")
    namespace, *types = str(content["type"]).split("/")
    names = str(content.get("name") or "/".join("pending" for _ in types)).split("/")
    if len(names) != len(types) or not namespace:
        raise bad_request(f"{content['name']!r} can't be the name of a {content['type']}.", "InvalidResourceName")
    below = "/".join(f"{one}/{name}" for one, name in zip(types, names, strict=True))
    target = ids.parse(f"{match[1]}/providers/{namespace}/{below}")
    found = [_evaluation(one) for one in denials(call.azure, target, dict(content))]
    return Response.json(200, {"fieldRestrictions": [], "contentEvaluationResult": {"policyEvaluations": found}})


def _evaluation(one: DenyingPolicy) -> Body:
    info = {"policyDefinitionId": one.definition["id"], "policyAssignmentId": one.assignment["id"]}
    return {
        "policyInfo": info,
        "evaluationResult": "NonCompliant",
        "evaluationDetails": one.details["evaluationDetails"],
        "effectDetails": {"policyEffect": one.effect},
    }
