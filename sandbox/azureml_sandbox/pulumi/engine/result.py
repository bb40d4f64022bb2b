"""What comes of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.judge import Violation
from azureml_sandbox.pulumi.engine.operations import Diagnostic, Op, Operation
from azureml_sandbox.pulumi.engine.state import Resource


@dataclass
class Result:
    """What a run did.

    `outputs` are in the clear, with the names of the secret ones in `secret_outputs`; what a preview doesn't know is
    Pulumi's own marker for it (`azureml_sandbox.pulumi.engine.values.UNKNOWN`).
    """

    operations: list[Operation] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    secret_outputs: frozenset[str] = frozenset()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    error: BaseException | None = None
    """Why the run failed: an EngineError, or what the program raised."""
    duration: float = 0.0
    registered: Mapping[str, Goal] = field(default_factory=dict)
    """Everything that the program registered, with all options, by URN."""
    resources: Mapping[str, Resource] = field(default_factory=dict)
    """The resources after the run, as far as it went, by URN."""
    packs: tuple[str, ...] = ()
    """The policy packs that judged the run."""
    violations: list[Violation] = field(default_factory=list)
    """What they had against it."""

    def of(self, op: Op | str) -> list[Operation]:
        """Return the operations of one kind."""
        return [operation for operation in self.operations if operation.op == op]

    @property
    def failed(self) -> bool:
        """Return whether the program or the engine reported an error."""
        return any(item.severity == "error" for item in self.diagnostics)

    @property
    def changed(self) -> bool:
        """Return whether anything happened."""
        return any(operation.op not in (Op.SAME, Op.READ) for operation in self.operations)
