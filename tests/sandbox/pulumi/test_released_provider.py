"""What the provider's door does as the released azure-native does; each test names its source.

Paths are those of https://github.com/pulumi/pulumi-azure-native (`provider/pkg/…`) and https://github.com/pulumi/pulumi
(`pkg/…`). docs/provider.md has the table.
"""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

from azureml_arm.types import BY_TOKEN
from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import parse, switch
from azureml_sandbox.pulumi.engine.values import UNKNOWN, from_struct, secret, to_struct
from azureml_sandbox.pulumi.provider.server import serving
from kit import clouds

Stub = provider_pb2_grpc.ResourceProviderStub


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def engine(azure: Azure) -> Iterator[Stub]:
    with serving(azure) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = Stub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(args=to_struct({"location": "westeurope"}), acceptSecrets=True))
        yield stub


def urn(token: str) -> str:
    return f"urn:pulumi:dev::shop::azure-native:{token}::one"


def diff(engine: Stub, token: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
    state = to_struct(old)
    return engine.Diff(
        provider_pb2.DiffRequest(id="/x", urn=urn(token), olds=state, old_inputs=state, news=to_struct(new))
    )


NAMES = {"resourceGroupName": "rg-acme", "workspaceName": "mlw-acme", "location": "westeurope"}
ASSIGNMENT = {
    "scope": clouds.WORKSPACE,
    "roleAssignmentName": "n",
    "principalId": "p",
    "roleDefinitionId": "r",
    "principalType": "User",
    "description": "d",
}
REPLACED: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("authorization:RoleAssignment", ASSIGNMENT, ("scope", "roleAssignmentName", "principalId")),
    (
        "resources:ResourceGroup",
        {"resourceGroupName": "rg", "location": "a", "tags": "t"},
        ("resourceGroupName", "location"),
    ),
    (
        "storage:StorageAccount",
        {"resourceGroupName": "g", "accountName": "a", "location": "l", "isHnsEnabled": "h", "kind": "k"},
        ("resourceGroupName", "accountName", "location", "isHnsEnabled"),
    ),
    (
        "machinelearningservices:Workspace",
        {**NAMES, "hbiWorkspace": "a", "storageAccount": "b", "keyVault": "c", "encryption": "d"},
        ("resourceGroupName", "workspaceName"),
    ),
    (
        "machinelearningservices:Compute",
        {**NAMES, "computeName": "cpu", "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "A"}}},
        ("resourceGroupName", "workspaceName", "computeName"),
    ),
    (
        "machinelearningservices:Datastore",
        {**NAMES, "name": "d", "properties": {"datastoreType": "AzureBlob", "containerName": "c"}},
        ("resourceGroupName", "workspaceName", "name"),
    ),
    (
        "machinelearningservices:EnvironmentVersion",
        {**NAMES, "name": "e", "version": "1", "properties": {"image": "a"}},
        ("resourceGroupName", "workspaceName", "name", "version"),
    ),
    (
        "machinelearningservices:OnlineEndpoint",
        {**NAMES, "endpointName": "e", "properties": {"authMode": "Key"}},
        ("resourceGroupName", "workspaceName", "endpointName", "location"),
    ),
    (
        "machinelearningservices:OnlineDeployment",
        {**NAMES, "endpointName": "e", "deploymentName": "d", "properties": {"instanceType": "A"}},
        ("resourceGroupName", "workspaceName", "endpointName", "deploymentName", "location"),
    ),
    (
        "keyvault:Vault",
        {"resourceGroupName": "g", "vaultName": "v", "location": "l"},
        ("resourceGroupName", "vaultName"),
    ),
]


@pytest.mark.parametrize(("token", "inputs", "replaced"), REPLACED, ids=[one[0] for one in REPLACED])
def test_only_its_own_table_and_what_only_creation_sets_replaces(
    engine: Stub, token: str, inputs: dict[str, Any], replaced: tuple[str, ...]
) -> None:
    """gen/replacement.go, `forceNewMap`; gen/properties.go, `forceNew`: x-ms-mutability without `update`, and of the
    resource itself, not of a type below it; provider/diff.go, `calculateDetailedDiff`: the names in the path.
    """
    other = {name: _other(value) for name, value in inputs.items()}
    answer = diff(engine, token, inputs, other)
    assert sorted(answer.replaces) == sorted(replaced)
    assert set(answer.diffs) == set(inputs)
    assert answer.deleteBeforeReplace


def _other(value: Any) -> Any:
    return {key: _other(item) for key, item in value.items()} if isinstance(value, dict) else f"{value}-other"


@pytest.mark.parametrize(
    ("name", "old", "new"), [("location", "West Europe", "westeurope"), ("resourceGroupName", "RG-acme", "rg-ACME")]
)
def test_two_inputs_have_several_spellings(engine: Stub, name: str, old: str, new: str) -> None:
    """provider/diff.go, `applyAzureSpecificDiff`."""
    answer = diff(engine, "machinelearningservices:Workspace", {**NAMES, name: old}, {**NAMES, name: new})
    assert answer.changes == DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("publicNetworkAccess", "Enabled", "enabled"),
        ("storageAccount", "/subscriptions/S/resourceGroups/g", "/subscriptions/s/resourcegroups/g"),
        ("workspaceName", "mlw", "MLW"),
    ],
)
def test_all_other_texts_are_compared_letter_by_letter(engine: Stub, name: str, old: str, new: str) -> None:
    """provider/diff.go, `valueDiff`: enums, ids and names are plain texts."""
    answer = diff(engine, "machinelearningservices:Workspace", {**NAMES, name: old}, {**NAMES, name: new})
    assert list(answer.diffs) == [name]


