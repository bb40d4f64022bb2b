"""Built-in roles: names, ids and permissions."""

import pytest

from azureml_arm.roles import ROLES, definition_id, find, is_definition_id, is_guid, nearest
from kit.rows import each

SUBSCRIPTION = "00000000-1111-2222-3333-444444444444"
CUSTOM = "0a1b2c3d-0000-1111-2222-333344445555"


def test_names_and_ids_are_unique_guids() -> None:
    assert len({role.name.lower() for role in ROLES}) == len({role.id for role in ROLES}) == len(ROLES)
    assert all(is_guid(role.id) and role.id == role.id.lower() for role in ROLES)


@each("text", ["AzureML Data Scientist", "azureml data scientist", "F6C7C914-8DB3-469D-8CA1-694A8F32E121"])
def test_roles_are_found_in_any_case(text: str) -> None:
    role = find(text)
    assert role is not None
    assert role.name == "AzureML Data Scientist"


def test_data_scientist_may_do_what_the_documentation_says() -> None:
    role = find("AzureML Data Scientist")
    assert role is not None
    workspaces = "Microsoft.MachineLearningServices/workspaces/"
    assert role.actions == tuple(f"{workspaces}*/{verb}" for verb in ("read", "action", "delete", "write"))
    assert f"{workspaces}computes/*/write" in role.not_actions
    assert len(role.not_actions) == 10


def test_the_permissions_of_every_role_are_known() -> None:
    assert [role.name for role in ROLES if not role.detailed] == []


def test_roles_that_are_about_data_have_data_actions() -> None:
    without = [role.name for role in ROLES if " Data " in role.name and not role.data_actions]
    assert without == ["Key Vault Data Access Administrator", "AzureML Data Scientist"]


def test_roles_that_may_grant_some_roles_only_say_so() -> None:
    assert [role.name for role in ROLES if role.conditional] == [
        "Key Vault Data Access Administrator",
        "Foundry Owner",
        "Foundry Account Owner",
        "Foundry Project Manager",
    ]


def test_no_action_is_listed_twice() -> None:
    lists = [(role.name, actions) for role in ROLES for actions in (role.actions, role.not_actions, role.data_actions)]
    assert [name for name, actions in lists if len({action.lower() for action in actions}) != len(actions)] == []


def test_azure_ai_developer_keeps_compute_which_data_scientist_does_not() -> None:
    developer, scientist = find("Azure AI Developer"), find("AzureML Data Scientist")
    assert developer is not None
    assert scientist is not None
    assert developer.actions[:4] == scientist.actions
    compute = [action for action in scientist.not_actions if "/computes/" in action]
    assert len(compute) == 3
    assert set(compute).isdisjoint(developer.not_actions)


def test_actions_name_a_provider_or_everything() -> None:
    actions = {action for role in ROLES for action in (*role.actions, *role.not_actions, *role.data_actions)}
    assert [action for action in actions if not action.startswith(("Microsoft.", "*"))] == []


def test_definition_id() -> None:
    prefix = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    assert definition_id("reader", SUBSCRIPTION) == prefix + "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    assert definition_id(CUSTOM.upper(), SUBSCRIPTION) == prefix + CUSTOM
    assert definition_id(prefix + CUSTOM, "other") == prefix + CUSTOM
    assert is_definition_id("/providers/Microsoft.Authorization/roleDefinitions/" + CUSTOM)
    with pytest.raises(ValueError, match="custom role by its id"):
        definition_id("ML Engineer", SUBSCRIPTION)


def test_nearest_names() -> None:
    assert nearest("AzureML DataScientist")[0] == "AzureML Data Scientist"
    assert nearest("zzzzzzzz") == []
