"""Microsoft.Insights: Application Insights."""

from __future__ import annotations

from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
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
