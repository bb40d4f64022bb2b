"""Every PUT body that a test sends to any `Azure` is held against Microsoft's types; `conftest.py` hangs this in."""

from dataclasses import dataclass, field

from azureml_sandbox.azure import PutRequest
from kit.arm_types import ArmTypes


@dataclass
class Conformance:
    """Watches one test process."""

    types: ArmTypes = field(default_factory=ArmTypes)
    checked: int = 0
    without_type: int = 0
    """Bodies of resource types and API versions that there are no types for."""
    found: list[str] = field(default_factory=list)

    def __call__(self, request: PutRequest) -> None:
        """Check one body; what is wrong waits for `take`."""
        problems = self.types.problems(request.type, request.api_version, request.body)
        if problems is None:
            self.without_type += 1
            return
        self.checked += 1
        version = request.api_version or "any version"
        self.found += [f"{request.type}@{version}: {problem}" for problem in problems]

    def take(self) -> list[str]:
        """Return what was wrong since the last call."""
        found, self.found = self.found, []
        return found
