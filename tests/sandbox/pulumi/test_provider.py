"""The azure-native provider that a pulumi CLI talks to, over a real channel and without a CLI."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

from azureml_sandbox.azure import Azure
from azureml_sandbox.faults import parse, switch
from azureml_sandbox.pulumi.engine.values import UNKNOWN, from_struct, secret, to_struct
from azureml_sandbox.pulumi.provider.server import serving
from kit import clouds, sdk_arguments

GROUP = "urn:pulumi:dev::shop::azure-native:resources:ResourceGroup::rg"
VAULT = "urn:pulumi:dev::shop::azure-native:keyvault:Vault::vault"
COMPUTE = "urn:pulumi:dev::shop::azure-native:machinelearningservices:Compute::cpu"
CPU = f"{clouds.WORKSPACE}/computes/cpu"
PLACE = {"resourceGroupName": "rg-acme", "workspaceName": "mlw-acme", "computeName": "cpu", "location": "westeurope"}

Stub = provider_pb2_grpc.ResourceProviderStub


@contextmanager
def connection(port: int, **settings: str) -> Iterator[Stub]:
    """Yield a provider instance, configured as the engine does it."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = Stub(channel)
        stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        stub.Configure(provider_pb2.ConfigureRequest(args=to_struct(settings), acceptSecrets=True))
        yield stub


@pytest.fixture
def azure() -> Azure:
    return Azure()


@pytest.fixture
def port(azure: Azure) -> Iterator[int]:
    with serving(azure) as port:
        yield port


@pytest.fixture
def engine(port: int) -> Iterator[Stub]:
    with connection(port, location="westeurope") as stub:
        yield stub


