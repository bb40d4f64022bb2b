"""A compute hidden in templates, stacks and bodies: it is seen as that write, or the plan is opaque."""

import json
from collections.abc import Callable
from typing import Any

import pulumi_azure_native.resources as sdk
from hypothesis import given
from hypothesis import strategies as st
from pulumi import _types as types

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_policies.requests import Defaults, writes
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UNKNOWN
from kit.guarded import GROUP, ML, denied_names, plan_of
from kit.rows import each
from kit.templates import (
    COMPUTE,
    DEPLOYMENTS,
    DETACHED,
    INCREMENTAL,
    INNER,
    STACKS,
    TOPS,
    Body,
    compute,
    deployment,
    holder,
    is_caught,
    is_seen,
    reasons,
    stack,
    template,
    writes_of,
)

# One recursion


@each("top", TOPS)
@each("outer", [DEPLOYMENTS, STACKS])
@each("inner", [DEPLOYMENTS, STACKS])
def test_whatever_holds_templates_is_opened(top: Any, outer: str, inner: str) -> None:
    planned = top(template(holder(outer, template(holder(inner, template(compute()))))))
    assert is_seen(planned)
    assert reasons(planned) == []
    assert not is_caught(top(template(holder(outer, template(holder(inner, template()))))))


def random_case(text: str) -> st.SearchStrategy[str]:
    return st.integers(0, 2 ** len(text) - 1).map(
        lambda upper: "".join(one.upper() if upper >> at & 1 else one.lower() for at, one in enumerate(text))
    )


ALONGSIDE: list[Body] = [
    {},
    {"condition": True},
    {"condition": "[parameters('wanted')]"},
    {"condition": "[not(equals(1, 1))]", "Condition": True},
    {"copy": {"name": "each", "count": 2}},
    {"copy": {"name": "each", "count": "[parameters('n')]"}},
    {"copy": {"name": "each", "count": 0, "Count": 2}},
    {"copy": {"Name": "each", "COUNT": 1}},
    {"existing": True},
    {"import": "graph"},
    {"extension": "k8s"},
    {"dependsOn": [], "comments": "[[no expression]"},
]
BESIDE: list[Body] = [
    {},
    INNER,
    {"expressionEvaluationOptions": {"scope": "[parameters('s')]"}},
    {"onErrorDeployment": {"type": "LastSuccessful"}},
    {"parameters": {"n": {"value": 1}, "N": {"value": 2}}},
    {"templateLink": {"id": "x"}},
    {"somethingNew": True},
    {"mode": "Complete"},
]


@st.composite
def hidden_plans(draw: st.DrawFn) -> Planned:
    """Draw a plan that holds the compute, at some depth and in some disguise."""
    resource = compute(type=draw(random_case(COMPUTE)))
    for _ in range(draw(st.integers(0, 3))):
        resource = {**resource, **draw(st.sampled_from(ALONGSIDE))}
        names = {key: key if key.lower() in seen else draw(random_case(key)) for seen, key in _pairs(resource)}
        resource = {names[key]: value for key, value in resource.items()}
        inner: Any = draw(st.sampled_from([template, symbolic]))(resource)
        inner = json.dumps(inner) if draw(st.booleans()) else inner
        type_name = draw(st.sampled_from([DEPLOYMENTS, STACKS]))
        resource = holder(type_name, inner, **draw(st.sampled_from(BESIDE)))
    top: Callable[[Any], Planned] = draw(st.sampled_from(TOPS))
    return top(template(resource))


def _pairs(resource: Body) -> list[tuple[set[str], str]]:
    """Return each key with the names that are there in two letter cases."""
    lowered = [key.lower() for key in resource]
    return [({name for name in lowered if lowered.count(name) > 1}, key) for key in resource]


def symbolic(resource: Body) -> Body:
    return {
        "languageVersion": "2.0",
        "resources": {"it": {k: v for k, v in resource.items() if k.lower() != "existing"}},
    }


@given(hidden_plans())
def test_a_hidden_compute_is_seen_or_the_plan_is_opaque(planned: Planned) -> None:
    assert is_caught(planned)


GROUPS_CONDITIONS = [
    "equals(resourceGroup().name, 'RG')",
    "equals(resourceGroup().id, '/subscriptions/x')",
    "equals(resourceGroup().location, 'northeurope')",
    "contains(resourceGroup().tags, 'a')",
]


