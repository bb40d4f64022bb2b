"""Programs under a policy pack that is a servicer in this process."""

# ruff: noqa: N802, ARG002 - a servicer's methods are named as the RPCs are

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_azure_native import resources

from azureml_sandbox import EngineError, Pack, RunFailedError, Sandbox, Violation
from azureml_sandbox.pulumi.packs.model import DeniedError, PackError
from kit.packs import GROUPS, SUBSCRIPTION, platform


class Servicer(analyzer_pb2_grpc.AnalyzerServicer):
    """Has against a resource what `against` says of its name, and answers nothing else but who it is."""

    def __init__(self, against: Callable[[str], str] = lambda _: "", level: int = analyzer_pb2.MANDATORY) -> None:
        self.against, self.level = against, level
        self.asked: list[Any] = []

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        policy = analyzer_pb2.PolicyInfo(name="p", severity=analyzer_pb2.POLICY_SEVERITY_CRITICAL)
        return analyzer_pb2.AnalyzerInfo(name="raw", version="1", policies=[policy])

    def Analyze(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        return self._answer(request.urn, self.against(request.name))

    def _answer(self, urn: str, said: str) -> Any:
        answer = analyzer_pb2.AnalyzeResponse()
        if said:
            answer.diagnostics.add(policyName="p", message=said, enforcementLevel=self.level, urn=urn)
        return answer


class Whole(Servicer):
    """Is against the whole stack."""

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        return self._answer("", "not this one")


class Renaming(Servicer):
    """Gives every group an owner."""

    def Remediate(self, request: Any, context: Any) -> Any:
        answer = analyzer_pb2.RemediateResponse()
        if request.type.endswith("ResourceGroup"):
            changed = struct_pb2.Struct()
            changed.CopyFrom(request.properties)
            changed.update({"tags": {"owner": "ops"}})
            answer.remediations.add(policyName="owned", properties=changed)
        return answer


def nothing() -> None:
    """Ask for no resources."""


URN = "urn:pulumi:sandbox::project::azure-native:{}"
ROBOT = Violation(
    "raw", "p", "mandatory", "bad robot", URN.format("managedidentity:UserAssignedIdentity::robot"), "critical"
)


def test_the_first_mandatory_violation_stops_an_update_before_that_resource_is_touched() -> None:
    servicer = Servicer(lambda name: "bad robot" if name == "robot" else "")
    with Sandbox(packs=[Pack(servicer)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.up(platform)
    result = failed.value.result
    assert result.violations == [ROBOT]
    assert isinstance(result.error, DeniedError)
    denial = "denied by p. azure-native:managedidentity:UserAssignedIdentity (robot) was not touched."
    assert str(failed.value) == denial
    assert [item["name"] for item in sandbox.azure.resources()] == ["rg"]
    assert result.packs == ("raw 1",)


def test_a_preview_asks_about_everything_and_fails_at_its_end() -> None:
    servicer = Servicer(lambda name: f"bad {name}")
    with Sandbox(packs=[Pack(servicer)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.preview(platform)
    assert [item.message for item in failed.value.result.violations] == [
        "bad project-sandbox",
        "bad default_" + _version(servicer),
        "bad rg",
        "bad robot",
    ]
    assert [operation.name for operation in failed.value.result.operations] == ["rg", "robot"]
    assert str(failed.value) == "denied by p. Nothing was changed."


def _version(servicer: Servicer) -> str:
    (provider,) = [request for request in servicer.asked if request.type == "pulumi:providers:azure-native"]
    return str(provider.properties["version"]).replace(".", "_")


def test_advice_stops_nothing() -> None:
    with Sandbox(packs=[Pack(Servicer(lambda name: f"bad {name}", analyzer_pb2.ADVISORY))]) as sandbox:
        result = sandbox.up(platform)
    assert {item.level for item in result.violations} == {"advisory"}
    assert {operation.name for operation in result.of("create")} == {"rg", "robot"}


def test_the_stack_is_judged_before_anything_is_deleted() -> None:
    servicer = Whole()
    with Sandbox() as sandbox:
        sandbox.up(platform)
        judged = Sandbox(azure=sandbox.azure, packs=[Pack(servicer)])
        judged.state = sandbox.state
        with pytest.raises(RunFailedError) as failed:
            judged.up(nothing)
        assert str(failed.value) == "denied by p. Nothing was deleted."
        stack = "urn:pulumi:sandbox::project::pulumi:pulumi:Stack::project-sandbox"
        assert [item.urn for item in failed.value.result.violations] == [stack]
        assert [item["name"] for item in sandbox.azure.resources()] == ["rg", "robot"]
        sandbox.destroy()


def test_a_pack_sees_resources_as_the_provider_completes_them() -> None:
    servicer = Servicer()

    def program() -> None:
        timeouts = pulumi.CustomTimeouts(create="1h30m")
        options = pulumi.ResourceOptions(protect=True, ignore_changes=["tags"], custom_timeouts=timeouts)
        resources.ResourceGroup("rg", tags={"key": pulumi.Output.secret("hush")}, opts=options)

    config = {"azure-native:location": "westeurope", "azure-native:subscriptionId": SUBSCRIPTION}
    with Sandbox(packs=[Pack(servicer)], config=config) as sandbox:
        sandbox.preview(program)
    group = servicer.asked[-1]
    assert sorted(group.properties) == ["azureApiVersion", "location", "resourceGroupName", "tags"]
    assert group.properties["tags"]["key"]["value"] == "hush"
    assert (group.options.protect, list(group.options.ignoreChanges)) == (True, ["tags"])
    assert group.options.customTimeouts.create == 5400
    assert group.provider.properties["subscriptionId"] == SUBSCRIPTION
    assert group.provider.urn.endswith("::pulumi:providers:azure-native::" + group.provider.name)


def test_remediations_of_several_packs_build_on_each_other() -> None:
    judge = Servicer()
    with Sandbox(packs=[Pack(Renaming()), Pack(judge)]) as sandbox:
        result = sandbox.up(platform)
        (group,) = sandbox.azure.resources(GROUPS)
    assert group["tags"] == {"owner": "ops"}
    (asked,) = [request for request in judge.asked if request.name == "rg"]
    assert asked.properties["tags"]["owner"] == "ops"
    assert [item.message for item in result.diagnostics] == ['remediated by owned: tags: (none) -> {"owner": "ops"}']


def test_destroying_is_not_judged() -> None:
    servicer = Servicer()
    with Sandbox(packs=[Pack(servicer)]) as sandbox:
        sandbox.up(platform)
        servicer.asked.clear()
        assert sandbox.destroy().violations == []
    assert servicer.asked == []


class Crashing(Servicer):
    """Has a bug."""

    def Analyze(self, request: Any, context: Any) -> Any:
        raise KeyError("size")


class Silent:
    """Has nothing that a pack needs."""


@pytest.mark.parametrize(
    ("servicer", "config", "expected"),
    [
        (Crashing(), None, "the policy pack Crashing failed in Analyze: KeyError: 'size' (test_servicer.py:"),
        (Silent(), None, "the policy pack Silent doesn't say what is in it: it has no GetAnalyzerInfo"),
        (Servicer(), {"p": "advisory"}, "the policy pack Servicer does not take any configuration"),
    ],
    ids=["crash", "nothing", "configuration"],
)
def test_a_servicer_that_fails_is_reported(servicer: object, config: dict[str, Any] | None, expected: str) -> None:
    with Sandbox(packs=[Pack(servicer, config)]) as sandbox, pytest.raises(RunFailedError) as failed:
        sandbox.up(platform)
    assert expected in str(failed.value)
    assert isinstance(failed.value.result.error, PackError)
    assert sandbox.azure.resources() == []


def test_a_folder_needs_a_cloud_that_other_processes_can_see(tmp_path: Path) -> None:
    with Sandbox(packs=[Pack(tmp_path)]) as sandbox, pytest.raises(EngineError, match="sees no cloud in memory"):
        sandbox.preview(platform)
