"""Azure on this machine: one model of its resource manager, and entrances for Pulumi programs.

The names below are loaded when they are used, so that the model alone can be imported without Pulumi.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml_sandbox.azure import Azure
    from azureml_sandbox.model.errors import ArmError
    from azureml_sandbox.pulumi.engine.errors import EngineError, StepError
    from azureml_sandbox.pulumi.engine.judge import Violation
    from azureml_sandbox.pulumi.engine.operations import Diagnostic, Op, Operation
    from azureml_sandbox.pulumi.engine.result import Result
    from azureml_sandbox.pulumi.engine.state import State
    from azureml_sandbox.pulumi.mocking import MockedAzure, mock_azure
    from azureml_sandbox.pulumi.packs.model import Pack
    from azureml_sandbox.pulumi.stack import RunFailedError, Sandbox

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
    "ArmError": "azureml_sandbox.model.errors",
    "Azure": "azureml_sandbox.azure",
    "Diagnostic": "azureml_sandbox.pulumi.engine.operations",
    "EngineError": "azureml_sandbox.pulumi.engine.errors",
    "MockedAzure": "azureml_sandbox.pulumi.mocking",
    "Op": "azureml_sandbox.pulumi.engine.operations",
    "Operation": "azureml_sandbox.pulumi.engine.operations",
    "Pack": "azureml_sandbox.pulumi.packs.model",
    "Result": "azureml_sandbox.pulumi.engine.result",
    "RunFailedError": "azureml_sandbox.pulumi.stack",
    "Sandbox": "azureml_sandbox.pulumi.stack",
    "State": "azureml_sandbox.pulumi.engine.state",
    "StepError": "azureml_sandbox.pulumi.engine.errors",
    "Violation": "azureml_sandbox.pulumi.engine.judge",
    "mock_azure": "azureml_sandbox.pulumi.mocking",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'azureml_sandbox' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
