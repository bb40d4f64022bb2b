"""Pulumi's resource monitor in this process: the messages of the SDK, answered by a deployment."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import pulumi.runtime
from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import engine_pb2, resource_pb2

from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.engine import goal as goals
from azureml_sandbox.pulumi.engine.deployment import StackDeployment
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.invokes import invoke
from azureml_sandbox.pulumi.engine.operations import Diagnostic
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.urns import STACK_TYPE
from azureml_sandbox.pulumi.engine.values import UNKNOWN, from_struct, to_struct
from azureml_sandbox.pulumi.transport import intercept

_SEVERITIES = {engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error", engine_pb2.INFO: "info"}


class NoMocks(pulumi.runtime.Mocks):
    """What `set_mocks` asks for beside a monitor; with a monitor of one's own it is never called."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> NoReturn:
        """Raise: the engine never calls it."""
        raise NotImplementedError

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        """Raise: the engine never calls it."""
        raise NotImplementedError


def _refuse(what: str) -> NoReturn:
    raise EngineError(f"{what}: not possible in-process; run this program with the pulumi CLI")


def _refusing(what: str) -> Callable[[object, object], NoReturn]:
    """Return the method of an RPC for what isn't run here."""
    return lambda _monitor, _request: _refuse(what)


class Monitor(MockMonitor):
    """Answers one program. Every method is one RPC and runs in the program's thread."""

    def __init__(self, deployment: StackDeployment) -> None:
        super().__init__(NoMocks())
        self._deployment = deployment

    def answering_clients(self) -> AbstractContextManager[Azure]:
        """Return a context in which the cloud answers Azure's own clients, for what no function returns."""
        return intercept(self._deployment.providers.azure)

    def RegisterResource(  # noqa: N802 - the RPC's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Return a resource or component of the program."""
        if request.transforms:
            _refuse("transforms of a resource")
        if request.remote:
            _refuse(f"the remote component {request.type}")
        urn = self._deployment.urn(request.parent, request.type, request.name)
        made = self._deployment.register(goals.from_request(request, urn))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made.id, object=to_struct(made.outputs))

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Return a resource of others (`Resource.get`)."""
        if request.type == "pulumi:pulumi:StackReference":
            _refuse(f"StackReference ({request.id})")
        urn = self._deployment.urn(request.parent, request.type, request.name)
        goal = goals.Goal(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=True,
            inputs=from_struct(request.properties),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            provider=request.provider,
            version=request.version,
        )
        made = self._deployment.read(goal, request.id)
        return resource_pb2.ReadResourceResponse(urn=urn, id=made.id, properties=to_struct(made.outputs))

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Return the outputs of a component or the stack."""
        self._deployment.register_outputs(request.urn, from_struct(request.outputs))
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        """Return a function call."""
        arguments = from_struct(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            result = _state_of(self._deployment.resources.get(arguments["urn"]), arguments["urn"])
        elif request.tok == "pulumi:pulumi:readStackResourceOutputs":
            result = self._read_state(arguments["stackName"])
        elif request.tok == "pulumi:pulumi:readStackOutputs":
            result = self._read_outputs(arguments["name"])
        else:
            result = invoke(self._deployment.providers, request.tok, arguments, request.provider)
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(result)})

    def _read_outputs(self, name: str) -> dict[str, Any]:
        """Return what the stack's last run exported."""
        had = self._read_state(name)["outputs"].values()
        stack = next((one for one in had if one["type"] == STACK_TYPE), None)
        return {"name": name, "outputs": stack["outputs"] if stack else {}, "secretOutputNames": []}

    def _read_state(self, name: str) -> dict[str, Any]:
        """Return the outputs of what the stack had before this run; of other stacks nothing is known here."""
        if name.rpartition("/")[2] != self._deployment.target.stack:
            _refuse(f"reading another stack ({name})")
        had = {one.urn: {"type": one.type, "outputs": one.outputs} for one in self._deployment.past}
        return {"name": name, "outputs": had}

    RegisterStackTransform = _refusing("register_resource_transform (register_stack_transformation works)")
    RegisterStackInvokeTransform = _refusing("register_invoke_transform")
    RegisterResourceHook = _refusing("resource hooks")
    RegisterErrorHook = _refusing("error hooks")

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> NoReturn:  # noqa: N802
        """Refuse what isn't run here."""
        _refuse(f"the parameterized package {request.name}")


def _state_of(resource: Resource | None, urn: str) -> dict[str, Any]:
    if resource is None:
        raise EngineError(f"unknown resource {urn}")
    return {"urn": urn, "id": resource.id or UNKNOWN, "state": resource.outputs}


class Log:
    """Pulumi's engine service, of which a program uses the log."""

    def __init__(self, deployment: StackDeployment) -> None:
        self._diagnostics = deployment.diagnostics

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802
        """Keep a message; debug messages (four a resource) are dropped."""
        severity = _SEVERITIES.get(request.severity)
        if severity is not None and not request.ephemeral:
            self._diagnostics.append(Diagnostic(severity, request.message, request.urn))  # type: ignore[arg-type]

    def RequirePulumiVersion(self, request: object) -> None:  # noqa: N802
        """Accept any version."""
