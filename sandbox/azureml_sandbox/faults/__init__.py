"""The fault switch: what goes wrong between a caller and Azure, on demand and the same in every run.

A rule says which requests it meets and what becomes of them. It is kept in the store, so that a server which is running
heeds what another process adds; a request's own header ``x-sandbox-fault`` is a rule for that request alone.
"""

from azureml_sandbox.faults.effects import (
    after_write,
    as_listed,
    as_read,
    hangs,
    is_stale,
    lagging,
    outcome,
    refuse,
    soft_delete,
)
from azureml_sandbox.faults.rule import (
    FAULTS,
    DroppedConnectionError,
    FaultError,
    FaultRule,
    FaultRuleError,
    Subject,
    parse,
)
from azureml_sandbox.faults.switch import add, clear, rules, strike

__all__ = [
    "FAULTS",
    "DroppedConnectionError",
    "FaultError",
    "FaultRuleError",
    "FaultRule",
    "Subject",
    "after_write",
    "add",
    "clear",
    "hangs",
    "is_stale",
    "lagging",
    "outcome",
    "parse",
    "refuse",
    "rules",
    "as_read",
    "as_listed",
    "soft_delete",
    "strike",
]
