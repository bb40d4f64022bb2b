"""Tokens open the data of a storage account by roles on data only: azure-storage-blob's client, in this process."""

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import EnvironmentCredential
from azure.storage.blob import BlobClient

from azureml_arm.rbac.model import EVERYONE
from azureml_arm.roles import definition_id
from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.azure import Azure
from azureml_sandbox.model import people
from azureml_sandbox.pulumi.transport import intercept
from kit.clouds import GROUP, STORAGE, workspace

CONTAINER = f"{STORAGE}/blobServices/default/containers/raw"
DATA = "Storage Blob Data Contributor"
DENY = {"permissions": [{"dataActions": ["*/blobs/write"]}]}
"""A deny of writing blobs."""


@pytest.fixture
def azure() -> Iterator[Azure]:
    """Yield a workspace's storage with a container, for which the sandbox's application has the Owner's role alone."""
    made = workspace(Azure())
    made.put(CONTAINER, {})
    for own_id, one in list(people.assignments(made).items()):
        if one["properties"]["principalId"] == people.CALLER and not is_role(one, "Owner"):
            people.take_away(made, own_id)
    with intercept(made):
        yield made


def is_role(assignment: dict[str, Any], name: str) -> bool:
    return bool(assignment["properties"]["roleDefinitionId"] == definition_id(name, SUBSCRIPTION))


def upload() -> None:
    account = STORAGE.rpartition("/")[2]
    with BlobClient(f"https://{account}.blob.core.windows.net", "raw", "a", credential=EnvironmentCredential()) as blob:
        blob.upload_blob(b"1", overwrite=True)


def grant(azure: Azure, role: str, scope: str) -> None:
    properties = {"roleDefinitionId": definition_id(role, SUBSCRIPTION), "principalId": people.CALLER}
    name = "5a4d0b0c-0000-4000-8000-000000000001"
    azure.put(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", {"properties": properties})


def deny(azure: Azure, whom: str, excluded: str) -> None:
    properties = {**DENY, "scope": GROUP, "denyAssignmentName": "no writes", "principals": [{"id": whom}]}
    name = "5a4d0b0c-0000-4000-8000-000000000002"
    azure.provide(
        f"{GROUP}/providers/Microsoft.Authorization/denyAssignments/{name}",
        {"properties": {**properties, "excludePrincipals": [{"id": excluded}] if excluded else []}},
    )


@pytest.mark.usefixtures("azure")
def test_an_owner_has_nothing_of_the_data() -> None:
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        upload()


@pytest.mark.parametrize("scope", [CONTAINER, STORAGE, GROUP])
def test_a_role_on_data_opens_it_from_any_scope_above(azure: Azure, scope: str) -> None:
    grant(azure, DATA, scope)
    upload()
    assert azure.blobs.find("stacme", "raw", "a") is not None


def test_a_role_of_another_container_does_not(azure: Azure) -> None:
    azure.put(f"{CONTAINER}2", {})
    grant(azure, DATA, f"{CONTAINER}2")
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        upload()


@pytest.mark.parametrize(
    ("whom", "excluded", "denied"),
    [
        (people.CALLER, "", True),
        (EVERYONE, "", True),
        (EVERYONE, people.CALLER, False),
        ("5a4d0b0c-0000-4000-8000-00000000000a", "", False),
    ],
)
def test_a_deny_counts_for_those_it_names(azure: Azure, whom: str, excluded: str, denied: bool) -> None:
    grant(azure, DATA, STORAGE)
    deny(azure, whom, excluded)
    if denied:
        with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
            upload()
    else:
        upload()
        assert azure.blobs.find("stacme", "raw", "a") is not None
