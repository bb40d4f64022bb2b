"""ARM templates: what a deployment would make, however its template hides it."""

import json
from typing import Any

from azureml_arm.actions import ML, bearing
from azureml_policies.requests import Defaults, writes
from azureml_policies.requests.unknown import UNKNOWN, has_unknown
from azureml_policies.requests.write import Write
from kit.arm_writes import GROUP, ROOT, plan_one
from kit.rows import each
from kit.templates import COMPUTE, INNER, compute, compute_id, compute_ids, template

VAULT = "Microsoft.KeyVault/vaults"


def deploy(template: Any, parameters: Any = None, **properties: Any) -> tuple[Write, ...]:
    """Return what is in a deployment to a resource group, without the deployment itself."""
    given = {"mode": "Incremental", "template": template, **properties}
    given |= {"parameters": parameters} if parameters is not None else {}
    inputs = {"resourceGroupName": "rg", "deploymentName": "d", "properties": given}
    deployment, *rest = writes(plan_one("azure-native:resources:Deployment", inputs), Defaults(location="westeurope"))
    assert deployment.type == "Microsoft.Resources/deployments"
    assert deployment.id == f"{GROUP}/providers/Microsoft.Resources/deployments/d"
    return tuple(rest)


def nest(inner: Any, **more: Any) -> dict[str, Any]:
    options, properties = more.pop("options", {}), more.pop("properties", {})
    return {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": "inner",
        "properties": {"mode": "Incremental", "template": inner, **options, **properties},
        **more,
    }


def test_a_compute_in_a_template_is_one() -> None:
    (found,) = deploy(
        template(compute(location="[resourceGroup().location]", properties={"computeType": "AmlCompute"}))
    )
    assert (found.type, found.id, found.opaque) == (COMPUTE, compute_id(GROUP), "")
    assert found.via == "ARM template `it`, resource 1"
    assert found.body == {"location": "westeurope", "properties": {"computeType": "AmlCompute"}}


def test_a_template_without_compute_shows_none() -> None:
    (found,) = deploy(template({"type": VAULT, "apiVersion": "2024-11-01", "name": "kv", "properties": {}}))
    assert (found.type, found.id) == (VAULT, f"{GROUP}/providers/{VAULT}/kv")


@each(
    "written",
    [
        json.dumps(template(compute())),
        "\ufeff" + json.dumps(template(compute())),
        template(compute(type=COMPUTE.upper())),
        template(compute(type="[concat('Microsoft.MachineLearningServices', '/workspaces/computes')]")),
        template(compute(name="[concat('ws', '/', 'gpu')]")),
        template(compute(name="[format('{0}/{1}', 'ws', 'gpu')]")),
        template(compute(name="ws/%67pu")),
        {"languageVersion": "2.0", "resources": {"cluster": compute()}},
        {"Resources": [{key.upper(): value for key, value in compute().items()}]},
        template({"type": f"{ML}/workspaces", "name": "ws", "resources": [{"type": "computes", "name": "gpu"}]}),
        template({"type": f"{ML}/workspaces", "name": "ws", "resources": [{"type": COMPUTE, "name": "ws/gpu"}]}),
        template({"type": f"{ML}/workspaces", "name": "ws", "resources": [{"type": "computes", "name": "ws/gpu"}]}),
        template(nest(template(compute()))),
        template(nest(json.dumps(template(compute())))),
        template(nest(template(nest(template(compute()), options=INNER)))),
    ],
    ids=range(15),
)
def test_the_same_compute_in_other_forms(written: Any) -> None:
    assert compute_ids(deploy(written))[-1].lower() == compute_id(GROUP).lower()


def test_a_symbolic_name_tells_which_resource_it_is() -> None:
    written = {
        "languageVersion": "2.0",
        "resources": {"kv": {"type": VAULT, "name": "kv", "existing": True}, "gpu": compute()},
    }
    (found,) = deploy(written)
    assert found.via == "ARM template `it`, resource gpu"


# parameters and variables


def test_parameters_and_variables_are_evaluated() -> None:
    written = template(
        compute(
            "[variables('full')]", properties={"computeType": "AmlCompute", "vmSize": "[parameters('sizes')[0].name]"}
        ),
        parameters={
            "workspace": {"type": "string"},
            "cluster": {"type": "string", "defaultValue": "[concat(parameters('workspace'), '-cpu')]"},
            "sizes": {"type": "array"},
        },
        variables={"full": "[concat(parameters('Workspace'), '/', toLower(parameters('cluster')))]"},
    )
    given = {"workspace": {"value": "WS"}, "sizes": {"value": [{"name": "Standard_NC6s_v3"}]}}
    for parameters in (given, json.dumps({"$schema": "x", "contentVersion": "1.0.0.0", "parameters": given})):
        (found,) = deploy(written, parameters)
        assert found.id == compute_id(GROUP, "WS", "ws-cpu")
        assert found.read("properties.vmSize") == "Standard_NC6s_v3"


