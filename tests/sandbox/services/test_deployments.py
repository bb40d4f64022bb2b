"""Deployments of ARM templates: what is made, in which order, what is refused, and what would change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_sandbox.azure import Azure
from azureml_sandbox.data.vaults import Vaults
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.model.store import SqliteStore

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"
STORAGE, IDENTITY = "Microsoft.Storage/storageAccounts", "Microsoft.ManagedIdentity/userAssignedIdentities"
DEPLOYMENT = "Microsoft.Resources/deployments"
INNER = {"expressionEvaluationOptions": {"scope": "inner"}}


@pytest.fixture(params=["memory", "sqlite"])
def azure(request: pytest.FixtureRequest, tmp_path: Any) -> Azure:
    made = Azure(SqliteStore(tmp_path / "state.db") if request.param == "sqlite" else None)
    made.put(group(made), {"location": "westeurope"})
    return made


def group(azure: Azure, name: str = "rg") -> str:
    return f"/subscriptions/{azure.subscription}/resourceGroups/{name}"


def at(azure: Azure, name: str = "d") -> str:
    return f"{group(azure)}/providers/{DEPLOYMENT}/{name}"


def template(*resources: Any, **more: Any) -> dict[str, Any]:
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources), **more}


def body(written: Any, parameters: Any = None, mode: str = "Incremental", **more: Any) -> dict[str, Any]:
    return {"properties": {"mode": mode, "template": written, "parameters": parameters or {}, **more}}


def account(name: Any = "stone", **more: Any) -> dict[str, Any]:
    return {
        "type": STORAGE,
        "apiVersion": "2024-01-01",
        "name": name,
        "location": "[resourceGroup().location]",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        **more,
    }


def identity(name: Any = "idone", **more: Any) -> dict[str, Any]:
    return {"type": IDENTITY, "apiVersion": "2023-01-31", "name": name, "location": "westeurope", **more}


def container(name: Any = "stone/default/data", **more: Any) -> dict[str, Any]:
    return {"type": f"{STORAGE}/blobServices/containers", "apiVersion": "2024-01-01", "name": name, **more}


def nested(name: str, inner: Any, **more: Any) -> dict[str, Any]:
    properties = {"mode": "Incremental", "template": inner, **more.pop("properties", {})}
    return {"type": DEPLOYMENT, "apiVersion": "2024-03-01", "name": name, "properties": properties, **more}


def deploy(azure: Azure, written: Any, parameters: Any = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = azure.put(at(azure), body(written, parameters, **more))["properties"]
    return found


def refusal(azure: Azure, written: Any, parameters: Any = None, **more: Any) -> ArmError:
    with pytest.raises(ArmError) as raised:
        deploy(azure, written, parameters, **more)
    return raised.value


def names(azure: Azure) -> list[str]:
    """What is in the group, without the deployments."""
    aside = ("Microsoft.Resources/resourceGroups", DEPLOYMENT)
    return [one["name"] for one in azure.resources() if one["type"] not in aside]


# what is made


def test_resources_are_made_in_the_order_of_what_they_need(azure: Azure) -> None:
    made = deploy(
        azure,
        template(
            container("[concat(parameters('name'), '/default/data')]", dependsOn=["[variables('id')]"]),
            account("[parameters('name')]"),
            parameters={"name": {"type": "string"}, "key": {"type": "securestring", "defaultValue": "hush"}},
            variables={"id": f"[resourceId('{STORAGE}', parameters('name'))]"},
            outputs={
                "blob": {"type": "string", "value": "[reference(parameters('name')).primaryEndpoints.blob]"},
                "sku": {"type": "string", "value": "[reference(variables('id'), '2024-01-01', 'Full').sku.name]"},
                "keys": {"type": "int", "value": "[length(listKeys(variables('id'), '2024-01-01').keys)]"},
                "secret": {"type": "secureString", "value": "[parameters('key')]"},
            },
        ),
        {"name": {"value": "stone"}},
    )
    assert names(azure) == ["stone", "data"]
    assert made["provisioningState"] == "Succeeded"
    assert made["parameters"] == {"name": {"type": "String", "value": "stone"}, "key": {"type": "SecureString"}}
    assert made["outputs"] == {
        "blob": {"type": "String", "value": "https://stone.blob.core.windows.net/"},
        "sku": {"type": "String", "value": "Standard_LRS"},
        "keys": {"type": "Int", "value": 2},
        "secret": {"type": "SecureString"},
    }
    assert [one["id"].rpartition("/")[2] for one in made["outputResources"]] == ["stone", "data"]
    assert [one["resourceName"] for one in made["dependencies"]] == ["stone/default/data"]
    assert "template" not in azure.get(at(azure))["properties"]
    assert azure.action(at(azure), "exportTemplate")["template"]["resources"][1]["type"] == STORAGE


def test_what_a_resource_refers_to_is_made_before_it(azure: Azure) -> None:
    tags = {"principal": "[reference('idone').principalId]"}
    deploy(azure, template(account(tags=tags), identity()))
    principal = azure.identities.principal(f"{group(azure)}/providers/{IDENTITY}/idone")
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"] == {"principal": principal}


def test_loops_conditions_children_and_symbolic_names(azure: Azure) -> None:
    resources = {
        "old": identity("idold", existing=True),
        "many": identity("[format('id{0}x', copyIndex())]", copy={"name": "many", "count": 3}),
        "none": identity("idnone", condition="[equals(1, 2)]"),
        "one": account(
            tags={"second": "[reference(format('many[{0}]', 1)).principalId]", "old": "[reference('old').clientId]"},
            dependsOn=["many", "none"],
            resources={"inside": container("default/data", type="blobServices/containers", dependsOn=["one"])},
        ),
    }
    azure.put(f"{group(azure)}/providers/{IDENTITY}/idold", {"location": "westeurope"})
    outputs = {
        "all": {
            "type": "array",
            "copy": {"count": 3, "input": "[reference(format('many[{0}]', copyIndex())).clientId]"},
        }
    }
    written = {**template(), "languageVersion": "2.0", "resources": resources, "outputs": outputs}
    made = deploy(azure, written)
    assert sorted(names(azure)) == ["data", "id0x", "id1x", "id2x", "idold", "stone"]
    second = azure.identities.principal(f"{group(azure)}/providers/{IDENTITY}/id1x")
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"]["second"] == second
    assert len(set(made["outputs"]["all"]["value"])) == 3


def test_an_extension_goes_where_its_scope_says(azure: Azure) -> None:
    assignment = {
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": "[guid(resourceGroup().id, 'x')]",
        "scope": f"[format('{STORAGE}/{{0}}', 'stone')]",
        "dependsOn": ["stone"],
        "properties": {
            "principalId": "[reference('idone').principalId]",
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', "
            "'acdd72a7-3385-48ef-bd42-f606fba81ae7')]",
        },
    }
    made = deploy(azure, template(assignment, account(), identity()))
    assert any(
        "/storageAccounts/stone/providers/Microsoft.Authorization" in one["id"] for one in made["outputResources"]
    )


def test_nested_templates_with_names_of_their_own_and_of_the_outer_one(azure: Azure) -> None:
    azure.put(group(azure, "other"), {"location": "northeurope"})
    inner = template(
        identity("[parameters('name')]", location="[resourceGroup().location]"),
        parameters={"name": {"type": "string"}},
        outputs={"id": {"type": "string", "value": f"[resourceId('{IDENTITY}', parameters('name'))]"}},
    )
    made = deploy(
        azure,
        template(
            nested("shared", template(identity("[parameters('name')]"))),
            nested(
                "own", inner, resourceGroup="other", properties={**INNER, "parameters": {"name": {"value": "idown"}}}
            ),
            account(tags={"id": "[reference('own').outputs.id.value]"}),
            parameters={"name": {"type": "string", "defaultValue": "idouter"}},
        ),
    )
    own = f"{group(azure, 'other')}/providers/{IDENTITY}/idown"
    assert azure.get(own)["location"] == "northeurope"
    assert azure.get(f"{group(azure)}/providers/{STORAGE}/stone")["tags"] == {"id": own}
    assert azure.exists(f"{group(azure)}/providers/{IDENTITY}/idouter")
    assert own in [one["id"] for one in made["outputResources"]]
    assert (
        azure.get(f"{group(azure, 'other')}/providers/{DEPLOYMENT}/own")["properties"]["provisioningState"]
        == "Succeeded"
    )


def test_a_deployment_to_the_subscription_makes_groups_and_fills_them(azure: Azure) -> None:
    resources = [
        {
            "type": "Microsoft.Resources/resourceGroups",
            "apiVersion": "2024-03-01",
            "name": "new",
            "location": "westeurope",
        },
        nested("fill", template(account()), resourceGroup="new", dependsOn=["new"], properties=INNER),
    ]
    written = {**template(*resources), "$schema": SUBSCRIPTION_SCHEMA}
    target = f"/subscriptions/{azure.subscription}/providers/{DEPLOYMENT}/d"
    with pytest.raises(ArmError, match="LocationRequired"):
        azure.put(target, body(written))
    azure.put(target, {"location": "westeurope", **body(written)})
    assert azure.exists(f"{group(azure, 'new')}/providers/{STORAGE}/stone")
    listed = azure.list(f"/subscriptions/{azure.subscription}", DEPLOYMENT)
    assert [one["id"] for one in listed] == [target]
    assert azure.list(group(azure), DEPLOYMENT) == []


def test_a_complete_deployment_deletes_what_it_does_not_list(azure: Azure) -> None:
    deploy(azure, template(account(), container(dependsOn=["stone"]), identity()))
    deploy(azure, template(account()), mode="Complete")
    assert names(azure) == ["stone", "data"]
    operations = azure.list(at(azure), f"{DEPLOYMENT}/operations")
    steps = [
        (one["properties"]["provisioningOperation"], one["properties"]["targetResource"]["resourceName"])
        for one in operations
    ]
    assert steps == [("Create", "stone"), ("Delete", "idone")]


def test_a_parameter_from_a_key_vault(azure: Azure) -> None:
    vault = f"{group(azure)}/providers/Microsoft.KeyVault/vaults/kvone"
    properties = {"tenantId": azure.tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    azure.put(vault, {"location": "westeurope", "properties": properties})
    Vaults(azure).set("kvone", "tag", "hush")
    written = template(identity(tags={"t": "[parameters('tag')]"}), parameters={"tag": {"type": "securestring"}})
    given = {"tag": {"reference": {"keyVault": {"id": vault}, "secretName": "tag"}}}
    assert refusal(azure, written, given).code == "KeyVaultParameterReferenceSecretRetrieveFailed"
    azure.put(vault, {"location": "westeurope", "properties": {**properties, "enabledForTemplateDeployment": True}})
    deploy(azure, written, given)
    assert azure.get(f"{group(azure)}/providers/{IDENTITY}/idone")["tags"] == {"t": "hush"}


# what goes wrong


def test_a_resource_that_is_refused_fails_the_deployment_which_stays(azure: Azure) -> None:
    written = template(account("NOT_VALID"), container("NOT_VALID/default/data", dependsOn=["NOT_VALID"]), identity())
    error = refusal(azure, written)
    assert (error.status, error.code) == (409, "DeploymentFailed")
    details = error.body["error"]["details"]
    assert [one["code"] for one in details] == ["AccountNameInvalid"]
    assert names(azure) == ["idone"]
    kept = azure.get(at(azure))["properties"]
    assert (kept["provisioningState"], kept["error"]) == ("Failed", error.body["error"])
    operations = [one["properties"] for one in azure.list(at(azure), f"{DEPLOYMENT}/operations")]
    assert [one["provisioningState"] for one in operations] == ["Failed", "Succeeded"]
    assert operations[0]["statusMessage"]["error"]["code"] == "AccountNameInvalid"
    deploy(azure, template(identity()))
    assert azure.get(at(azure))["properties"]["provisioningState"] == "Succeeded"


def test_an_attempt_that_fails_leaves_nothing_in_a_change_that_goes_on(azure: Azure) -> None:
    made = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    kept, undone = (f"{group(azure)}/providers/{STORAGE}/{name}" for name in ("stkept", "stundone"))

    def attempt() -> None:
        with azure.attempting():
            azure.put(undone, made)
            azure.delete(kept)
            raise RuntimeError

    def change() -> None:
        with azure.changing():
            azure.put(kept, made)
            with pytest.raises(RuntimeError):
                attempt()
            assert names(azure) == ["stkept"]
            with azure.attempting():
                azure.put(undone, made)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()
    assert names(azure) == []
    azure.put(group(azure, "other"), {"location": "westeurope"})
    assert azure.put(f"{group(azure, 'other')}/providers/{STORAGE}/stundone", made)["name"] == "stundone"


def test_only_who_may_make_the_resources_may_deploy_them(azure: Azure) -> None:
    asked: list[tuple[str, str]] = []

    def authorise(caller: str, action: str, scope: str) -> None:
        asked.append((caller, action))
        if action == f"{IDENTITY}/write":
            raise ArmError(403, "AuthorizationFailed", f"may not {action} on {scope}")

    azure.authorise = authorise
    with pytest.raises(ArmError) as raised:
        azure.put(at(azure), body(template(account(), identity())), caller="someone")
    assert (raised.value.status, raised.value.code) == (403, "InvalidTemplateDeployment")
    assert [one["code"] for one in raised.value.body["error"]["details"]] == ["AuthorizationFailed"]
    assert names(azure) == []
    assert not azure.exists(at(azure))
    assert asked == [("someone", f"{STORAGE}/write"), ("someone", f"{IDENTITY}/write")]


def test_reading_in_a_template_takes_the_rights_to_read(azure: Azure) -> None:
    deploy(azure, template(account()))

    def authorise(_caller: str, action: str, _scope: str) -> None:
        if action.lower().endswith("listkeys/action"):
            raise ArmError(403, "AuthorizationFailed", f"may not {action}")

    azure.authorise = authorise
    stolen = {
        "k": {"type": "string", "value": f"[listKeys(resourceId('{STORAGE}', 'stone'), '2024-01-01').keys[0].value]"}
    }
    error = refusal(azure, template(outputs=stolen))
    assert "may not" in str(error.body)
    assert "value" not in str(azure.get(at(azure))["properties"].get("outputs"))


P = {"p": {"type": "string"}}


@pytest.mark.parametrize(
    ("written", "parameters", "message"),
    [
        (template(parameters=P), {}, "The value for the template parameter 'p'"),
        (template(parameters=P), {"p": {"value": 1}}, "Expected 'String'. Actual 'Integer'"),
        (template(parameters=P), {"q": {"value": 1}}, "not present in the original template"),
        (template(parameters=P), {"p": {"value": None}}, "is not provided"),
        (
            template(parameters={"p": {"type": "string", "allowedValues": ["a", "b"]}}),
            {"p": {"value": "c"}},
            "allowed value(s): 'a,b'",
        ),
        (
            template(parameters={"p": {"type": "string", "minLength": 3}}),
            {"p": {"value": "ab"}},
            "greater than or equal to '3'",
        ),
        (template(parameters={"p": {"type": "int", "maxValue": 3}}), {"p": {"value": 4}}, "less than or equal to '3'"),
        (template(parameters={"p": {"type": "text"}}), {}, "isn't one"),
        (template({**identity(), "apiVersion": None}), {}, "has no 'apiVersion'"),
        (template(identity("a/b")), {}, "incorrect segment lengths"),
        (template(identity(), identity()), {}, "defined multiple times"),
        (template(identity(dependsOn=["nothing"])), {}, "is not defined in the template"),
        (template(identity(dependsOn=["stone"]), account(dependsOn=["idone"])), {}, "Circular dependency"),
        (template(identity("[reference('x').name]")), {}, "'reference' is not expected at this location"),
        (template(identity("[newGuid()]")), {}, "only in a parameter's defaultValue"),
        (template(identity("[oops(]")), {}, "Unable to parse language expression"),
        (template(identity("[oops()]")), {}, "The template function 'oops' is not valid"),
        (template(identity("[variables('v')]"), variables={"v": "[variables('v')]"}), {}, "Circular dependency"),
        (template(identity("[resourceId('A.B/c/d', 'x')]")), {}, "requires '2' resource name argument(s)"),
        (template(identity(copy={"name": "c", "count": 801})), {}, "no whole number of at most 800"),
        (template(outputs={"o": {"type": "int", "value": "a"}}), {}, "Expected 'Int'. Actual 'String'"),
        (template(nested("n", None, properties={"templateLink": {"uri": "https://x"}})), {}, "linked templates"),
        (template(nested("n", template(), properties={"mode": "Complete"})), {}, "must be in mode Incremental"),
        ({**template(), "$schema": "https://x"}, {}, "The template schema 'https://x' is not supported"),
        ({"$schema": SCHEMA, "resources": []}, {}, "'contentVersion' is missing"),
        ("{", {}, "has no 'resources'"),
    ],
)
def test_a_template_that_is_wrong_is_refused_before_anything_is_made(
    azure: Azure, written: Any, parameters: Any, message: str
) -> None:
    error = refusal(azure, written, parameters)
    assert (error.status, error.code) == (400, "InvalidTemplate")
    assert message in error.message
    assert azure.resources(DEPLOYMENT) == []
    with pytest.raises(ArmError) as raised:
        azure.action(at(azure), "validate", body(written, parameters))
    assert raised.value.body == error.body


def test_what_is_not_modelled_is_refused_with_what_to_do(azure: Azure) -> None:
    cosmos = {"type": "Microsoft.DocumentDB/databaseAccounts", "apiVersion": "2024-05-15", "name": "c"}
    assert "add a class for it" in refusal(azure, template(cosmos)).message
    for scope in ("", "/providers/Microsoft.Management/managementGroups/mg"):
        with pytest.raises(ArmError) as raised:
            azure.put(f"{scope}/providers/{DEPLOYMENT}/d", body(template()))
        assert raised.value.status in (400, 404)


def test_an_output_that_fails_fails_the_deployment(azure: Azure) -> None:
    error = refusal(
        azure, template(identity(), outputs={"o": {"type": "string", "value": "[reference('idone').nothing]"}})
    )
    assert [one["code"] for one in error.body["error"]["details"]] == ["DeploymentOutputEvaluationFailed"]


# what would change


def changes(azure: Azure, written: Any, **more: Any) -> dict[str, str]:
    document = azure.action(at(azure), "whatIf", body(written, **more))
    assert document["status"] == "Succeeded", document
    return {one["resourceId"].rpartition("/")[2]: one["changeType"] for one in document["properties"]["changes"]}


def test_what_if_tells_every_change_and_makes_none(azure: Azure) -> None:
    deploy(azure, template(account(), identity(), identity("idtwo")))
    before = azure.resources()
    written = template(account(sku={"name": "Standard_GRS"}, tags={"a": "b"}), identity(), identity("idnew"))
    incremental = {"stone": "Modify", "idone": "NoChange", "idtwo": "Ignore", "idnew": "Create"}
    assert changes(azure, written) == incremental
    assert changes(azure, written, mode="Complete") == {**incremental, "idtwo": "Delete"}
    document = azure.action(at(azure), "whatIf", body(written))
    (stone,) = [one for one in document["properties"]["changes"] if one["changeType"] == "Modify"]
    assert [(one["path"], one["propertyChangeType"], one["after"]) for one in stone["delta"]] == [
        ("sku.name", "Modify", "Standard_GRS"),
        ("tags.a", "Create", "b"),
    ]
    only = azure.action(at(azure), "whatIf", body(written, whatIfSettings={"resultFormat": "ResourceIdOnly"}))
    assert {*only["properties"]["changes"][0]} == {"resourceId", "changeType"}
    assert azure.resources() == before


def test_what_if_says_what_a_deployment_would_fail_with(azure: Azure) -> None:
    document = azure.action(at(azure), "whatIf", body(template(account("NOT_VALID"))))
    assert (document["status"], document["error"]["code"]) == ("Failed", "DeploymentFailed")
    assert names(azure) == []


def test_deployments_are_deleted_without_what_they_made(azure: Azure) -> None:
    deploy(azure, template(identity()))
    with pytest.raises(ArmError, match="DeploymentCannotBeCancelled"):
        azure.action(at(azure), "cancel")
    assert azure.delete(at(azure))
    assert names(azure) == ["idone"]
    with pytest.raises(ArmError):
        azure.list(at(azure), f"{DEPLOYMENT}/operations")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 900)
    | st.sampled_from(["", "a/b", "[", "[x]", "[copyIndex()]", "..", "stone"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "count", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
MEMBERS = [
    "type",
    "name",
    "apiVersion",
    "copy",
    "condition",
    "dependsOn",
    "scope",
    "resources",
    "properties",
    "resourceGroup",
]


def said_of(azure: Azure, written: Any) -> dict[str, Any] | None:
    """The error that a deployment ends with, if it does."""
    try:
        deploy(azure, written)
    except ArmError as error:
        said: dict[str, Any] = error.body["error"]
        return said
    return None


@pytest.mark.any_body("odd values in every place")
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MEMBERS), VALUES, st.booleans())
def test_no_value_in_a_template_is_more_than_a_refusal(member: str, value: Any, within: bool) -> None:
    azure = Azure()
    azure.put(group(azure), {"location": "westeurope"})
    resource = nested("n", template(identity())) if within else identity()
    said = said_of(azure, template({**resource, member: value}))
    assert said is None or said["message"]


@pytest.mark.any_body("odd values in every place")
@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["parameters", "variables", "outputs", "functions", "resources", "languageVersion", "definitions"]),
    VALUES,
)
def test_no_member_of_a_template_is_more_than_a_refusal(member: str, value: Any) -> None:
    azure = Azure()
    azure.put(group(azure), {"location": "westeurope"})
    written = template(identity(tags={"a": "[parameters('name')]", "b": "[variables('name')]"}))
    said = said_of(azure, {**written, member: value})
    assert said is None or said["message"]


def test_a_deployment_that_isnt_there_has_its_own_code(azure: Azure) -> None:
    with pytest.raises(ArmError, match=r"^DeploymentNotFound: Deployment 'none' could not be found\.$") as refusal:
        azure.get(at(azure, "none"))
    assert refusal.value.status == 404