def test_an_item_more_in_a_list_replaces_nothing(engine: Stub) -> None:
    """provider/diff.go, `calculateValueDiff`."""
    answer = diff(engine, "machinelearningservices:Workspace", {**NAMES, "a": ["x"]}, {**NAMES, "a": ["x", "y"]})
    assert answer.detailedDiff["a[1]"].kind == PropertyDiff.ADD


def test_the_version_of_the_api_is_an_input(engine: Stub) -> None:
    """provider/provider.go, `applyDefaults`."""
    token = "machinelearningservices:Workspace"
    checked = engine.Check(provider_pb2.CheckRequest(urn=urn(token), news=to_struct(NAMES)))
    assert from_struct(checked.inputs)["azureApiVersion"] == BY_TOKEN[f"azure-native:{token}"].api_version


def test_the_preview_of_an_update_knows_inputs_name_and_location(engine: Stub, azure: Azure) -> None:
    """provider/provider.go, `Update`: `stableOutputs`."""
    clouds.workspace(azure)
    old = to_struct({"name": "mlw-acme", "location": "westeurope", "workspaceId": "known"})
    request = provider_pb2.UpdateRequest(
        id=clouds.WORKSPACE,
        urn=urn("machinelearningservices:Workspace"),
        olds=old,
        news=to_struct({**NAMES, "description": "d"}),
        preview=True,
    )
    answer = from_struct(engine.Update(request).properties)
    assert (answer["name"], answer["description"]) == ("mlw-acme", "d")
    assert answer["workspaceId"] == UNKNOWN


_LIST = ["/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"]


@pytest.mark.parametrize(
    ("token", "given", "known"),
    [
        (
            "machinelearningservices:Workspace",
            {"identity": {"type": "SystemAssigned"}, "tags": {"a": "b"}, "hbiWorkspace": True},
            {
                "identity": {"type": "SystemAssigned", "principalId": UNKNOWN, "tenantId": UNKNOWN,
                             "userAssignedIdentities": UNKNOWN},
                "tags": {"a": "b"}, "hbiWorkspace": True, "discoveryUrl": UNKNOWN, "sku": UNKNOWN,
            },
        ),
        (
            "storage:StorageAccount",
            {
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "1.2.3.4"}]},
                "identity": {"type": "UserAssigned", "userAssignedIdentities": _LIST},
            },
            {
                "networkRuleSet": {
                    "defaultAction": "Deny", "bypass": UNKNOWN, "resourceAccessRules": UNKNOWN,
                    "virtualNetworkRules": UNKNOWN, "ipRules": [{"iPAddressOrRange": "1.2.3.4", "action": UNKNOWN}],
                },
                # a list of ids as an input, and a mapping as an output
                "identity": {"type": "UserAssigned", "principalId": UNKNOWN, "tenantId": UNKNOWN,
                             "userAssignedIdentities": UNKNOWN},
                "primaryEndpoints": UNKNOWN,
            },
        ),
        (
            "machinelearningservices:Compute",
            {"computeName": "cpu", "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "a"}}},
            {"properties": {"computeType": "AmlCompute", "properties": {"vmSize": "a"}}, "provisioningState": None},
        ),
        (
            "machinelearningservices:Workspace",
            {"description": secret("hidden"), "tags": secret({"a": "b"}), "friendlyName": UNKNOWN, "hbiWorkspace": "x"},
            {"description": secret("hidden"), "tags": secret({"a": "b"}), "friendlyName": UNKNOWN,
             "hbiWorkspace": UNKNOWN},
        ),
    ],
    ids=["nested", "lists", "one of several types", "secrets, unknowns and other types"],
)  # fmt: skip
def test_the_preview_of_a_creation_knows_what_the_inputs_give(
    engine: Stub, token: str, given: dict[str, Any], known: dict[str, Any]
) -> None:
    """convert/previewOutputs.go, `PreviewOutputs`: the rest is unknown, at any depth."""
    request = provider_pb2.CreateRequest(urn=urn(token), properties=to_struct({**NAMES, **given}), preview=True)
    answer = from_struct(engine.Create(request).properties)
    assert {name: answer.get(name) for name in known} == known
    assert not {"resourceGroupName", "workspaceName", "computeName"} & set(answer)