@each(
    "expression",
    [
        "[parameters('nothing')]",
        "[parameters('secret')]",
        "[reference('x').name]",
        "[uniqueString(resourceGroup().id)]",
        "[variables('circle')]",
        "[listKeys('x', '1').key]",
        "[concat('a', newGuid())]",
        "[toLower(concat('a', utcNow()))]",
        "[oops(]",
        "[substring('a', 5)]",
        "[union(1, 2)]",
    ],
)
def test_what_cannot_be_evaluated_is_unknown_as_a_whole(expression: str) -> None:
    written = template(
        compute(expression, properties={"vmSize": expression}),
        parameters={"secret": {"type": "securestring"}},
        variables={"circle": "[variables('circle')]"},
    )
    (found,) = deploy(written, {"secret": {"reference": {"keyVault": {"id": "x"}, "secretName": "s"}}})
    assert found.type == COMPUTE
    assert found.id.startswith(f"{GROUP}/providers/{ML}/workspaces/{UNKNOWN}/computes/")
    assert found.body["properties"]["vmSize"] == UNKNOWN


def test_a_name_that_is_known_in_part_keeps_that_part() -> None:
    (found,) = deploy(template(compute("[concat(reference('ws').name, '/gpu')]")))
    assert found.id == compute_id(GROUP, UNKNOWN)


def test_linked_parameters_are_not_known() -> None:
    written = template(compute("[concat('ws/', parameters('name'))]", condition="[parameters('wanted')]"))
    written["parameters"] = {"name": {"defaultValue": "gpu"}, "wanted": {"defaultValue": False}}
    assert deploy(written) == ()
    assert compute_ids(deploy(written, parametersLink={"uri": "https://contoso.example/parameters.json"})) == [
        compute_id(GROUP, "ws", UNKNOWN)
    ]


def test_functions_of_the_templates_own() -> None:
    functions = [
        {
            "namespace": "my",
            "members": {
                "name": {
                    "parameters": [{"name": "n", "type": "string"}],
                    "output": {"value": "[concat('ws/', parameters('n'))]"},
                }
            },
        }
    ]
    assert compute_ids(deploy(template(compute("[my.name('gpu')]"), functions=functions))) == [compute_id(GROUP)]


# conditions and loops


@each(
    "condition",
    [
        False,
        "false",
        "[false()]",
        "[parameters('wanted')]",
        "[equals(1, 2)]",
        "[not(true())]",
        "[and(reference('x').y, false())]",
    ],
)
def test_a_resource_whose_condition_is_false_is_not_made(condition: Any) -> None:
    written = template(compute(condition=condition), parameters={"wanted": {"type": "bool", "defaultValue": True}})
    assert deploy(written, {"wanted": {"value": False}}) == ()


@each(
    "condition",
    [
        True,
        "[parameters('wanted')]",
        "[parameters('unknown')]",
        "[reference('x').y]",
        "[or(false(), reference('x').y)]",
        "[not(0)]",
        None,
    ],
)
def test_a_resource_whose_condition_may_hold_is(condition: Any) -> None:
    written = template(compute(condition=condition), parameters={"wanted": {"type": "bool", "defaultValue": True}})
    assert compute_ids(deploy(written)) == [compute_id(GROUP)]


def test_names_that_differ_in_letter_case_only_are_no_way_past_a_condition() -> None:
    written = template(compute(condition="[parameters('wanted')]"), parameters={"wanted": {"defaultValue": False}})
    given = {"wanted": {"value": False}, "Wanted": {"value": True}}
    assert compute_ids(deploy(written, given)) == [compute_id(GROUP)]
    inputs = {"Parameters": {"wanted": {"value": True}}}
    assert compute_ids(deploy(written, **inputs)) == [compute_id(GROUP)]
    doubled = {"condition": False, "Condition": True, "type": COMPUTE, "name": "ws/gpu"}
    assert [one.opaque for one in deploy(template(doubled))] == [
        "a template with two names that differ in letter case alone: 'condition' and 'Condition'",
        "a template's resource that isn't known yet",
    ]


