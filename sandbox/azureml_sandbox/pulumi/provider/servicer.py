"""The `azure-native` provider that Pulumi's engine talks to: its gRPC calls, answered by `ArmProvider`.

What each call does is the in-process engine's own; here is only what the wire adds: messages, secrets and error codes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from azureml_arm.catalogue import API_VERSION
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.pulumi.engine import diff, errors, invokes, paths
from azureml_sandbox.pulumi.engine.drift import apply_drift
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.providers import CREATE_BEFORE_DELETE, ArmProvider, Providers
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.urns import Urn
from azureml_sandbox.pulumi.engine.values import Properties, from_struct, keep_secret, plain, to_struct
from azureml_sandbox.pulumi.provider.begun import Begun
from azureml_sandbox.pulumi.provider.patience import Cancellations, Patience

Call = Callable[..., Any]
_NO_SCHEMA = (
    "the sandbox's azure-native provider has no schema, which is what programs are generated from; "
    "`pulumi import --generate-code=false` writes the state without one"
)


def _refusing(call: Call) -> Call:
    """Return the call, with its errors as the engine shows them: one text, no traceback."""

    @functools.wraps(call)
    def answer(servicer: AzureNative, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return call(servicer, request, context)
        except Exception as error:
            _refuse(context, error)

    return answer


class _HalfDoneError(ArmError):
    """What was asked for has failed and is there nevertheless: the engine keeps it, and tries again in the next run."""

    def __init__(self, error: ArmError, resource_id: str, outputs: Properties, inputs: Properties) -> None:
        super().__init__(error.status, error.code, error.message)
        self.reason = errors.describe_refusal(error)
        self.detail = provider_pb2.ErrorResourceInitFailed(
            id=resource_id,
            properties=_outputs(outputs, inputs),
            reasons=[self.reason],
            inputs=to_struct(inputs),
        )


def _refuse(context: grpc.ServicerContext, error: Exception) -> NoReturn:
    if isinstance(error, _HalfDoneError):
        context.set_trailing_metadata((("grpc-status-details-bin", _details(error)),))
    text = error.details() if isinstance(error, invokes.InvokeError) else errors.describe(error)
    context.abort(grpc.StatusCode.UNKNOWN, text)
    raise AssertionError(text)  # `abort` raises; its type doesn't say so


def _details(error: _HalfDoneError) -> bytes:
    """Return the error as gRPC's richer model has it (https://grpc.io/docs/guides/error/)."""
    detail = any_pb2.Any()
    detail.Pack(error.detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=error.reason, details=[detail])
    return bytes(status.SerializeToString())


