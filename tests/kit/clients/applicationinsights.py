"""azure-mgmt-applicationinsights against the sandbox."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.applicationinsights import ApplicationInsightsManagementClient
from azure.mgmt.applicationinsights.v2020_02_02 import operations as groups

from kit.clients import Kit, Suite

GROUP, NAME = "rg-clients", "appi-clients"
BODY = {"location": "westeurope", "kind": "web", "properties": {"Application_Type": "web"}}

SUITE = Suite("azure-mgmt-applicationinsights", {"components": groups.ComponentsOperations})
CLIENT = ApplicationInsightsManagementClient


@SUITE.tries("components.create_or_update", "components.get")
def create(kit: Kit) -> None:
    """Make a component, and read it."""
    made = kit.client.components.create_or_update(GROUP, NAME, BODY)
    assert made.application_type == "web"
    found = kit.client.components.get(GROUP, NAME)
    assert found.connection_string.startswith("InstrumentationKey=")
    assert found.instrumentation_key == made.instrumentation_key


@SUITE.tries("components.update_tags", "components.list", "components.list_by_resource_group")
def changes(kit: Kit) -> None:
    """Change the tags, and list components."""
    assert kit.client.components.update_tags(GROUP, NAME, {"tags": {"team": "ml"}}).tags == {"team": "ml"}
    assert [one.name for one in kit.client.components.list()] == [NAME]
    assert [one.name for one in kit.client.components.list_by_resource_group(GROUP)] == [NAME]


@SUITE.tries("components.delete")
def delete(kit: Kit) -> None:
    """Delete the component."""
    kit.client.components.delete(GROUP, NAME)
    with pytest.raises(ResourceNotFoundError):
        kit.client.components.get(GROUP, NAME)
