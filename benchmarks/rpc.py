"""The pack in a process of its own, as the engine has it: what each call takes beside a call that does nothing.

``python -m benchmarks.rpc PERSON`` serves the pack, and beside it on the same port `NULL`, which reads a
message and answers with an empty one. So the round trip of Pulumi's protocol is measured where the pack is.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from azureml_policies.pack.messages import struct_of
from azureml_policies.pack.service import PackServicer
from azureml_policies.requests.planned import Planned
from azureml_policies.rules.registry import RULES
from benchmarks import teams

NULL = "benchmarks.Null"
_SIZES = [("grpc.max_receive_message_length", 1 << 28), ("grpc.max_send_message_length", 1 << 28)]
_WARM = 200
_Call = Callable[[Any], Any]


@dataclass(frozen=True)
class Trips:
    """Seconds of all calls of one preview: those of the pack, and as many that do nothing."""

    pack: float
    null: float

    @property
    def beyond(self) -> float:
        """What the pack takes beyond the round trips."""
        return self.pack - self.null


def measure(person: str, baseline: str, planned: Sequence[Planned], repeats: int) -> Trips:
    """The calls that the engine makes for a plan: two for each resource, one for the stack. The best of several."""
    requests = [_request(item) for item in planned]
    runs = [_trips(requests, person, baseline) for _ in range(repeats)]
    return Trips(min(run.pack for run in runs), min(run.null for run in runs))


def _trips(requests: Sequence[proto.AnalyzeRequest], person: str, baseline: str) -> Trips:
    """One preview; each call of the pack is followed by its double that does nothing, so that both meet one load."""
    stack = proto.AnalyzeStackRequest(resources=[_resource(item) for item in requests])
    with _served(person, baseline, len(requests)) as channel:
        stub, idle = analyzer_pb2_grpc.AnalyzerStub(channel), _idle(channel)
        for request in [requests[0]] * _WARM:
            idle["Analyze"](request)
        calls = [(name, request) for request in requests for name in ("Remediate", "Analyze")]
        pairs = [_pair(stub, idle, name, request) for name, request in [*calls, ("AnalyzeStack", stack)]]
    return Trips(sum(pack for pack, _ in pairs), sum(null for _, null in pairs))


def _pair(stub: Any, idle: Mapping[str, _Call], name: str, request: Any) -> tuple[float, float]:
    return _seconds(getattr(stub, name), request), _seconds(idle[name], request)


def _seconds(call: _Call, request: Any) -> float:
    started = time.perf_counter()
    call(request)
    return time.perf_counter() - started


def _request(planned: Planned) -> proto.AnalyzeRequest:
    provider = planned.provider
    made = proto.AnalyzeRequest(
        type=planned.type, urn=planned.urn, name=planned.name, properties=struct_of(planned.inputs)
    )
    if provider:
        made.provider.CopyFrom(
            proto.AnalyzerProviderResource(
                type=provider.type, urn=provider.urn, name=provider.name, properties=struct_of(provider.inputs)
            )
        )
    return made


def _resource(request: proto.AnalyzeRequest) -> proto.AnalyzerResource:
    return proto.AnalyzerResource(
        type=request.type, urn=request.urn, name=request.name, properties=request.properties, provider=request.provider
    )


@contextmanager
def _served(person: str, baseline: str, count: int) -> Iterator[grpc.Channel]:
    command = [sys.executable, "-m", "benchmarks.rpc", person]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            with grpc.insecure_channel(f"127.0.0.1:{port}", _SIZES) as channel:
                analyzer_pb2_grpc.AnalyzerStub(channel).Configure(_configuration(baseline, count))
                yield channel
        finally:
            server.terminate()


def _configuration(baseline: str, count: int) -> proto.ConfigureAnalyzerRequest:
    request = proto.ConfigureAnalyzerRequest()
    for name, entry in teams.config(baseline, count).items():
        properties = struct_pb2.Struct()
        properties.update(entry)
        given = proto.PolicyConfig(enforcementLevel=proto.MANDATORY, properties=properties)
        request.policyConfig[name].CopyFrom(given)
    return request


_METHODS: Mapping[str, tuple[Any, Any]] = {
    "Remediate": (proto.AnalyzeRequest, proto.RemediateResponse),
    "Analyze": (proto.AnalyzeRequest, proto.AnalyzeResponse),
    "AnalyzeStack": (proto.AnalyzeStackRequest, proto.AnalyzeResponse),
}
"""The calls, with their messages."""


def _idle(channel: grpc.Channel) -> dict[str, _Call]:
    return {
        name: channel.unary_unary(
            f"/{NULL}/{name}", request_serializer=asked.SerializeToString, response_deserializer=answer.FromString
        )
        for name, (asked, answer) in _METHODS.items()
    }


def _nothing(asked: Any, answer: Any) -> grpc.RpcMethodHandler:
    return grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: answer(),
        request_deserializer=asked.FromString,
        response_serializer=answer.SerializeToString,
    )


def _serve(person: str) -> None:
    """As `azureml_policies.pack.server` does."""
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=_SIZES)
    pack = PackServicer(RULES, lambda config, preview, stack: teams.run(config, person, preview=preview, stack=stack))
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(pack, server)
    null = {name: _nothing(*messages) for name, messages in _METHODS.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NULL, null),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    _serve(sys.argv[1])
