"""Our table of built-in roles against Azure's definitions."""

from azureml_arm.rbac.builtin import differences
from azureml_arm.roles import ROLES
from kit.rbac import WS


def live() -> list[dict[str, object]]:
    """Return the table as ARM would return it, in other letter case and order."""
    return [
        {
            "name": role.id.upper(),
            "properties": {
                "roleName": role.name,
                "type": "BuiltInRole",
                "permissions": [
                    {
                        "actions": [action.upper() for action in reversed(role.actions)],
                        "notActions": list(role.not_actions),
                        "dataActions": list(role.data_actions) or None,
                        "notDataActions": list(role.not_data_actions),
                        "condition": "c" if role.conditional else None,
                    }
                ],
            },
        }
        for role in ROLES
    ]


def test_no_differences_where_azure_says_the_same() -> None:
    unknown = {"name": "x", "properties": {"roleName": "New", "type": "BuiltInRole", "permissions": []}}
    assert differences([*live(), unknown]) == []


def test_differences_are_reported_action_by_action() -> None:
    bodies = {body["name"]: body for body in live()}
    scientist = bodies["F6C7C914-8DB3-469D-8CA1-694A8F32E121"]["properties"]
    assert isinstance(scientist, dict)
    scientist["roleName"] = "ML Scientist"
    block = scientist["permissions"][0]
    block["notActions"].remove(f"{WS}/listKeys/action")
    block["notActions"].append(f"{WS}/jobs/write")
    block["condition"] = "c"
    del bodies["ACDD72A7-3385-48EF-BD42-F606FBA81AE7"]
    where = "AzureML Data Scientist (f6c7c914-8db3-469d-8ca1-694a8f32e121)"
    assert differences(bodies.values()) == [
        (
            "Reader (acdd72a7-3385-48ef-bd42-f606fba81ae7): Azure returns no such role; take it out of arm/roles.json "
            "if Azure has retired it"
        ),
        f"{where}: Azure calls it 'ML Scientist'; rename it in arm/roles.json",
        f"{where}: notActions: Azure has {WS}/jobs/write; add it in arm/roles.json",
        f"{where}: notActions: Azure has no {WS}/listKeys/action; take it out of arm/roles.json",
        f"{where}: Azure has a condition on it; correct `conditional` in arm/roles.json",
    ]
