"""Every way in which a template is deployed: what is in it is seen in each."""

import json
from typing import Any

from azureml_policies.requests import writes
from azureml_policies.requests.unknown import UNKNOWN
from kit.arm_writes import GROUP, ROOT, plan_one
from kit.rows import each
from kit.templates import compute, compute_id, compute_ids, template

TEMPLATE = template(compute("[concat('ws/', parameters('n'))]"), parameters={"n": {"type": "string"}})
PARAMETERS = {"n": {"value": "gpu"}}
BODY = {"mode": "Incremental", "template": TEMPLATE, "parameters": PARAMETERS}
CONTENT = {"name": "d", "templateContent": json.dumps(TEMPLATE), "parametersContent": json.dumps(PARAMETERS)}
MANAGEMENT = "/providers/Microsoft.Management/managementGroups/mg"


@each(
    ("token", "inputs", "scope"),
    [
        ("azure-native:resources:Deployment", {"resourceGroupName": "rg", "properties": BODY}, GROUP),
        ("azure-native:resources/v20240301:Deployment", {"resourceGroupName": "rg", "properties": BODY}, GROUP),
        (
            "azure-native_resources_v20240301:resources:Deployment",
            {"resourceGroupName": "rg", "properties": BODY},
            GROUP,
        ),
        ("azure-native:resources:DeploymentAtSubscriptionScope", {"properties": BODY}, ROOT),
        ("azure-native:resources:DeploymentAtManagementGroupScope", {"groupId": "mg", "properties": BODY}, MANAGEMENT),
        ("azure-native:resources:DeploymentAtTenantScope", {"properties": BODY}, ""),
        ("azure-native:resources:DeploymentAtScope", {"scope": f"{GROUP}/", "properties": BODY}, GROUP),
        ("azure-native:resources:DeploymentStackAtResourceGroup", {"resourceGroupName": "rg", **BODY}, GROUP),
        ("azure-native:resources:DeploymentStackAtSubscription", {"deploymentScope": GROUP, **BODY}, GROUP),
        ("azure-native:resources:DeploymentStackAtManagementGroup", {"managementGroupId": "mg", **BODY}, MANAGEMENT),
        (
            "azure:core/resourceGroupTemplateDeployment:ResourceGroupTemplateDeployment",
            {"resourceGroupName": "rg", **CONTENT},
            GROUP,
        ),
        ("azure:core/subscriptionTemplateDeployment:SubscriptionTemplateDeployment", CONTENT, ROOT),
        (
            "azure:management/groupTemplateDeployment:GroupTemplateDeployment",
            {"managementGroupId": MANAGEMENT, **CONTENT},
            MANAGEMENT,
        ),
        ("azure:core/tenantTemplateDeployment:TenantTemplateDeployment", CONTENT, ""),
        (
            "azure:core/templateDeployment:TemplateDeployment",
            {"resourceGroupName": "rg", "templateBody": json.dumps(TEMPLATE), "parameters": {"n": "gpu"}},
            GROUP,
        ),
        (
            "contoso:tf:azurerm_resource_group_template_deployment",
            {
                "resource_group_name": "rg",
                "template_content": json.dumps(TEMPLATE),
                "parameters_content": json.dumps(PARAMETERS),
            },
            GROUP,
        ),
        (
            "azapi:index/resource:Resource",
            {
                "type": "Microsoft.Resources/deployments@2024-03-01",
                "parentId": GROUP,
                "name": "d",
                "body": {"properties": BODY},
            },
            GROUP,
        ),
        (
            "azure-native:resources:Resource",
            {
                "resourceGroupName": "rg",
                "resourceProviderNamespace": "Microsoft.Resources",
                "resourceType": "deployments",
                "resourceName": "d",
                "properties": BODY,
            },
            GROUP,
        ),
    ],
)
def test_a_template_is_read_in_every_way(token: str, inputs: dict[str, Any], scope: str) -> None:
    found = writes(plan_one(token, inputs))
    assert [one.opaque for one in found] == ["", ""]
    assert compute_ids(found) == [compute_id(scope)]


@each(
    ("token", "inputs"),
    [
        (
            "azure:core/resourceGroupTemplateDeployment:ResourceGroupTemplateDeployment",
            {"resourceGroupName": "rg", "templateSpecVersionId": "x"},
        ),
        (
            "azure-native:resources:DeploymentStackAtResourceGroup",
            {"resourceGroupName": "rg", "templateLink": {"id": "x"}},
        ),
        (
            "azapi:index/resource:Resource",
            {"type": "Microsoft.Resources/deployments@1", "parentId": GROUP, "name": "d", "body": UNKNOWN},
        ),
        ("azure-native:resources:Deployment", {"resourceGroupName": "rg", "properties": UNKNOWN}),
    ],
)
def test_what_is_elsewhere_is_opaque_in_every_way(token: str, inputs: dict[str, Any]) -> None:
    _deployment, found = writes(plan_one(token, inputs))
    assert found.opaque.startswith(("a linked template", "a template that"))
    assert found.id == GROUP


def test_a_stack_that_deletes_is_opaque_beside_its_resources() -> None:
    inputs = {"resourceGroupName": "rg", **BODY, "actionOnUnmanage": {"resources": "delete"}}
    token = "azure-native:resources:DeploymentStackAtResourceGroup"
    found = writes(plan_one(token, inputs))
    assert compute_ids(found) == [compute_id(GROUP)]
    assert [one.opaque for one in found if one.opaque] == [
        "a deployment stack, which deletes what its template no longer lists"
    ]
    kept = {**inputs, "actionOnUnmanage": {"resources": "detach"}}
    assert not any(one.opaque for one in writes(plan_one(token, kept)))


@each("token", ["azure-native:resources:TemplateSpec", "azure-native:resources:TemplateSpecVersion"])
def test_a_template_spec_deploys_nothing_by_itself(token: str) -> None:
    (found,) = writes(plan_one(token, {"resourceGroupName": "rg", "mainTemplate": TEMPLATE}))
    assert found.type.startswith("Microsoft.Resources/templateSpecs")
