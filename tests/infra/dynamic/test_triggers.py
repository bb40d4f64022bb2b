"""A trigger is started again and again while Event Grid still makes what it waits for, and not for any other reason."""

from typing import Any

import pytest

from azureml_infra.dynamic import patience
from azureml_infra.dynamic.clients import AzureRefusedError
from azureml_infra.dynamic.triggers import TriggerProvider
from kit.platforms import SUBSCRIPTION

TRIGGER = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataFactory/factories/adf/triggers/arrivals"
)


class Arm:
    """Azure Resource Manager, which refuses some starts first."""

    def __init__(self, *refusals: str) -> None:
        self.refusals = list(refusals)
        self.posted: list[str] = []

    def get(self, _id: str, _version: str) -> dict[str, Any]:
        return {"properties": {"runtimeState": "Stopped"}}

    def post(self, action: str, _version: str) -> None:
        self.posted.append(action)
        if self.refusals:
            raise AzureRefusedError(self.refusals.pop(0))


def start(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(TriggerProvider, "arm", lambda _self: arm)
    TriggerProvider().create({"trigger_id": TRIGGER, "state": "Started", "content": ""})


def test_a_start_during_provisioning_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    arm = Arm("The event trigger can't start during provisioning of its subscription.")
    start(arm, monkeypatch)
    assert arm.posted == [f"{TRIGGER}/start"] * 2


def test_any_other_refusal_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arm = Arm("AuthorizationFailed")
    with pytest.raises(AzureRefusedError, match="AuthorizationFailed"):
        start(arm, monkeypatch)
    assert len(arm.posted) == 1
