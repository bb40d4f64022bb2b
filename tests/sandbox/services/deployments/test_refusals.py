"""Deployments of ARM templates: what is refused, when, and with which code."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from kit.arm_templates import (
    DEPLOYMENT,
    IDENTITY,
    SCHEMA,
    STORAGE,
    P,
    account,
    at,
    body,
    container,
    deploy,
    group,
    identity,
    names,
    nest,
    refusal,
    template,
)
from kit.rows import each


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


@each(
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
        (template(nest("n", None, properties={"templateLink": {"uri": "https://x"}})), {}, "linked templates"),
        (template(nest("n", template(), properties={"mode": "Complete"})), {}, "must be in mode Incremental"),
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
    """Return the error that a deployment ends with, if it does."""
    try:
        deploy(azure, written)
    except ArmError as error:
        said: dict[str, Any] = error.body["error"]
        return said
    return None


@pytest.mark.any_body("odd values in every place")
@settings(max_examples=150)
@given(st.sampled_from(MEMBERS), VALUES, st.booleans())
def test_no_value_in_a_template_is_more_than_a_refusal(member: str, value: Any, within: bool) -> None:
    azure = Azure()
    azure.put(group(azure), {"location": "westeurope"})
    resource = nest("n", template(identity())) if within else identity()
    said = said_of(azure, template({**resource, member: value}))
    assert said is None or said["message"]


@pytest.mark.any_body("odd values in every place")
@settings(max_examples=100)
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
