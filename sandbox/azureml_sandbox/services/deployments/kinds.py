"""Microsoft.Resources/deployments: ARM templates, deployed onto the model.

https://learn.microsoft.com/rest/api/resources/deployments
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm import ids
from azureml_arm.ids import ResourceId
from azureml_arm.names import RULES
from azureml_arm.template.resources import DEPLOYMENT
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request, conflict
from azureml_sandbox.model.operations import BY_LOCATION, CANCELED, STATUS_HEADER, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write, action
from azureml_sandbox.services.deployments import record
from azureml_sandbox.services.deployments.order import order
from azureml_sandbox.services.deployments.plan import plan
from azureml_sandbox.services.deployments.refusals import DeploymentError
from azureml_sandbox.services.deployments.running import preflight, run
from azureml_sandbox.services.deployments.whatif import what_if

_ACCEPTED = "Accepted"
_FILTER = re.compile(r"provisioningState\s+eq\s+'(\w+)'", re.IGNORECASE)


class TemplateDeployment(ResourceType):
    """A deployment of a template to a resource group or a subscription; one that has failed stays."""

    type = DEPLOYMENT
    name_rule = RULES["template_deployment"]
    name_code = "InvalidDeploymentName"
    created_status = 201
    long_running: ClassVar[Mapping[str, LongRunning]] = {
        "PUT": LongRunning(
            201,
            200,
            headers=(STATUS_HEADER,),
            creating=_ACCEPTED,
            updating_state=_ACCEPTED,
            poll="bare",
            polled="Running",
        ),
        "DELETE": BY_LOCATION,
    }
    busy_code = "DeploymentActive"

    def build(self, write: Write) -> Body:
        """Check the template, deploy it, and return how it went."""
        asked = order(write.azure, write.id, write.body, write.caller)
        planned = plan(write.azure, asked)
        preflight(write.azure, planned)
        outcome = run(write.azure, planned)
        return record.keep(write.azure, outcome, str(write.body.get("location") or ""), write.body.get("tags"))

    def not_found(self, target: ResourceId) -> ArmError:
        """Return the error with the code that deployments have
        (https://learn.microsoft.com/azure/azure-resource-manager/templates/common-deployment-errors).
        """
        return ArmError(404, "DeploymentNotFound", f"Deployment '{target.name}' could not be found.")

    def failure(self, resource: Body) -> ArmError | None:
        """Return what went wrong in a deployment that is kept."""
        error = resource["properties"].get("error")
        if error is None:
            return None
        return DeploymentError(409, error["code"], error["message"], error.get("details", ()), error.get("target", ""))

    def after_delete(self, azure: Cloud, resource: Body) -> None:
        """Remove its operations; what it deployed stays."""
        record.forget(azure, resource["id"])

    def listing(self, azure: Cloud, scope: str, filter: str) -> list[Body] | None:  # noqa: A002 - ARM's words
        """Return the deployments to a scope itself."""
        match = _FILTER.fullmatch(filter.strip())
        if filter and match is None:
            text = f"The filter '{filter}' is not supported here: the sandbox takes provisioningState eq '{{state}}'."
            raise bad_request(text, "InvalidFilterInQueryString")
        found = [one for one in azure.resources(self.type) if ids.same(ids.parse(one["id"]).scope, scope)]
        state = match[1].lower() if match else ""
        return [one for one in found if state in ("", one["properties"]["provisioningState"].lower())]

    @action("validate", before=True, asked=True)
    def validate(self, azure: Cloud, resource: Body, body: Body, caller: str) -> Body:
        """Check a template as a deployment would, and make nothing."""
        asked = order(azure, ids.parse(resource["id"]), body, caller)
        planned = plan(azure, asked)
        preflight(azure, planned)
        answer = record.render(azure, planned)
        wanted = [step for step in planned.steps if step.wanted]
        answer["properties"]["validatedResources"] = [{"id": step.id} for step in wanted]
        return answer

    @action("whatIf", before=True, asked=True)
    def what_if(self, azure: Cloud, resource: Body, body: Body, caller: str) -> Body:
        """Return what a deployment would change."""
        return what_if(azure, order(azure, ids.parse(resource["id"]), body, caller))

    @action("exportTemplate")
    def export(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the template that was deployed."""
        return {"template": record.template(azure, resource["id"])}

    @action("cancel")
    def cancel(self, azure: Cloud, resource: Body, _body: Any) -> None:
        """End a deployment that is going on; what it has made by then stays."""
        if azure.operations.cancel(ids.parse(resource["id"])) is None:
            state = resource["properties"]["provisioningState"]
            text = f"The deployment '{resource['name']}' cannot be cancelled, because it is not running: it is {state}."
            raise conflict(text, "DeploymentCannotBeCancelled")
        resource["properties"]["provisioningState"] = CANCELED
        azure.update(resource)


class DeploymentOperation(ResourceType):
    """One thing that a deployment did."""

    type = record.OPERATIONS
    service_only = True
    state = None

    def virtual(self, azure: Cloud, target: ResourceId) -> Body | None:
        """Return an operation by its id."""
        found = record.operations(azure, target.parent or "")
        return next((one for one in found if one["operationId"].lower() == target.name.lower()), None)

    def listing(self, azure: Cloud, scope: str, _filter: str) -> list[Body] | None:
        """Return everything that a deployment did."""
        return record.operations(azure, scope)


KINDS = (TemplateDeployment, DeploymentOperation)
