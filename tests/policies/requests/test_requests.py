"""Every way in which a planned resource asks ARM for something: what each shows, and what looks like it and doesn't."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

from azureml_arm.actions import BEARING, ML, bearing
from azureml_arm.catalogue import ArmType
from azureml_arm.compare.masks import SIGNATURE
from azureml_arm.types import TYPES
from azureml_infra.components.base import keyword, sdk_class
from azureml_infra.dynamic.provider import DynamicResource
from azureml_policies.requests import Defaults, writes
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.runners import RUNNERS
from azureml_policies.requests.tables import EXTRA, OPAQUE_TYPES, canonical
from azureml_policies.requests.unknown import UNKNOWN
from kit.arm_writes import CLUSTER, COMPUTE, GROUP, ROOT, WORKSPACE, behind, only
from kit.rows import each

# azure-native


@each(
    "token",
    [
        "azure-native:machinelearningservices:Compute",
        "azure-native:machinelearningservices/v20250901:Compute",
        "azure-native:machinelearningservices/v20260315preview:Compute",
        "azure-native_machinelearningservices_v20250901:machinelearningservices:Compute",
        "azure-native_machinelearningservices_v20250901:machinelearningservices/v20250901:Compute",
        "azure-native:machinelearningservices:MachineLearningCompute",
        "azure-native:machinelearningservices/v20210401:MachineLearningCompute",
        "azure-nextgen:machinelearningservices/latest:MachineLearningCompute",
        "Azure-Native:MachineLearningServices:compute",
    ],
)
def test_a_compute_is_one_in_every_spelling_of_its_type(token: str) -> None:
    found = only(token, CLUSTER)
    assert (found.type, found.id) == (COMPUTE, f"{WORKSPACE}/computes/gpu")
    assert found.read("properties.properties.vmSize") == "Standard_NC6s_v3"
    assert (found.via, found.opaque, found.action) == ("", "", "")


@each(
    "token",
    [
        "azure-native:machinelearningservices:CodeVersionn",
        "azure-native-compute:machinelearningservices:Compute",
        "contoso:machinelearningservices:Compute",
        "azure-native:other:Compute",
        "Compute",
        "",
    ],
)
def test_what_only_sounds_like_one_is_not_known(token: str) -> None:
    found = only(token, CLUSTER)
    assert found.opaque == f"a resource of a type that isn't known here ({token})"
    assert (found.type, found.id, found.body) == ("", "", {})


def test_a_datastore_is_no_compute() -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": "ws", "name": "computes", "properties": {}}
    found = only("azure-native:machinelearningservices/v20250901:Datastore", inputs)
    assert found.type == f"{ML}/workspaces/datastores"
    assert bearing(found.type) is None


def test_the_subscription_is_the_providers_else_the_default_else_unknown() -> None:
    token = "azure-native:machinelearningservices:Compute"
    assert only(token, CLUSTER, {"subscriptionId": "other"}).id.startswith("/subscriptions/other/")
    without = Planned("urn", token, "it", CLUSTER)
    assert writes(without, Defaults(subscription="mine"))[0].id.startswith("/subscriptions/mine/")
    assert writes(without)[0].id.startswith(f"/subscriptions/{UNKNOWN}/")
    assert only(token, CLUSTER, {"subscriptionId": UNKNOWN}).id.startswith(f"/subscriptions/{UNKNOWN}/")


def test_a_name_that_is_missing_or_not_known_yet_is_an_unknown_segment() -> None:
    found = only("azure-native:machinelearningservices:Compute", {"resourceGroupName": "rg", "computeName": UNKNOWN})
    assert found.id == f"{GROUP}/providers/{ML}/workspaces/{UNKNOWN}/computes/{UNKNOWN}"


def test_names_are_decoded() -> None:
    found = only("azure-native:machinelearningservices:Compute", {**CLUSTER, "computeName": "g%70u"})
    assert found.id == f"{WORKSPACE}/computes/gpu"


@each("name", ["ws/computes/gpu", "ws?x", "ws\\computes", "ws#"])
def test_a_name_that_is_more_than_a_name_could_be_anything(name: str) -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": name, "name": "d", "properties": {}}
    found = only("azure-native:machinelearningservices:Datastore", inputs)
    assert found.opaque == f"a workspaceName that holds more than a name, {name!r}"
    assert (found.type, found.body, found.id) == ("", {}, ROOT)


def test_a_path_that_climbs_could_lead_anywhere() -> None:
    inputs = {"resourceGroupName": "rg", "workspaceName": "..", "name": "d", "properties": {}}
    found = only("azure-native:machinelearningservices:Datastore", inputs).opaque
    assert (
        found
        == f"an id that isn't one of {ML}/workspaces/datastores: {GROUP}/providers/{ML}/workspaces/../datastores/d"
    )


@each(
    ("token", "inputs"),
    [
        ("azapi:index/resource:Resource", {"type": f"{ML}/workspaces@1", "parentId": GROUP, "name": "ws/computes/gpu"}),
        (
            "azapi:index/resource:Resource",
            {"type": f"{ML}/workspaces@1", "parentId": UNKNOWN, "name": "ws/computes/gpu"},
        ),
        ("azapi:index/resource:Resource", {"type": f"{ML}/workspaces/datastores@1", "parentId": GROUP, "name": "d"}),
        (
            "azure:machinelearning/datastoreFileshare:DatastoreFileshare",
            {"workspaceId": WORKSPACE, "name": "d/computes/gpu"},
        ),
        (
            "azure:machinelearning/datastoreFileshare:DatastoreFileshare",
            {"workspaceId": UNKNOWN, "name": "d/computes/gpu"},
        ),
    ],
)
def test_an_id_that_is_not_of_the_type_it_says_could_be_anything(token: str, inputs: dict[str, Any]) -> None:
    assert only(token, inputs).opaque.startswith("an id that isn't one of ")


@each(
    "wrapper",
    [
        {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": "gpu"},
        {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"gpu"'},
        {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "gpu", "secret": True, "dependencies": []},
    ],
)
def test_secrets_and_outputs_hide_nothing(wrapper: dict[str, Any]) -> None:
    assert only("azure-native:machinelearningservices:Compute", {**CLUSTER, "computeName": wrapper}).name == "gpu"


def test_a_wrapper_without_its_content_is_not_known() -> None:
    encrypted = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "xyz"}
    found = only("azure-native:machinelearningservices:Compute", {**CLUSTER, "properties": encrypted})
    assert found.body == {"properties": UNKNOWN}


@each("declared", EXTRA, ids=lambda declared: declared.token)
def test_a_type_of_the_table_is_what_the_sdk_has(declared: ArmType) -> None:
    sdk = sdk_class(declared.token.removeprefix("azure-native:"))
    source = Path(inspect.getfile(sdk)).read_text("utf-8")
    assert f"'{declared.token}'" in source
    assert set(re.findall(r"Uses Azure REST API version ([\w-]+?)\.(?:\s|$)", source)) == {declared.api_version}
    given = set(inspect.signature(sdk._internal_init).parameters)
    own = {*declared.path_names, *declared.query, *declared.renamed}
    assert {keyword(name) for name in own} <= given
    assert declared.flat is ("properties" not in given and not declared.renamed)


@each("entry", BEARING, ids=lambda entry: entry.type)
def test_what_rents_machines_has_a_reader_of_its_own(entry: Any) -> None:
    declared = [one for one in (*EXTRA, *TYPES) if one.type == entry.type]
    without_sdk = {"Microsoft.HDInsight/clusterpools", "Microsoft.HDInsight/clusterpools/clusters"}
    assert declared or entry.type in without_sdk
    for one in declared:
        assert only(one.token, dict.fromkeys(one.path_names, "n")).type == entry.type


# the generic resource


def generic(**more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "2025-09-01",
        "resourceGroupName": "rg",
        "resourceProviderNamespace": ML,
        "parentResourcePath": "workspaces/ws",
        "resourceType": "computes",
        "resourceName": "gpu",
        "properties": {"computeType": "AmlCompute"},
        **more,
    }


@each(
    "spelled",
    [
        {},
        {"resourceProviderNamespace": "microsoft.machinelearningservices", "resourceType": "COMPUTES"},
        {"parentResourcePath": "/workspaces/ws/"},
        {"parentResourcePath": "", "resourceType": "workspaces/ws/computes"},
        {"resourceProviderNamespace": f"{ML}/workspaces/ws", "parentResourcePath": ""},
        {"parentResourcePath": "workspaces/%77s", "resourceType": "comp%75tes"},
        {"parentResourcePath": "workspaces", "resourceType": "ws", "resourceName": "computes/gpu"},
    ],
)
def test_a_generic_resource_is_what_its_path_says(spelled: dict[str, str]) -> None:
    found = only("azure-native:resources:Resource", generic(**spelled))
    assert found.type == COMPUTE
    assert found.id.lower() == f"{WORKSPACE}/computes/gpu".lower()
    assert found.body == {"properties": {"computeType": "AmlCompute"}}
    assert found.via == "azure-native:resources:Resource"


def test_a_generic_resource_of_another_type_is_that() -> None:
    found = only("azure-native:resources/v20240301:Resource", generic(resourceType="datastores"))
    assert found.type == f"{ML}/workspaces/datastores"
    assert only("azure-native:resources:ResourceGroup", {"resourceGroupName": "rg"}).type == canonical(
        "Microsoft.Resources/resourceGroups"
    )


@each(
    "hidden",
    [
        {"resourceType": UNKNOWN},
        {"resourceProviderNamespace": UNKNOWN},
        {"parentResourcePath": UNKNOWN},
        {"resourceType": ""},
        {"resourceType": None, "parentResourcePath": None, "resourceProviderNamespace": None},
    ],
)
def test_a_generic_resource_of_unknown_type_could_be_any(hidden: dict[str, Any]) -> None:
    found = only("azure-native:resources:Resource", generic(**hidden))
    assert found.opaque.startswith("a resource whose type")
    assert (found.type, found.id) == ("", GROUP)


@each("name", [UNKNOWN, None, "", True])
def test_a_generic_resource_without_a_name_yet_has_its_type(name: object) -> None:
    found = only("azure-native:resources:Resource", generic(resourceName=name))
    assert (found.type, found.id) == (COMPUTE, f"{WORKSPACE}/computes/{UNKNOWN}")


# what runs anything


@each(
    ("token", "reason"),
    [
        ("command:local:Command", "a shell command"),
        ("command:remote:Command", "a shell command"),
        ("Command:LOCAL:command", "a shell command"),
        ("pulumi-python:dynamic:Resource", "a dynamic resource, whose code the plan doesn't show"),
        ("pulumi-python:dynamic/contoso:Cluster", "a dynamic resource, whose code the plan doesn't show"),
        ("pulumi-nodejs:dynamic:Resource", "a dynamic resource, whose code the plan doesn't show"),
        ("pulumiservice:index:DeploymentSettings", "another stack's deployment, which runs what its settings say"),
        (
            "kubernetes:machinelearningservices.azure.com/v1api20240401:WorkspacesCompute",
            "a resource that a Kubernetes",
        ),
        ("kubernetes:machinelearningservices.azure.upbound.io/v1beta1:ComputeCluster", "a resource that a Kubernetes"),
    ],
)
def test_what_could_do_anything_is_opaque(token: str, reason: str) -> None:
    found = only(token, {})
    assert found.opaque.startswith(reason)
    assert (found.type, found.id, found.body) == ("", "", {})


def test_the_projects_own_dynamic_resources_are_seen_as_such() -> None:
    assert DynamicResource.__mro__[1].__module__.startswith("pulumi.dynamic")
    assert [reason for pattern, reason in RUNNERS if re.fullmatch(pattern, "pulumi-python:dynamic:resource")]


def test_a_custom_resource_is_an_operators_by_its_api_version_too() -> None:
    inputs = {"apiVersion": "machinelearningservices.azure.com/v1api20240401", "kind": "WorkspacesCompute"}
    assert only("kubernetes:apiextensions.k8s.io:CustomResource", inputs).opaque
    other = {**inputs, "apiVersion": "notazure.com/v1"}
    assert "isn't known here" in only("kubernetes:apiextensions.k8s.io:CustomResource", other).opaque


@each(
    ("token", "inputs"),
    [
        ("azure-native:resources:AzureCliScript", {"resourceGroupName": "rg", "scriptName": "s"}),
        ("azure:core/resourceDeploymentScriptAzureCli:ResourceDeploymentScriptAzureCli", {"resourceGroupName": "rg"}),
        (
            "azapi:index/resource:Resource",
            {"type": "Microsoft.Resources/deploymentScripts@1", "parentId": GROUP, "name": "s"},
        ),
        (
            "azure-native:resources:Resource",
            generic(
                resourceProviderNamespace="microsoft.resources", parentResourcePath="", resourceType="deploymentScripts"
            ),
        ),
    ],
)
def test_a_script_is_opaque_in_every_way(token: str, inputs: dict[str, Any]) -> None:
    found, itself = behind(token, inputs)
    assert (found.opaque, found.id, found.type) == ("a deployment script", GROUP, "")
    assert itself.type.lower() == "microsoft.resources/deploymentscripts"
    assert OPAQUE_TYPES["microsoft.resources/deploymentscripts"] == found.opaque


@each(("effect", "expected"), [("deployIfNotExists", 2), ("deny", 1)])
def test_a_policy_that_deploys_a_template_is_opaque_beside_itself(effect: str, expected: int) -> None:
    details: dict[str, Any] = {"type": "x"} | (
        {"deployment": {"properties": {}}} if effect == "deployIfNotExists" else {}
    )
    rule = json.dumps({"if": {}, "then": {"effect": effect, "details": details}})
    found = behind("azure:policy/definition:Definition", {"name": "p", "policyRule": rule})
    assert found[0].type == "Microsoft.Authorization/policyDefinitions"
    assert len(found) == expected
    assert all(one.opaque == "a policy that deploys a template" for one in found[1:])