@each("condition", GROUPS_CONDITIONS)
def test_what_depends_on_the_group_may_be_there(condition: str) -> None:
    chosen = f"[if({condition}, '{COMPUTE}', 'Microsoft.Web/sites')]"
    counted = {"name": "each", "count": f"[if({condition}, 1, 0)]"}
    given = {"parameters": {"c": {"value": f"[{condition}]"}}, **INNER}
    for hidden_one in (
        compute(condition=f"[{condition}]"),
        compute(type=chosen),
        compute(copy=counted),
        holder(DEPLOYMENTS, template(compute(condition=f"[{condition}]"))),
        holder(DEPLOYMENTS, CHOSEN, **given),
    ):
        for resource in (hidden_one, holder(DEPLOYMENTS, template(hidden_one))):
            planned = deployment(template({"type": "Microsoft.Web/sites", "name": "s"}, resource))
            assert any(
                one.opaque or one.type == COMPUTE for one in writes(planned, Defaults(SUBSCRIPTION, "westeurope"))
            )


def test_names_and_places_may_depend_on_the_group() -> None:
    site = {
        "type": "Microsoft.Web/sites",
        "name": "[uniqueString(resourceGroup().id)]",
        "location": "[resourceGroup().location]",
        "tags": {"group": "[resourceGroup().name]"},
    }
    inner = {**holder(DEPLOYMENTS, template(site)), "resourceGroup": "[resourceGroup().name]"}
    planned = deployment(template(site, inner))
    assert reasons(planned) == []
    *_, made = writes(planned, Defaults(SUBSCRIPTION, "westeurope"))
    assert made.type == "Microsoft.Web/sites"


CHOSEN = template(compute(condition="[parameters('c')]"), parameters={"c": {"type": "bool", "defaultValue": True}})


@each(
    ("options", "expected"),
    [
        ({"scope": "Inner"}, "seen"),
        ({"Scope": "INNER"}, "seen"),
        ({"scope": "outer"}, "nothing"),
        ({"scope": "NotSpecified"}, "nothing"),
        (None, "nothing"),
        ({}, "nothing"),
        ({"scope": " inner"}, "opaque"),
        ({"scope": "somethingNew"}, "opaque"),
        ({"scope": ["inner"]}, "opaque"),
        ([{"scope": "inner"}], "opaque"),
        ("inner", "seen"),
        ({"scope": "[parameters('x')]"}, "opaque"),
        ({"scope": "outer", "Scope": "inner"}, "opaque"),
    ],
)
def test_a_nested_templates_names_are_those_that_it_says(options: Any, expected: str) -> None:
    inner = holder(DEPLOYMENTS, CHOSEN, expressionEvaluationOptions=options)
    planned = deployment(template(inner, parameters={"c": {"type": "bool", "defaultValue": False}}))
    assert (is_seen(planned), bool(reasons(planned))) == (expected == "seen", expected == "opaque")


@each("count", [1, 2, 1.0, 0.9, -1, True, "1", None, [], {}, UNKNOWN, "[parameters('n')]", 801])
def test_a_loop_that_may_run_makes_the_compute(count: Any) -> None:
    assert is_seen(deployment(template(compute(copy={"name": "each", "count": count}))))
    assert not is_caught(deployment(template(compute(copy={"name": "each", "count": 0}))))


@each("version", [None, "1.0", "2.1-experimental", UNKNOWN, 2.0])
def test_existing_is_honoured_in_templates_with_symbolic_names_alone(version: Any) -> None:
    resources = {"it": compute(existing=True)}
    assert not is_caught(deployment({"languageVersion": "2.0", "resources": resources}))
    assert is_seen(deployment({"languageVersion": version, "resources": resources}))
    assert is_seen(deployment({"languageVersion": "2.0", "resources": [compute(existing=True)]}))
    for odd in ("true", 1, "[true()]", UNKNOWN, None):
        assert is_seen(deployment({"languageVersion": "2.0", "resources": {"it": compute(existing=odd)}}))


def test_a_stack_in_a_template_whose_expressions_could_be_those_of_either_is_opaque() -> None:
    inner = template(compute(type="[parameters('t')]"), parameters={"t": {"type": "string", "defaultValue": COMPUTE}})
    planned = deployment(template(holder(STACKS, inner), parameters={"t": {"defaultValue": "Microsoft.Web/sites"}}))
    assert is_seen(planned)
    assert reasons(planned) == ["a deployment stack in a template, whose expressions may be those of either"]


# What a deployment may say


