"""What is asked of Azure while a program runs."""

import asyncio
import gc
import weakref
from typing import Any, NoReturn

import pulumi
import pytest

from azureml_infra import Workspace
from azureml_infra.components import live
from azureml_infra.components.live import Presence
from azureml_sandbox import mock_azure
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.pulumi.engine import invokes
from kit.platforms import stack


def test_nothing_of_a_run_stays_when_it_is_over() -> None:
    """The questions of a run refer to its event loop; a table of them by loop once kept every run of a process."""
    with mock_azure():
        Workspace("research", location="westeurope")
        loop = weakref.ref(asyncio.get_event_loop())
    gc.collect()
    assert loop() is None


REFUSAL = (
    "The client 'dana' with object id '1' does not have authorization to perform action "
    "'Microsoft.KeyVault/vaults/read' over scope '/subscriptions/1' or the scope is invalid. "
    "If access was recently granted, please refresh your credentials."
)


def test_who_may_not_read_is_not_taken_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure ends an AuthorizationFailed by a word about credentials."""

    def refuse(*_: object) -> NoReturn:
        raise ArmError(403, "AuthorizationFailed", REFUSAL)

    monkeypatch.setattr(invokes, "_answer", refuse)
    wanted = {"resourceGroupName": "rg", "vaultName": "kv"}
    found: list[object] = []

    def program() -> None:
        found.append(live.lookup("keyvault:getVault", wanted))
        asked: Any = live.presence("keyvault:getVault", wanted)
        pulumi.Output.from_input(asked).apply(found.append)

    said = [one.message for one in stack().up(program).diagnostics]
    assert found == [None, Presence.FORBIDDEN]
    assert said == ["getVault was skipped: whoever runs this may not read it"]
