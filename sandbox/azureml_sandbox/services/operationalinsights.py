"""Microsoft.OperationalInsights: Log Analytics."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_arm.names import RULES
from azureml_sandbox.model import derived
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.operations import BY_LOCATION, PUT_BY_STATE, LongRunning
from azureml_sandbox.model.resource import Cloud, ResourceType, Write, action
from azureml_sandbox.services import rotation

KEYS = ("primarySharedKey", "secondarySharedKey")


class Workspace(ResourceType):
    """A Log Analytics workspace."""

    type = "Microsoft.OperationalInsights/workspaces"
    tracked = True
    name_rule = RULES["log_analytics"]
    etag = True
    long_running: ClassVar[Mapping[str, LongRunning]] = {"PUT": PUT_BY_STATE, "DELETE": BY_LOCATION}
    filled: ClassVar = {
        "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled",
        "retentionInDays": 30,
        "sku": {"name": "PerGB2018"},
    }

    def computed_properties(self, write: Write) -> Body:
        """Return what agents sign in as."""
        return {
            "customerId": derived.guid("customer", write.id.text),
            "createdDate": derived.MOMENT,
            "modifiedDate": derived.MOMENT,
        }

    @action("sharedKeys")
    def shared_keys(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return the two keys."""
        return {name: rotation.current(azure, resource["id"], "logs", name) for name in KEYS}

    @action("regenerateSharedKey")
    def regenerate(self, azure: Cloud, resource: Body, _body: Any) -> Body:
        """Return two other keys."""
        return {name: rotation.renew(azure, resource["id"], "logs", name) for name in KEYS}
