"""Access entries: roles, principals and scopes."""

import pytest

from azureml_infra.entities.access import AccessEntry
from kit.entity_bodies import GROUP, load, refusals, request_body

WHO = "11111111-2222-3333-4444-555555555555"


def test_entry() -> None:
    entry = load(
        AccessEntry, f"{{role: azureml data scientist, principal: {WHO}, principal_type: Group, description: ds}}"
    )
    assert (entry.role, entry.scope) == ("AzureML Data Scientist", "workspace")
    assert request_body(entry) == {"properties": {"principalId": WHO, "principalType": "Group", "description": "ds"}}


@pytest.mark.parametrize(
    "role", [WHO.upper(), f"/subscriptions/{WHO}/providers/Microsoft.Authorization/roleDefinitions/{WHO}", "AcrPull"]
)
def test_roles(role: str) -> None:
    entry = load(AccessEntry, f"{{role: {role}, principal: {WHO}, principal_type: service_principal, scope: {GROUP}}}")
    assert str(entry.role).lower() == role.lower()


@pytest.mark.parametrize(
    ("text", "where", "what", "expected"),
    [
        (
            f"{{role: Data Scientist, principal: {WHO}, principal_type: user}}",
            "role",
            "is not a built-in role",
            "custom",
        ),
        (
            "{role: Reader, principal: anna@acme.com, principal_type: user}",
            "principal",
            "not an object id",
            "az ad user",
        ),
        (f"{{role: Reader, principal: {WHO}, principal_type: user, scope: vm}}", "scope", "is not a scope", "ARM id"),
        (f"{{role: Reader, principal: {WHO}}}", "principal_type", "Field required", ""),
    ],
)
def test_bad_entries(text: str, where: str, what: str, expected: str) -> None:
    [(at, said, wanted)] = refusals(AccessEntry, text)
    assert (at, what in said, expected in wanted) == (where, True, True)
