"""A pack's folder as a process of its own, started and spoken to as Pulumi's engine and its Python host do it."""

import collections
import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import grpc
import yaml
from pulumi.runtime.proto import analyzer_pb2_grpc

from azureml_arm.documents import read_yaml
from azureml_sandbox.pulumi.engine.target import Configuration, RunTarget
from azureml_sandbox.pulumi.packs.model import PackError

SETTINGS, PROGRAM = "PulumiPolicy.yaml", "__main__.py"
START_SECONDS = 60.0
"""How long a pack may take until it answers."""
_END_SECONDS = 5.0
_TAIL = 25
"""How many of the last lines that a pack printed go into an error."""
_NO_ENGINE = "127.0.0.1:0"
_MESSAGE_BYTES = 400 * 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),
)


def environment(base: Mapping[str, str], target: RunTarget, configuration: Configuration) -> dict[str, str]:
    """Return what a pack finds in its environment: `base`, the stack, and its configuration with secrets
    in the clear.
    """
    return {
        **base,
        "PULUMI_ORGANIZATION": target.organization,
        "PULUMI_PROJECT": target.project,
        "PULUMI_STACK": target.stack,
        "PULUMI_DRY_RUN": str(target.preview).lower(),
        "PULUMI_CONFIG": json.dumps(dict(configuration.values)),
    }


def settings(folder: Path) -> dict[str, Any]:
    """Return a pack's PulumiPolicy.yaml; PackError says what is wrong with it."""
    path = folder / SETTINGS
    try:
        data = read_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackError(f"{folder}: there is no {SETTINGS}, so this is no policy pack") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PackError(f"{path}: not readable as YAML: {error}") from error
    runtime = data.get("runtime") if isinstance(data, dict) else None
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise PackError(f"{path}: runtime is {language!r}; in-process only packs with `runtime: python` run")
    if not (folder / PROGRAM).is_file():
        raise PackError(f"{folder}: there is no {PROGRAM}, which makes the PolicyPack")
    return dict(data)


class ProcessAnalyzer:
    """A pack's own process: `python -u -m pulumi.policy ENGINE FOLDER`, which prints the port that it listens on."""

    def __init__(self, folder: Path, variables: Mapping[str, str], *, start_seconds: float = START_SECONDS) -> None:
        folder = folder.resolve()
        self.label = str(folder)
        self.version = str(settings(folder).get("version") or "")
        self._said: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self._first: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-u", "-m", "pulumi.policy", _NO_ENGINE, str(folder)],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._listeners = [self._listen(self._read_stdout), self._listen(self._read_stderr)]
        try:
            self._channel = grpc.insecure_channel(f"127.0.0.1:{self._port(start_seconds)}", options=_OPTIONS)
        except BaseException:
            self._end()
            raise
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)

    def call(self, method: str, request: Any) -> Any | None:
        """Ask over gRPC. There is no time limit: a pack that waits for Azure has its own."""
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise PackError(self._failure(method, error)) from error

    def close(self) -> None:
        """End the process."""
        self._channel.close()
        self._end()

    def _port(self, seconds: float) -> int:
        try:
            line = self._first.get(timeout=seconds)
        except queue.Empty:
            raise PackError(self._describe(f"didn't start within {seconds:g} seconds")) from None
        if line.strip().isdigit():
            return int(line)
        self._said.appendleft(line)
        why = self._describe_end("it printed something other than its port first")
        raise PackError(self._describe(f"didn't start: {why}"))

    def _failure(self, method: str, error: Any) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self._child.wait(_END_SECONDS)
        return self._describe(f"failed in {method}: {self._describe_end(str(error.details()))}")

    def _describe_end(self, otherwise: str) -> str:
        """Return how the process ended, or what else there is to say while it runs."""
        code = self._child.poll()
        if code is None:
            return otherwise
        for listener in self._listeners:
            listener.join(_END_SECONDS)
        return f"its process was killed by signal {-code}" if code < 0 else f"its process ended with exit code {code}"

    def _describe(self, what: str) -> str:
        lines = "".join(f"\n  {line.rstrip()}" for line in self._said if line.strip())
        return f"the policy pack {self.label} {what}" + (f"; it printed{lines}" if lines else "")

    def _listen(self, read: Any) -> threading.Thread:
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def _read_stdout(self) -> None:
        stream = _require_pipe(self._child.stdout)
        first = stream.readline()
        if not first:
            # It closes when the process ends, whose exit code belongs into the message.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_END_SECONDS)
        self._first.put(first)
        self._said.extend(stream)

    def _read_stderr(self) -> None:
        self._said.extend(_require_pipe(self._child.stderr))

    def _end(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for listener, stream in zip(self._listeners, (self._child.stdout, self._child.stderr), strict=True):
            listener.join(_END_SECONDS)
            _require_pipe(stream).close()


def _require_pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise TypeError("both streams of a pack are pipes")
    return stream
