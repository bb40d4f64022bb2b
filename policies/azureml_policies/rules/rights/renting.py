"""Machines that Azure lets people rent without asking whether they may create compute."""

from __future__ import annotations

from azureml_arm.actions import RENT
from azureml_policies.requests import serverless
from azureml_policies.requests.unknown import UnknownError
from azureml_policies.requests.write import Write
from azureml_policies.run import Run


def rent(run: Run) -> str:
    """Return the action that stands for "may rent machines": the config's, or creating compute."""
    return str(run.config.pack["rent"] or RENT)


def rents(write: Write) -> str | None:
    """Return what a write rents beside the computes that are there, in words; what can't be known yet counts as
    renting.

    So whoever may rent machines isn't stopped by a value that only the update will know.
    """
    try:
        return serverless.rents(write)
    except UnknownError as error:
        return f"{error}, so it may ask for serverless compute"
