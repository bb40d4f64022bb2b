"""Azure on this machine: one model of its resource manager, and doors for Pulumi programs.

The names below are loaded when they are used, so that the model alone can be imported without Pulumi.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.azure import Azure
    from sandbox.engine.errors import EngineError, StepError
    from sandbox.engine.operations import Diagnostic, Op, Operation
    from sandbox.engine.state import State
    from sandbox.errors import ArmError
    from sandbox.mocking import MockedAzure, mock_azure
    from sandbox.packs.model import Pack, Violation
    from sandbox.stack import Result, RunFailedError, Sandbox

__all__ = [
    "ArmError",
    "Azure",
    "Diagnostic",
    "EngineError",
    "MockedAzure",
    "Op",
    "Operation",
    "Pack",
    "Result",
    "RunFailedError",
    "Sandbox",
    "State",
    "StepError",
    "Violation",
    "mock_azure",
]

_HOMES = {
    "ArmError": "sandbox.errors",
    "Azure": "sandbox.azure",
    "Diagnostic": "sandbox.engine.operations",
    "EngineError": "sandbox.engine.errors",
    "MockedAzure": "sandbox.mocking",
    "Op": "sandbox.engine.operations",
    "Operation": "sandbox.engine.operations",
    "Pack": "sandbox.packs.model",
    "Result": "sandbox.stack",
    "RunFailedError": "sandbox.stack",
    "Sandbox": "sandbox.stack",
    "State": "sandbox.engine.state",
    "StepError": "sandbox.engine.errors",
    "Violation": "sandbox.packs.model",
    "mock_azure": "sandbox.mocking",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
