"""What the engine asks a policy pack, and packs that answer in this process."""

from typing import Any, NoReturn, Protocol

import grpc

from azureml_sandbox.pulumi.engine.errors import describe_unexpected
from azureml_sandbox.pulumi.packs.model import PackError


class Analyzer(Protocol):
    """A pack that is running."""

    @property
    def label(self) -> str:
        """Return its name in errors."""

    @property
    def version(self) -> str:
        """Return the version that its PulumiPolicy.yaml gives, which counts more than its own word."""

    def call(self, method: str, request: Any) -> Any | None:
        """Return one call of Pulumi's Analyzer service. None: the pack doesn't have it. PackError: it failed."""

    def close(self) -> None:
        """End it."""


class _Context:
    """The little of a gRPC context that a servicer uses."""

    code: grpc.StatusCode | None = None

    def set_code(self, code: grpc.StatusCode) -> None:
        """Keep the code."""
        self.code = code

    def set_details(self, details: str) -> None:
        """Do nothing: the exception that follows says as much."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """Fail."""
        self.code = code
        raise PackError(details)


class LocalAnalyzer:
    """A servicer in this process: for tests, and clouds in memory."""

    version = ""

    def __init__(self, servicer: Any) -> None:
        self._servicer = servicer
        self.label = type(servicer).__name__

    def call(self, method: str, request: Any) -> Any | None:
        """Call the servicer's method."""
        answer, context = getattr(self._servicer, method, None), _Context()
        if answer is None:
            return None
        try:
            return answer(request, context)
        except Exception as error:
            if context.code is grpc.StatusCode.UNIMPLEMENTED:
                return None
            problem = str(error) if isinstance(error, PackError) else describe_unexpected(error)
            raise PackError(f"the policy pack {self.label} failed in {method}: {problem}") from error

    def close(self) -> None:
        """Do nothing: it ends with this process."""