def sdk_properties(arguments: type) -> list[str]:
    """Return the properties that azure-native's SDK has for a class."""
    return sorted(types.input_type_py_to_pulumi_names(arguments).values())


ENVELOPE = {"location", "tags", "resourceGroupName", "deploymentStackName"}
HARMLESS = {
    *("template", "parameters", "parametersLink", "debugSetting", "expressionEvaluationOptions", "validationLevel"),
    *("deploymentScope", "description", "bypassStackOutOfSyncError", "externalInputs", "externalInputDefinitions"),
}
EMPTY = template()


@each("name", [*sdk_properties(sdk.DeploymentPropertiesArgs), "onErrorDeployment", "extensionConfigs", "new"])
def test_a_deployments_property_is_harmless_or_opaque(name: str) -> None:
    assert reasons(deployment(EMPTY)) == []
    assert reasons(deployment(EMPTY, **{name: None})) == [] or name == "template"
    if name not in HARMLESS:
        assert reasons(deployment(EMPTY, **{name: {"x": "y"}}))
        assert reasons(deployment(EMPTY, **{name.upper(): UNKNOWN}))
    elif name != "template":
        assert reasons(deployment(EMPTY, **{name: {"x": "y"}})) == []


@each(
    "name", [*sorted({*sdk_properties(sdk.DeploymentStackAtResourceGroupArgs)} - ENVELOPE), "extensionConfigs", "new"]
)
def test_a_stacks_property_is_harmless_or_opaque(name: str) -> None:
    inner = {**DETACHED, "template": EMPTY, name: {"x": "y"}}
    resource = {"type": STACKS, "apiVersion": "2024-03-01", "name": "s", "properties": inner}
    ways = [deployment(template(resource))]
    ways += [stack(EMPTY, **{name: {"x": "y"}})] if name != "template" else []
    for planned in ways:
        assert bool(reasons(planned)) == (name not in HARMLESS or name == "template"), planned


@each(
    ("properties", "reason"),
    [
        ({"onErrorDeployment": {"type": "LastSuccessful"}}, "falls back on an earlier one"),
        ({"onErrorDeployment": {"type": "SpecificDeployment", "deploymentName": "d"}}, "falls back on an earlier one"),
        ({"mode": "Complete"}, "in mode Complete"),
        ({"mode": "somethingNew"}, "in mode Complete"),
        ({"mode": UNKNOWN}, "in mode Complete"),
        ({"extensionConfigs": {"k8s": {}}}, "outside of Azure Resource Manager"),
        ({"newProperty": 1}, "a deployment's 'newproperty'"),
        ({"templateLink": {"relativePath": "x.json"}}, "a linked template"),
    ],
)
def test_what_a_deployment_may_do_beside_its_template(properties: Body, reason: str) -> None:
    for planned in (deployment(EMPTY, **properties), deployment(template(holder(DEPLOYMENTS, EMPTY, **properties)))):
        (message,) = reasons(planned)
        assert reason in message
        assert denied_names([planned]) == ["deploy"]
        assert denied_names([planned], "carl") == []


@each(
    ("properties", "reason"),
    [
        ({"actionOnUnmanage": {"resources": "delete"}}, "deletes what its template no longer lists"),
        ({"actionOnUnmanage": {"resources": "detach", "resourceGroups": "Delete"}}, "deletes what its template"),
        ({"actionOnUnmanage": {"resources": UNKNOWN}}, "deletes what its template no longer lists"),
        ({"actionOnUnmanage": "somethingNew"}, "deletes what its template no longer lists"),
        ({"denySettings": {"mode": "denyDelete"}}, "deny settings"),
        ({"denySettings": {"mode": "none", "Mode": "denyDelete"}}, "deny settings"),
        ({"denySettings": UNKNOWN}, "deny settings"),
    ],
)
def test_what_a_stack_may_do_beside_its_template(properties: Body, reason: str) -> None:
    for planned in (stack(EMPTY, **properties), deployment(template(holder(STACKS, EMPTY, **properties)))):
        assert any(reason in one for one in reasons(planned))
    assert reasons(stack(EMPTY)) == []
    detached = {"resources": "detach", "resourceGroups": "Detach", "managementGroups": "detach"}
    assert reasons(stack(EMPTY, actionOnUnmanage=detached)) == []


