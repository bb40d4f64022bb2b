"""The process in which Pulumi runs dynamic resources: its Azure is the sandbox's."""

import atexit
from contextlib import ExitStack
from pathlib import Path

from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from azureml_sandbox.pulumi.transport import intercept


def answer(path: str) -> None:
    """Lead azure-core's clients in this process to the cloud in a file, which other processes may use as well."""
    until_the_end = ExitStack()
    atexit.register(until_the_end.close)
    try:
        until_the_end.enter_context(intercept(Azure(SqliteStore(Path(path)))))
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "azure":
            raise
        # An environment without azure-core has no client that could go anywhere.
