"""The provider as a server on loopback."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.provider.servicer import AzureNative

_THREADS = 64
"""As many changes as the engine may wait for at once, and one to cancel them; they are made as they are needed."""
_MESSAGE_BYTES = 400 * 1024 * 1024
"""As large as the engine's own limit."""


@contextlib.contextmanager
def serving(azure: Azure, caller: str | None = None) -> Iterator[int]:
    """Serve a cloud as `azure-native` for the block, with the rights of a caller: the port."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AzureNative(azure, caller), server)
    port: int = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()
