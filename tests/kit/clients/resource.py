"""azure-mgmt-resource against the sandbox."""

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources import operations as groups

from kit.clients import Kit, Suite

GROUP = "rg-resource"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
VERSION = {"api_version": "2023-01-31"}

SUITE = Suite(
    "azure-mgmt-resource",
    {
        "resource_groups": groups.ResourceGroupsOperations,
        "resources": groups.ResourcesOperations,
        "providers": groups.ProvidersOperations,
        "tags": groups.TagsOperations,
    },
)
CLIENT = ResourceManagementClient


@SUITE.tries("resource_groups.create_or_update", "resource_groups.get", "resource_groups.check_existence")
def group(kit: Kit) -> None:
    """Make a resource group, and read it."""
    groups_of = kit.client.resource_groups
    assert not groups_of.check_existence(GROUP)
    assert groups_of.create_or_update(GROUP, {"location": "westeurope"}).properties.provisioning_state == "Succeeded"
    assert groups_of.check_existence(GROUP)
    assert groups_of.get(GROUP.upper()).name == GROUP
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        groups_of.get("rg-nobody")


@SUITE.tries("resource_groups.update", "resource_groups.list")
def group_changes(kit: Kit) -> None:
    """Change the tags of a group, and list groups."""
    assert kit.client.resource_groups.update(GROUP, {"tags": {"team": "ml"}}).tags == {"team": "ml"}
    tagged = kit.client.resource_groups.list(filter="tagName eq 'team' and tagValue eq 'ml'")
    assert [one.name for one in tagged] == [GROUP]


def _id(kit: Kit, name: str) -> str:
    subscription = kit.served.environment["AZURE_SUBSCRIPTION_ID"]
    return f"/subscriptions/{subscription}/resourceGroups/{GROUP}/providers/{IDENTITY}/{name}"


@SUITE.tries(
    "resources.begin_create_or_update_by_id",
    "resources.get_by_id",
    "resources.check_existence_by_id",
    "resources.begin_update_by_id",
)
def by_id(kit: Kit) -> None:
    """Make, read and change a resource by its id."""
    one = _id(kit, "id-one")
    made = kit.client.resources.begin_create_or_update_by_id(one, {"location": "westeurope"}, **VERSION).result()
    assert made.type.lower() == IDENTITY.lower()
    assert kit.client.resources.check_existence_by_id(one, **VERSION)
    assert not kit.client.resources.check_existence_by_id(_id(kit, "id-two"), **VERSION)
    kit.client.resources.begin_update_by_id(one, {"tags": {"a": "1"}}, **VERSION).result()
    assert kit.client.resources.get_by_id(one, **VERSION).tags == {"a": "1"}


@SUITE.tries("resources.begin_create_or_update", "resources.get", "resources.check_existence")
def by_parts(kit: Kit) -> None:
    """Make and read a resource by the parts of its id."""
    parts = (GROUP, "Microsoft.ManagedIdentity", "", "userAssignedIdentities", "id-two")
    kit.client.resources.begin_create_or_update(*parts, {"location": "westeurope"}, **VERSION).result()
    assert kit.client.resources.get(*parts, **VERSION).name == "id-two"
    assert kit.client.resources.check_existence(*parts, **VERSION)


@SUITE.tries("resources.list", "resources.list_by_resource_group")
def lists(kit: Kit) -> None:
    """List resources, with filters."""
    resources = kit.client.resources
    assert sorted(one.name for one in resources.list_by_resource_group(GROUP)) == ["id-one", "id-two"]
    assert len(list(resources.list(filter=f"resourceType eq '{IDENTITY}'"))) == 2
    assert [one.name for one in resources.list(filter="name eq 'id-two'")] == ["id-two"]
    assert len(list(resources.list(top=1))) >= 1


@SUITE.tries("providers.list", "providers.get", "providers.register")
def providers(kit: Kit) -> None:
    """List, read and register resource providers."""
    names = {one.namespace for one in kit.client.providers.list()}
    assert "Microsoft.MachineLearningServices" in names
    found = kit.client.providers.get("Microsoft.MachineLearningServices")
    assert found.registration_state == "Registered"
    assert "workspaces" in {one.resource_type for one in found.resource_types}
    assert kit.client.providers.register("Microsoft.Storage").registration_state == "Registered"
    with pytest.raises(HttpResponseError, match="Nothing"):
        kit.client.providers.get("Microsoft.Nothing")


@SUITE.tries("tags.begin_create_or_update_at_scope", "tags.get_at_scope", "tags.begin_update_at_scope")
def tags(kit: Kit) -> None:
    """Write, read and merge the tags of a resource."""
    scope = _id(kit, "id-one")
    kit.client.tags.begin_create_or_update_at_scope(scope, {"properties": {"tags": {"a": "2"}}}).result()
    change = {"operation": "Merge", "properties": {"tags": {"b": "3"}}}
    kit.client.tags.begin_update_at_scope(scope, change).result()
    assert kit.client.tags.get_at_scope(scope).properties.tags == {"a": "2", "b": "3"}


@SUITE.tries("resources.begin_delete_by_id", "resources.begin_delete", "resource_groups.begin_delete")
def delete(kit: Kit) -> None:
    """Delete resources, and their group."""
    kit.client.resources.begin_delete_by_id(_id(kit, "id-one"), **VERSION).result()
    parts = (GROUP, "Microsoft.ManagedIdentity", "", "userAssignedIdentities", "id-two")
    kit.client.resources.begin_delete(*parts, **VERSION).result()
    assert list(kit.client.resources.list_by_resource_group(GROUP)) == []
    kit.client.resource_groups.begin_delete(GROUP).result()
    assert not kit.client.resource_groups.check_existence(GROUP)
