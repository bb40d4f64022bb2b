"""Serving the pack to the engine: a port of this machine, printed on standard output."""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from azureml_policies.config import ConfigError, PackConfig
from azureml_policies.pack.service import PackServicer
from azureml_policies.rules.registry import RULES
from azureml_policies.run import Run
from azureml_policies.session import begin

_LARGEST = 400 * 1024 * 1024
"""Bytes of a message: what pulumi's own services take."""


def serve(folder: Path) -> None:
    """Serve until the engine ends the process. `folder` is what paths in the config are seen from."""

    def start(config: PackConfig, preview: bool, stack: str) -> Run:
        return begin(config, folder=folder, preview=preview, stack=stack)

    logging.getLogger("azure").setLevel(logging.CRITICAL)  # the rules' messages have what matters of it
    try:
        pack = PackServicer(RULES, start)
    except ConfigError as error:
        sys.exit(f"error: this policy pack can't be used, so nothing is allowed: {error}")
    limits = [("grpc.max_receive_message_length", _LARGEST), ("grpc.max_send_message_length", _LARGEST)]
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=limits)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(pack, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