class AzureNative(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one cloud. Each connection is a provider of the stack, with the settings that it was configured with."""

    def __init__(self, azure: Azure, caller: str | None = None) -> None:
        self._azure = azure
        self._caller = caller
        self._configured: dict[str, Providers] = {}
        self._default = Providers(azure, {}, "", caller)
        self._begun = Begun(azure)
        self._canceled = Cancellations()

    # -- the provider itself

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802, ARG002
        """Return the engine connects to a running provider, rather than starting one."""
        return empty_pb2.Empty()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> NoReturn:  # noqa: N802, ARG002
        """Say that there is none, as azure-native does; the engine goes on with `Configure`."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "Handshake is not implemented")
        raise AssertionError  # `abort` raises; its type doesn't say so

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802, ARG002
        """Return the version is the SDK's, whose resources ask for a provider of that version."""
        return plugin_pb2.PluginInfo(version=version("pulumi-azure-native"))

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> NoReturn:  # noqa: N802, ARG002
        """Refuse for what asks for a schema, as `pulumi import` does to write a program: the SDK comes without one."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, _NO_SCHEMA)
        raise AssertionError(_NO_SCHEMA)  # `abort` raises; its type doesn't say so

    def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802, ARG002
        """Return the settings as they are."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802, ARG002
        """Return no replacement: other settings never replace the provider, and so nothing that it made."""
        changed = from_struct(request.olds) != from_struct(request.news)
        response = provider_pb2.DiffResponse
        return response(changes=response.DIFF_SOME if changed else response.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:  # noqa: N802
        """Take the settings of the stack (`azure-native:…`) or of an explicit provider."""
        given = plain(from_struct(request.args))
        config = {f"azure-native:{name}": str(value) for name, value in given.items()}
        self._configured[context.peer()] = Providers(self._azure, config, "", self._caller)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptOutputs=False)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802, ARG002
        """Wait for nothing any more, and begin nothing."""
        self._canceled.of(context.peer()).set()
        return empty_pb2.Empty()

    # -- its resources

    @_refusing
    def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Return the inputs with names and defaults filled in."""
        provider = self._provider(request, context)
        old, new = from_struct(request.olds), from_struct(request.news)
        checked = provider.check(request.urn, old, new)
        if not old and CREATE_BEFORE_DELETE in checked and _is_taken(provider, checked):
            # The engine asks again without the past for what it makes before it deletes its predecessor.
            checked = provider.check(request.urn, None, new, taken=request.urn)
        return provider_pb2.CheckResponse(inputs=to_struct(checked))

    @_refusing
    def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Return what would change, path by path, and what makes a new resource of it."""
        if request.old_inputs == request.news and API_VERSION in request.news:  # an import's may have none
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        old = _resource(request, from_struct(request.old_inputs), from_struct(request.olds))
        return _difference(self._provider(request, context).diff(old, from_struct(request.news)))

    @_refusing
    def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Make it, or say in a preview what is known of it."""
        provider, inputs = self._provider(request, context), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(provider.preview(None, inputs)))
        expected = provider.expected_id(inputs)
        if provider.exists(expected) and not self._begun.by(request.urn, expected):
            raise EngineError(errors.already_there(expected))
        patience = self._patience("PUT", expected, request, context)
        patience.until_accepted()
        self._begun.begin(request.urn, expected)
        try:
            resource_id, outputs = provider.create(inputs)
        except ArmError as error:
            if not provider.exists(expected):
                self._begun.end(request.urn, expected)
            raise _half_done(provider, expected, inputs, error) from error
        _await(patience, resource_id, outputs, inputs)
        return provider_pb2.CreateResponse(id=resource_id, properties=_outputs(outputs, inputs))

    @_refusing
    def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """Return what is there now: for a refresh, an import, or a look at what others manage. No id: nothing
        is there.
        """
        provider = self._provider(request, context)
        inputs, outputs = from_struct(request.inputs), from_struct(request.properties)
        found = provider.read(request.id, inputs)
        if found is None:
            return provider_pb2.ReadResponse()
        old = _resource(request, inputs, outputs)
        now = keep_secret(keep_secret(found, inputs), outputs)
        given = apply_drift(old, now) if inputs and outputs else provider.inputs_of(request.id, now)
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(now), inputs=to_struct(given))

    @_refusing
    def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Change it in place, or say in a preview what is known of it."""
        provider, inputs = self._provider(request, context), from_struct(request.news)
        old = _resource(request, from_struct(request.old_inputs), from_struct(request.olds))
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(provider.preview(old.outputs, inputs)))
        patience = self._patience("PUT", old.id, request, context)
        patience.until_accepted()
        try:
            outputs = provider.update(old, inputs)
        except ArmError as error:
            raise _half_done(provider, old.id, inputs, error) from error
        _await(patience, old.id, outputs, inputs)
        return provider_pb2.UpdateResponse(properties=_outputs(outputs, inputs))

    @_refusing
    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Delete it; not an error where it is gone."""
        old = _resource(request, from_struct(request.old_inputs), from_struct(request.properties))
        patience = self._patience("DELETE", old.id, request, context)
        patience.until_accepted()
        self._provider(request, context).delete(old)
        patience.until_done()
        return empty_pb2.Empty()

    @_refusing
    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:  # noqa: N802
        """Answer a function."""
        answer = invokes.invoke(self._providers(context), request.tok, from_struct(request.args))
        return provider_pb2.InvokeResponse(**{"return": to_struct(answer)})

    def _patience(self, method: str, resource_id: str, request: Any, context: grpc.ServicerContext) -> Patience:
        """Return how long the engine waits for a change, by the resource's `customTimeouts`."""
        return Patience(self._azure, method, resource_id, request.timeout, self._canceled.of(context.peer()))

    def _providers(self, context: grpc.ServicerContext) -> Providers:
        return self._configured.get(context.peer(), self._default)

    def _provider(self, request: Any, context: grpc.ServicerContext) -> ArmProvider:
        if getattr(request, "id", ""):
            self._begun.end(request.urn, request.id)
        return self._providers(context).arm(Urn.parse(request.urn).type)


def _is_taken(provider: ArmProvider, inputs: Properties) -> bool:
    expected = provider.expected_id(inputs)
    return bool(expected) and provider.exists(expected)


def _await(patience: Patience, resource_id: str, outputs: Properties, inputs: Properties) -> None:
    """Wait until a write is done; one that isn't in time has left what it was to make."""
    try:
        patience.until_done()
    except ArmError as error:
        raise _HalfDoneError(error, resource_id, outputs, inputs) from error


def _half_done(provider: ArmProvider, resource_id: str, inputs: Properties, error: ArmError) -> ArmError:
    """Return the error, with what it left where it left anything."""
    left = provider.read(resource_id, inputs) if provider.has_failed(resource_id) else None
    return error if left is None else _HalfDoneError(error, resource_id, left, inputs)


def _resource(request: Any, inputs: Properties, outputs: Properties) -> Resource:
    return Resource(
        request.urn, Urn.parse(request.urn).type, custom=True, id=request.id, inputs=inputs, outputs=outputs
    )


def _outputs(outputs: Properties, inputs: Properties) -> Any:
    return to_struct(keep_secret(outputs, inputs))


def _difference(found: diff.Comparison) -> provider_pb2.DiffResponse:
    response = provider_pb2.DiffResponse
    roots = dict.fromkeys(str(paths.parse(change.path)[0]) for change in found.changes)
    return response(
        changes=response.DIFF_SOME if found.changed else response.DIFF_NONE,
        diffs=list(roots),
        replaces=[change.path for change in found.changes if change.replaces],
        detailedDiff={change.path: _kind(change) for change in found.changes},
        hasDetailedDiff=True,
        deleteBeforeReplace=found.delete_before_replace,
    )


_KINDS: Mapping[tuple[bool, bool], str] = {(True, False): "ADD", (False, True): "DELETE"}
"""(whether there was no old value, whether there is no new one) -> the engine's word."""


def _kind(change: diff.ChangedPlace) -> provider_pb2.PropertyDiff:
    word = _KINDS.get((change.old is None, change.new is None), "UPDATE") + ("_REPLACE" if change.replaces else "")
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(word), inputDiff=True)
