"""What a violation does, and how bad it is, in CrossGuard's words."""

from enum import StrEnum


class Level(StrEnum):
    """What a violation does, in CrossGuard's words."""

    DISABLED = "disabled"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    REMEDIATE = "remediate"
    """The inputs are changed so that the rule holds; what can't be remediated is a mandatory violation."""


class Severity(StrEnum):
    """How bad a violation is, in CrossGuard's words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