@each("part", ["extensions", "Extensions", "imports", "somethingNew", "asserts", "resourceInputs", "EXTENSIONCONFIGS"])
def test_a_templates_part_that_is_not_known_here_is_opaque(part: str) -> None:
    for planned in (
        deployment(template(**{part: {"graph": {"name": "MicrosoftGraph"}}})),
        stack(template(**{part: {"graph": {"name": "MicrosoftGraph"}}})),
        deployment(template(holder(DEPLOYMENTS, template(**{part: [1]})))),
        deployment(template(holder(STACKS, json.dumps(template(**{part: [1]}))))),
    ):
        assert len(reasons(planned)) == 1
    assert reasons(deployment(template(**{part: {}}))) == []


@each("key", ["import", "extension", "Import", "EXTENSION"])
@each("value", ["graph", {"name": "k8s"}, True, UNKNOWN])
def test_a_resource_of_an_extension_is_opaque(key: str, value: Any) -> None:
    group = {"type": "Microsoft.Graph/groups@v1.0", "name": "g", "properties": {}}
    for resource in (group, compute()):
        assert reasons(deployment(template({**resource, key: value}))) == ["a resource of a template's extension"]


# Siblings of what was found

NAMED = {"parameters": {"wanted": {"type": "bool", "defaultValue": False}}}
WANTED = template(compute(condition="[parameters('wanted')]"), **NAMED)


@each(
    "given",
    [
        {"wanted": {"value": True}},
        {"WANTED": {"Value": True}},
        {"$schema": "x", "parameters": {"wanted": {"value": True}}},
        {"$Schema": "x", "Parameters": {"wanted": {"value": True}}},
        {"$schema": "x", "Parameters": {}, "parameters": {}},
        {"wanted": {"reference": {}}},
        {"wanted": {"reference": {}, "value": False}},
        {"wanted": {"Expression": "[externalInputs('x')]", "value": False}},
        {"wanted": {"value": False, "Value": True}},
        {"wanted": {"value": False}, "Wanted": {"value": True}},
        "{",
        [],
        UNKNOWN,
        '{"wanted": {"value": true}, "wanted": {"value": false}}',
    ],
    ids=repr,
)
def test_a_parameter_that_may_be_true_makes_the_compute(given: Any) -> None:
    for planned in (
        deployment(WANTED, parameters=given),
        deployment(template(holder(STACKS, WANTED, parameters=given))),
    ):
        assert is_seen(planned)
    assert not is_caught(deployment(WANTED, parameters={"wanted": {"value": False}}))
    assert not is_caught(deployment(WANTED))


@each(
    "resource",
    [
        compute(type=f" {COMPUTE} "),
        compute(type=f"{COMPUTE}\u200b"),
        compute(type=COMPUTE.replace("computes", "%63omputes")),
        compute(type=COMPUTE.replace("/computes", "//computes")),
        compute(type=ML, name="ws/computes/gpu"),
        {**compute(), "copy": {"name": "x", "count": 0}, "Copy": {"name": "x", "count": 1}},
        holder(DEPLOYMENTS, template(), **{"[concat('templ', 'ate')]": template(compute())}),
        holder(DEPLOYMENTS, template(), copy=[{"name": "template", "count": 1, "input": template(compute())}]),
        {**holder(DEPLOYMENTS, template()), "properties": "[variables('p')]"},
        {**holder(DEPLOYMENTS, template()), "name": "a/b"},
    ],
    ids=range(10),
)
def test_a_resource_that_azure_may_read_otherwise_is_opaque(resource: Body) -> None:
    assert reasons(deployment(template(resource)))


@each("token", ["azure-native:resources:Deployment", "azapi:index/resource:Resource"])
def test_json_with_a_name_twice_is_not_read(token: str) -> None:
    text = f'{{"resources": [{json.dumps(compute())}], "resources": []}}'
    inputs = {"resourceGroupName": "rg", "deploymentName": "d", "properties": {**INCREMENTAL, "template": text}}
    body = f'{{"properties": {{"mode": "Incremental", "template": {text}}}}}'
    raw = {"type": f"{DEPLOYMENTS}@2024-03-01", "parentId": GROUP, "name": "d", "body": body}
    assert reasons(plan_of(token, "it", **(raw if "azapi" in token else inputs)))


def test_a_propertys_loop_is_one_in_any_letter_case() -> None:
    steps = [{"Name": "sizes", "Count": 2, "Input": "[copyIndex('sizes')]"}]
    (_deployment, made) = writes_of(deployment(template(compute(properties={"Copy": steps}))))
    assert made.body["properties"] == {"sizes": [0, 1]}