def test_a_handshake_is_declined_without_a_traceback(engine: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """The engine begins with one, and takes this answer of a provider that has none."""
    with pytest.raises(grpc.RpcError) as caught:
        engine.Handshake(provider_pb2.ProviderHandshakeRequest())
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert caplog.records == []


def cluster(nodes: Any, size: Any = "STANDARD_DS3_v2") -> dict[str, Any]:
    scale = {"minNodeCount": 0, "maxNodeCount": nodes}
    settings = {"vmSize": size, "scaleSettings": scale}
    return {**PLACE, "properties": {"computeType": "AmlCompute", "properties": settings}}


def check(engine: Stub, urn: str, new: dict[str, Any], old: dict[str, Any] | None = None) -> Any:
    request = provider_pb2.CheckRequest(urn=urn, news=to_struct(new), olds=to_struct(old or {}))
    return from_struct(engine.Check(request).inputs)


def create(engine: Stub, urn: str, inputs: dict[str, Any], *, preview: bool = False) -> tuple[str, Any]:
    request = provider_pb2.CreateRequest(urn=urn, properties=to_struct(inputs), preview=preview)
    made = engine.Create(request)
    return made.id, from_struct(made.properties)


def difference(engine: Stub, old: dict[str, Any], new: dict[str, Any]) -> Any:
    state = to_struct(old)
    return engine.Diff(provider_pb2.DiffRequest(id=CPU, urn=COMPUTE, olds=state, old_inputs=state, news=to_struct(new)))


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call()
    assert error.value.code() == grpc.StatusCode.UNKNOWN
    return str(error.value.details())


def test_it_says_that_it_is_the_version_that_the_sdk_asks_for(engine: Stub) -> None:
    from importlib.metadata import version

    assert engine.GetPluginInfo(empty_pb2.Empty()).version == version("pulumi-azure-native")


def test_a_resource_is_made_read_changed_and_deleted(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    resource_id, outputs = create(engine, COMPUTE, cluster(4))
    assert (resource_id, outputs["name"]) == (CPU, "cpu")
    assert azure.get(CPU)["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 4
    state = {"id": CPU, "urn": COMPUTE, "olds": to_struct(outputs), "old_inputs": to_struct(cluster(4))}
    engine.Update(provider_pb2.UpdateRequest(**state, news=to_struct(cluster(6)), preview=True))
    assert azure.get(CPU)["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 4
    engine.Update(provider_pb2.UpdateRequest(**state, news=to_struct(cluster(6))))
    assert azure.get(CPU)["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 6
    gone = provider_pb2.DeleteRequest(id=CPU, urn=COMPUTE, properties=to_struct(outputs))
    engine.Delete(gone)
    engine.Delete(gone)
    assert not azure.exists(CPU)
    assert engine.Read(provider_pb2.ReadRequest(id=CPU, urn=COMPUTE)).id == ""


def test_check_fills_in_names_and_the_place(engine: Stub) -> None:
    checked = check(engine, GROUP, {})
    assert checked["location"] == "westeurope"
    assert checked["resourceGroupName"].startswith("rg")
    assert check(engine, GROUP, {"tags": {"a": "b"}}, old=checked) == {**checked, "tags": {"a": "b"}}


def test_a_replacement_made_first_gets_another_name(engine: Stub) -> None:
    first = check(engine, GROUP, {})
    create(engine, GROUP, first)
    second = check(engine, GROUP, {})
    assert second["resourceGroupName"] != first["resourceGroupName"]


def test_a_change_is_shown_by_its_path_and_kind(engine: Stub) -> None:
    answer = difference(engine, cluster(4), {**cluster(6), "tags": {"team": "red"}})
    assert answer.changes == DiffResponse.DIFF_SOME
    assert dict(answer.detailedDiff) == {
        "properties.properties.scaleSettings.maxNodeCount": PropertyDiff(kind=PropertyDiff.UPDATE, inputDiff=True),
        "tags": PropertyDiff(kind=PropertyDiff.ADD, inputDiff=True),
    }
    assert (list(answer.diffs), list(answer.replaces)) == (["properties", "tags"], [])
    assert difference(engine, cluster(4), cluster(4)).changes == DiffResponse.DIFF_NONE


def test_unknowns_come_and_go_as_the_engine_marks_them(engine: Stub, azure: Azure) -> None:
    _, outputs = create(engine, COMPUTE, {**cluster(4), "workspaceName": UNKNOWN, "tags": {"a": UNKNOWN}}, preview=True)
    assert outputs["tags"] == {"a": UNKNOWN}
    assert azure.resources() == []
    answer = difference(engine, cluster(4), {**cluster(4), "workspaceName": UNKNOWN})
    assert list(answer.replaces) == ["workspaceName"]


def test_secrets_stay_secret(engine: Stub, azure: Azure) -> None:
    _, outputs = create(
        engine, GROUP, {"resourceGroupName": "rg", "location": "eastus", "tags": {"key": secret("hush")}}
    )
    assert outputs["tags"] == {"key": secret("hush")}
    (group,) = azure.resources()
    assert group["tags"] == {"key": "hush"}


def test_what_is_there_already_is_never_taken_over(engine: Stub, azure: Azure) -> None:
    clouds.foundation(azure)
    inputs = {"resourceGroupName": "rg-acme", "location": "westeurope"}
    said = refusal(lambda: create(engine, GROUP, inputs))
    assert said == f"cannot create already existing resource '{clouds.GROUP}'"


def test_a_refusal_is_arms_and_has_no_traceback(engine: Stub) -> None:
    said = refusal(lambda: create(engine, COMPUTE, cluster(4)))
    assert said.startswith("ResourceGroupNotFound: ")
    assert "Traceback" not in said


def test_a_type_that_is_not_modelled_says_what_to_add(engine: Stub) -> None:
    urn = "urn:pulumi:dev::shop::azure-native:web:WebApp::site"
    assert "declare it in azureml_arm/types.py" in refusal(lambda: check(engine, urn, {}))


def test_a_refresh_carries_drift_into_the_inputs(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    _, outputs = create(engine, COMPUTE, cluster(4))
    azure.put(CPU, clouds.compute("AmlCompute", **cluster(9)["properties"]["properties"]))
    request = provider_pb2.ReadRequest(id=CPU, urn=COMPUTE, properties=to_struct(outputs), inputs=to_struct(cluster(4)))
    assert from_struct(engine.Read(request).inputs) == cluster(9)


def test_an_import_finds_the_names_and_the_arguments(engine: Stub, azure: Azure) -> None:
    clouds.foundation(azure)
    read = engine.Read(provider_pb2.ReadRequest(id=clouds.VAULT, urn=VAULT))
    inputs = from_struct(read.inputs)
    assert (read.id, inputs["resourceGroupName"], inputs["vaultName"]) == (clouds.VAULT, "rg-acme", "kv-acme")
    assert inputs["location"] == "westeurope"
    assert "id" not in inputs


def test_an_import_holds_nothing_that_a_program_cannot_say(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    azure.put(CPU, clouds.compute("AmlCompute", **cluster(4)["properties"]["properties"]))
    inputs = from_struct(engine.Read(provider_pb2.ReadRequest(id=CPU, urn=COMPUTE)).inputs)
    assert "provisioningState" not in inputs["properties"]
    assert "allocationState" not in inputs["properties"]["properties"]
    assert inputs["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 4
    assert sdk_arguments.problems("azure-native:machinelearningservices:Compute", inputs) == []
    assert "tags" not in inputs


def test_an_import_is_no_change_for_the_version_of_the_api(engine: Stub, azure: Azure) -> None:
    """azure-native reads inputs without it, and takes its outputs' (provider/provider.go, `Read` and `Diff`)."""
    clouds.workspace(azure)
    azure.put(CPU, clouds.compute("AmlCompute", **cluster(4)["properties"]["properties"]))
    read = engine.Read(provider_pb2.ReadRequest(id=CPU, urn=COMPUTE))
    given = from_struct(read.inputs)
    checked = engine.Check(provider_pb2.CheckRequest(urn=COMPUTE, news=to_struct(given))).inputs
    assert ("azureApiVersion" in given, "azureApiVersion" in from_struct(checked)) == (False, True)
    request = provider_pb2.DiffRequest(id=CPU, urn=COMPUTE, olds=read.properties, old_inputs=read.inputs, news=checked)
    assert engine.Diff(request).changes == DiffResponse.DIFF_NONE


def test_saying_what_azure_has_anyway_replaces_nothing(engine: Stub) -> None:
    group = {"resourceGroupName": "rg", "location": "westeurope"}
    for location, replaces in (("westeurope", []), ("northeurope", ["location"])):
        request = provider_pb2.DiffRequest(
            id=clouds.GROUP,
            urn=GROUP,
            olds=to_struct(group),
            old_inputs=to_struct({"resourceGroupName": "rg"}),
            news=to_struct({**group, "location": location}),
        )
        assert list(engine.Diff(request).replaces) == replaces


def test_what_was_begun_for_the_same_resource_is_taken_up_until_the_engine_has_it(port: int, azure: Azure) -> None:
    inputs = {"resourceGroupName": "rg", "location": "westeurope"}
    with connection(port) as killed:
        made, outputs = create(killed, GROUP, inputs)
    with connection(port) as engine:
        other = GROUP.replace("::rg", "::other")
        assert "already existing resource" in refusal(lambda: create(engine, other, inputs))
        assert create(engine, GROUP, {**inputs, "tags": {"a": "b"}})[0] == made
        assert azure.get(made)["tags"] == {"a": "b"}
        engine.Read(provider_pb2.ReadRequest(id=made, urn=GROUP, properties=to_struct(outputs)))
        assert "already existing resource" in refusal(lambda: create(engine, GROUP, inputs))


def test_functions_are_answered_from_the_cloud(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    names = {"resourceGroupName": "rg-acme", "workspaceName": "mlw-acme"}
    token = "azure-native:machinelearningservices:getWorkspace"
    request = provider_pb2.InvokeRequest(tok=token, args=to_struct(names))
    assert from_struct(getattr(engine.Invoke(request), "return"))["storageAccount"] == clouds.STORAGE
    missing = provider_pb2.InvokeRequest(tok=token, args=to_struct({**names, "workspaceName": "none"}))
    assert "Status=404" in refusal(lambda: engine.Invoke(missing))


def test_each_connection_has_its_own_settings(port: int) -> None:
    with connection(port, location="westeurope") as here, connection(port, location="northeurope") as there:
        assert [check(one, GROUP, {})["location"] for one in (here, there)] == ["westeurope", "northeurope"]


def failed_initialisation(call: Callable[[], Any]) -> tuple[str, provider_pb2.ErrorResourceInitFailed]:
    """Return the text of an error, and what it says is there all the same."""
    with pytest.raises(grpc.RpcError) as error:
        call()
    (details,) = [value for key, value in error.value.trailing_metadata() if key == "grpc-status-details-bin"]
    status = status_pb2.Status.FromString(details)
    failed = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failed)
    return str(error.value.details()), failed


def begin(engine: Stub, inputs: dict[str, Any], timeout: float) -> Any:
    return engine.Create(provider_pb2.CreateRequest(urn=COMPUTE, properties=to_struct(inputs), timeout=timeout))


def test_a_custom_timeout_ends_the_wait_and_keeps_what_was_made(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    switch.add(azure, parse("hang;path=*/computes/cpu"))
    answer, failed = failed_initialisation(lambda: begin(engine, cluster(4), 0.2))
    assert "took longer than 0.2 seconds, its custom timeout" in answer
    assert (failed.id, list(failed.reasons)) == (CPU, [answer])
    assert from_struct(failed.properties)["name"] == "cpu"
    assert from_struct(failed.inputs) == cluster(4)
    state = {"id": CPU, "urn": COMPUTE, "olds": failed.properties, "old_inputs": failed.inputs, "timeout": 0.2}
    update = provider_pb2.UpdateRequest(**state, news=to_struct(cluster(6)))
    assert "custom timeout" in failed_initialisation(lambda: engine.Update(update))[0]
    gone = provider_pb2.DeleteRequest(id=CPU, urn=COMPUTE, properties=failed.properties, timeout=0.2)
    assert "DELETE" in refusal(lambda: engine.Delete(gone))
    switch.clear(azure)
    engine.Delete(gone)
    assert begin(engine, cluster(4), 0.2).id == CPU


def test_cancel_ends_every_wait_of_its_connection(port: int, azure: Azure) -> None:
    clouds.workspace(azure)
    rule = switch.add(azure, parse("hang;path=*/computes/cpu"))
    with connection(port) as engine, connection(port) as other, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(failed_initialisation, lambda: begin(engine, cluster(4), 0))
        deadline = time.monotonic() + 20
        while not any(one.hits for one in switch.rules(azure)):
            assert time.monotonic() < deadline
            threading.Event().wait(0.01)
        engine.Cancel(empty_pb2.Empty())
        answer, failed = waiting.result(20)
        assert ("was canceled" in answer, failed.id) == (True, CPU)
        inputs = {"resourceGroupName": "rg-late", "location": "westeurope"}
        assert "was canceled" in refusal(lambda: create(engine, GROUP, inputs))
        assert not azure.exists(f"/subscriptions/{azure.subscription}/resourceGroups/rg-late")
        switch.clear(azure, rule.id)
        assert create(other, GROUP, inputs)[0].endswith("/rg-late")


@pytest.mark.parametrize("fault", ["error", "quota", "drop"])
def test_a_fault_refuses_and_nothing_is_made(engine: Stub, azure: Azure, fault: str) -> None:
    switch.add(azure, parse(f"{fault};path=*/rg-never"))
    message = refusal(lambda: create(engine, GROUP, {"resourceGroupName": "rg-never", "location": "westeurope"}))
    words = {"error": "InternalServerError", "quota": "QuotaExceeded", "drop": "ConnectionDropped"}
    assert words[fault] in message
    assert not azure.exists(f"/subscriptions/{azure.subscription}/resourceGroups/rg-never")


def test_an_unanswered_throttle_ends_with_the_timeout(engine: Stub, azure: Azure) -> None:
    clouds.workspace(azure)
    switch.add(azure, parse("throttle;path=*/computes/cpu;retry-after=60"))
    assert "custom timeout" in refusal(lambda: begin(engine, cluster(4), 0.2))
    assert not azure.exists(CPU)
