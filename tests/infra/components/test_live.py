"""What is asked of Azure while a program runs."""

from __future__ import annotations

import asyncio
import gc
import weakref

from azureml_infra import Workspace
from azureml_sandbox import mock_azure


def test_nothing_of_a_run_stays_when_it_is_over() -> None:
    """The questions of a run refer to its event loop; a table of them by loop once kept every run of a process."""
    with mock_azure():
        Workspace("research", location="westeurope")
        loop = weakref.ref(asyncio.get_event_loop())
    gc.collect()
    assert loop() is None