def test_a_loop_makes_each_of_its_resources() -> None:
    loop = {"name": "each", "count": "[length(variables('names'))]"}
    written = template(
        compute("[concat('ws/', variables('names')[copyIndex()], copyIndex('each', 1))]", copy=loop),
        variables={"names": ["a", "b"]},
    )
    assert compute_ids(deploy(written)) == [compute_id(GROUP, "ws", "a1"), compute_id(GROUP, "ws", "b2")]
    assert deploy(template(compute(copy={"name": "none", "count": 0}))) == ()


def test_a_loop_of_unknown_length_makes_at_least_one() -> None:
    written = template(compute("[concat('ws/c', copyIndex())]", copy={"name": "each", "count": "[parameters('n')]"}))
    assert compute_ids(deploy(written)) == [compute_id(GROUP, "ws", UNKNOWN)]


def test_loops_in_properties_and_variables() -> None:
    loop = [{"name": "sizes", "count": 2, "input": "[concat('s', copyIndex('sizes'))]"}]
    written = template(
        compute(properties={"copy": loop, "names": "[variables('names')]"}),
        variables={"copy": [{**loop[0], "name": "names", "input": "[copyIndex('names', 5)]"}]},
    )
    (found,) = deploy(written)
    assert found.body["properties"] == {"sizes": ["s0", "s1"], "names": [5, 6]}


def test_more_copies_than_azure_makes_are_opaque() -> None:
    found = deploy(template(compute("[concat('ws/c', copyIndex())]", copy={"name": "each", "count": 100_000})))
    assert [one.opaque for one in found] == ["", "more than 800 copies of a resource"]


def test_a_template_of_endless_resources_is_read_to_an_end() -> None:
    loop = {"name": "each", "count": 800}
    written = template(
        nest(template(compute("[concat('ws/c', copyIndex())]", copy=loop)), copy={"name": "outer", "count": 800})
    )
    found = deploy(written)
    assert (len(found), found[-1].opaque) == (5_001, "a template of more than 5000 resources")


def test_a_value_that_doubles_with_each_line_is_given_up() -> None:
    variables: dict[str, Any] = {"v0": "0123456789"} | {
        f"v{n}": f"[concat(variables('v{n - 1}'), variables('v{n - 1}'))]" for n in range(1, 60)
    }
    variables |= {"a0": ["x"]} | {f"a{n}": [f"[variables('a{n - 1}')]"] * 2 for n in range(1, 60)}
    (found,) = deploy(
        template(compute(properties={"text": "[variables('v59')]", "list": "[variables('a59')]"}), variables=variables)
    )
    assert found.body["properties"]["text"] == UNKNOWN
    assert has_unknown(found.body["properties"]["list"])


# nested deployments


def test_an_inner_template_has_names_of_its_own() -> None:
    inner = template(compute("[concat('ws/', parameters('name'))]"), parameters={"name": {"type": "string"}})
    outer = {"name": {"defaultValue": "outer"}}
    given = {"parameters": {"name": {"value": "[concat(parameters('name'), '-given')]"}}}
    assert compute_ids(deploy(template(nest(inner, options=INNER, properties=given), parameters=outer))) == [
        compute_id(GROUP, "ws", "outer-given")
    ]
    assert compute_ids(deploy(template(nest(inner, properties=given), parameters=outer))) == [
        compute_id(GROUP, "ws", "outer")
    ]


@each(
    ("where", "scope"),
    [
        ({}, GROUP),
        ({"resourceGroup": "other"}, f"{ROOT}/resourceGroups/other"),
        ({"subscriptionId": "s2", "resourceGroup": "other"}, "/subscriptions/s2/resourceGroups/other"),
        ({"ResourceGroup": "other"}, f"{ROOT}/resourceGroups/other"),
        ({"resourceGroup": "[parameters('x')]"}, f"{ROOT}/resourceGroups/{UNKNOWN}"),
    ],
)
def test_a_nested_deployment_goes_where_it_says(where: dict[str, str], scope: str) -> None:
    found = deploy(template(nest(template(compute()), **where)))
    assert compute_ids(found) == [compute_id(scope)]
    assert [one.via for one in found] == [
        "ARM template `it` > `inner`",
        "ARM template `it` > `inner`, resource 1",
    ]


