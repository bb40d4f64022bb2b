"""Microsoft.OperationalInsights: Log Analytics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arm.names import RULES
from sandbox import derived
from sandbox.resource import Body, ResourceType, Write, action

if TYPE_CHECKING:
    from sandbox.azure import Azure


class Workspace(ResourceType):
    """A Log Analytics workspace."""

    type = "Microsoft.OperationalInsights/workspaces"
    tracked = True
    name_rule = RULES["log_analytics"]

    def defaults(self, _write: Write) -> Body:
        """What a workspace has when nothing is said."""
        return {
            "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "retentionInDays": 30,
            "sku": {"name": "PerGB2018"},
        }

    def computed(self, write: Write) -> Body:
        """What agents sign in as."""
        return {
            "customerId": derived.guid("customer", write.id.text),
            "createdDate": derived.MOMENT,
            "modifiedDate": derived.MOMENT,
        }

    @action("sharedKeys")
    def shared_keys(self, _azure: Azure, resource: Body, _body: Any) -> Body:
        """The two keys."""
        names = ("primarySharedKey", "secondarySharedKey")
        return {name: derived.key("logs", resource["id"], name) for name in names}
