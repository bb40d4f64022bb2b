"""Microsoft.Insights: Application Insights, and where a resource's logs and metrics go."""

from typing import ClassVar

from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import ResourceType, Write


class Component(ResourceType):
    """An Application Insights component."""

    type = "Microsoft.Insights/components"
    tracked = True
    name_rule = RULES["application_insights"]
    etag = True
    references = ("properties.WorkspaceResourceId",)

    def defaults(self, write: Write) -> Body:
        """Return what a component has when nothing is said."""
        linked = bool(write.properties.get("WorkspaceResourceId"))
        return {
            "Flow_Type": "Bluefield",
            "Request_Source": "rest",
            "RetentionInDays": 90,
            "IngestionMode": "LogAnalytics" if linked else "ApplicationInsights",
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
        }

    def computed_properties(self, write: Write) -> Body:
        """Return how telemetry gets there."""
        key = derived.guid("instrumentation", write.id.text)
        application = derived.guid("application", write.id.text)
        endpoint = f"https://{write.location}-0.in.applicationinsights.azure.com/"
        return {
            "Name": write.id.name,
            "AppId": application,
            "ApplicationId": write.id.name,
            "InstrumentationKey": key,
            "ConnectionString": f"InstrumentationKey={key};IngestionEndpoint={endpoint};ApplicationId={application}",
            "CreationDate": derived.MOMENT,
            "TenantId": write.azure.subscription,
        }


_DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


class DiagnosticSetting(ResourceType):
    """What of a resource's logs and metrics goes where: an extension of any resource."""

    type = "Microsoft.Insights/diagnosticSettings"
    state = None
    shapes: ClassVar = {"properties.logs[]": dict, "properties.metrics[]": dict}
    references = ("properties.workspaceId", "properties.storageAccountId")

    def finish(self, write: Write, resource: Body) -> Body:
        """Give it the region of its resource."""
        return {**resource, "location": write.location}

    def check(self, write: Write) -> None:
        """Refuse a setting that sends nothing, or nowhere.

        https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings
        """
        if not any(write.properties.get(name) for name in _DESTINATIONS):
            raise bad_request("At least one data sink needs to be specified.")
        if not (write.properties.get("logs") or write.properties.get("metrics")):
            raise bad_request("At least one of the logs or metrics needs to be specified.")