@each(
    ("scope", "resource"),
    [
        ("Microsoft.Storage/storageAccounts/st", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"),
        (
            "[resourceId('Microsoft.Storage/storageAccounts', 'st')]",
            f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st",
        ),
        (f"{ROOT}/resourceGroups/o", f"{ROOT}/resourceGroups/o"),
        ("[subscription().id]", ROOT),
        ("[reference('x').id]", UNKNOWN),
        ("/", ""),
    ],
)
def test_an_extension_goes_where_its_scope_says(scope: str, resource: str) -> None:
    assignment = {"type": "Microsoft.Authorization/roleAssignments", "name": "a", "scope": scope}
    (found,) = deploy(template(assignment))
    assert found.id == f"{resource}/providers/Microsoft.Authorization/roleAssignments/a"


def test_nesting_without_end_is_opaque() -> None:
    written = template(compute())
    for _ in range(20):
        written = template(nest(written))
    found = deploy(written)
    assert compute_ids(found) == []
    assert found[-1].opaque == "deployments that are nested too deep"


# what a template doesn't show


@each(
    ("properties", "reason"),
    [
        (
            {"template": None, "templateLink": {"uri": "https://contoso.example/t.json"}},
            "a linked template or a template spec",
        ),
        (
            {"template": None, "templateLink": {"id": "/subscriptions/s/…/templateSpecs/t/versions/1"}},
            "a linked template or a template spec",
        ),
        ({"template": None, "TemplateLink": UNKNOWN}, "a linked template or a template spec"),
        ({"template": None}, "a template that can't be read"),
        ({"template": "{"}, "a template that can't be read"),
        ({"template": "[]"}, "a template that can't be read"),
        ({"template": {}}, "a template that can't be read"),
        ({"template": UNKNOWN}, "a template that isn't known yet"),
        ({"template": {"resources": UNKNOWN}}, "a template's resources, which aren't known yet"),
        ({"template": {"resources": [UNKNOWN]}}, "a template's resource that isn't known yet"),
        ({"template": template(compute(type="[parameters('type')]"))}, "a resource whose type isn't known"),
        ({"template": template(compute(type=UNKNOWN))}, "a resource whose type isn't known"),
        ({"template": template({"type": "Microsoft.Resources/deploymentScripts", "name": "s"})}, "a deployment script"),
        (
            {"template": template(nest(None, properties={"templateLink": {"uri": "x"}}))},
            "a linked template or a template spec",
        ),
        ({"template": template(nest(UNKNOWN))}, "a template that isn't known yet"),
        (
            {"template": template(), "mode": "Complete"},
            "a deployment in mode Complete, which deletes what its template doesn't list",
        ),
    ],
)
def test_a_template_that_cannot_be_read_could_make_anything(properties: dict[str, Any], reason: str) -> None:
    found = [one for one in deploy(**properties) if one.opaque] if "template" in properties else []
    assert [(one.opaque, one.type, one.id) for one in found] == [(reason, "", GROUP)]


def test_an_incremental_deployment_of_nothing_is_nothing() -> None:
    assert deploy(template()) == ()


def test_a_policy_in_a_template_that_deploys_one_is_opaque_beside_itself() -> None:
    rule = {"then": {"effect": "deployIfNotExists", "details": {"deployment": {"properties": {}}}}}
    definition = {"type": "Microsoft.Authorization/policyDefinitions", "name": "p", "properties": {"policyRule": rule}}
    found = deploy(template(definition))
    assert [one.opaque for one in found] == ["", "a policy that deploys a template"]


def test_a_name_in_a_template_that_climbs_could_lead_anywhere() -> None:
    (found,) = deploy(template({"type": f"{ML}/workspaces/datastores", "name": "../d"}))
    assert found.opaque.startswith(f"an id that isn't one of {ML}/workspaces/datastores: ")


ODD = [True, 0, -1, 1.5, float("inf"), "", UNKNOWN, [], [1], {}, {"a": None}, "/", "..", "[", "[[x]", "{}", None]
KEYS = ["name", "type", "scope", "copy", "condition", "resources", "resourceGroup", "subscriptionId", "properties"]


@each("odd", ODD, ids=repr)
@each("key", KEYS)
def test_no_value_of_a_templates_resource_hides_that_it_is_there(key: str, odd: Any) -> None:
    for resource in ({**compute(), key: odd}, {**nest(template(compute())), key: odd}):
        found = deploy(template(resource))
        made = [one for one in found if one.opaque or bearing(one.type)]
        assert made or key in ("type", "copy", "properties")


@each("odd", ODD, ids=repr)
@each("key", ["parameters", "variables", "functions", "resources", "languageVersion"])
def test_no_value_of_a_template_breaks_its_reader(key: str, odd: Any) -> None:
    found = deploy({"resources": [compute("[concat(parameters('p'), variables('v'))]")], key: odd})
    assert found or key == "resources"