def test_an_id_is_spelled_as_azure_answers(engine: Stub, azure: Azure) -> None:
    """provider/provider.go, `defaultCreate`: "Read the canonical ID from the response"."""
    clouds.workspace(azure)
    inputs = {"resourceGroupName": "RG-Acme", "workspaceName": "mlw-acme", "name": "e", "properties": {}}
    made = engine.Create(
        provider_pb2.CreateRequest(
            urn=urn("machinelearningservices:EnvironmentContainer"), properties=to_struct(inputs)
        )
    )
    assert made.id == azure.get(f"{clouds.WORKSPACE}/environments/e")["id"]


def test_a_deletion_has_no_query(engine: Stub, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    """provider/provider.go, `Delete`: a workspace isn't purged, and a compute's `underlyingResourceAction`
    isn't said, though Microsoft's specification requires it.
    """
    clouds.workspace(azure)
    asked: list[Any] = []
    delete = azure.delete

    def delete_noting(resource_id: str, query: Any = None) -> bool:
        asked.append(query)
        return delete(resource_id, query)

    monkeypatch.setattr(azure, "delete", delete_noting)
    engine.Delete(provider_pb2.DeleteRequest(id=clouds.WORKSPACE, urn=urn("machinelearningservices:Workspace")))
    assert set(asked) == {None}
    assert azure.get_deleted(clouds.WORKSPACE)


def test_what_is_gone_is_deleted(engine: Stub) -> None:
    """azure/client_azcore.go, `Delete`: a 404 is success."""
    request = provider_pb2.DeleteRequest(id=clouds.WORKSPACE, urn=urn("machinelearningservices:Workspace"))
    assert engine.Delete(request) is not None


def group(engine: Stub) -> str:
    inputs = to_struct({"resourceGroupName": "rg-busy", "location": "westeurope"})
    return str(engine.Create(provider_pb2.CreateRequest(urn=urn("resources:ResourceGroup"), properties=inputs)).id)


@pytest.mark.parametrize("fault", ["throttle;retry-after=0", "unavailable;retry-after=0", "error", "drop"])
def test_a_busy_azure_is_asked_three_times_more(engine: Stub, azure: Azure, fault: str) -> None:
    """azure/client_azcore.go, `initPipelineOpts`: 408, 429, 500, 502, 503, 504, a lost connection; azcore's default of
    three retries (azure-sdk-for-go, sdk/azcore/policy/policy.go, `RetryOptions`).
    """
    switch.add(azure, parse(f"{fault};times=3"))
    assert group(engine).endswith("/rg-busy")
    switch.add(azure, parse(f"{fault};path=*/rg-busy;method=DELETE;times=4"))
    with pytest.raises(grpc.RpcError):
        engine.Delete(
            provider_pb2.DeleteRequest(
                id=clouds.GROUP.replace("rg-acme", "rg-busy"), urn=urn("resources:ResourceGroup")
            )
        )


def test_other_refusals_are_final(engine: Stub, azure: Azure) -> None:
    """azure/client_azcore.go, `initPipelineOpts`."""
    switch.add(azure, parse("quota;times=1"))
    with pytest.raises(grpc.RpcError, match="QuotaExceeded"):
        group(engine)
    assert group(engine).endswith("/rg-busy")
