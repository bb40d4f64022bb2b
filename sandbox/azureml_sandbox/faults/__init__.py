"""The fault switch: what goes wrong between a caller and Azure, on demand and the same in every run.

A rule says which requests it meets and what becomes of them. It is kept in the store, so that a server which is running
heeds what another process adds; a request's own header ``x-sandbox-fault`` is a rule for that request alone.
"""

from azureml_sandbox.faults.rule import (
    FAULTS,
    DroppedConnectionError,
    FaultError,
    FaultRule,
    FaultRuleError,
    Subject,
    parse,
)
from azureml_sandbox.faults.switch import add, clear, rules

__all__ = [
    "FAULTS",
    "DroppedConnectionError",
    "FaultError",
    "FaultRuleError",
    "FaultRule",
    "Subject",
    "add",
    "clear",
    "parse",
    "rules",
]
