"""``azureml-sandbox engine``: Pulumi's own CLI, of the installed SDK's version, into a folder beside the environment.

Pulumi's Automation API downloads and checks it (https://www.pulumi.com/docs/iac/automation-api/): nothing else on the
machine is touched.
"""

import subprocess
import urllib.error
from argparse import ArgumentParser, Namespace

from azureml_sandbox.commands.common import OK, refuse
from azureml_sandbox.pulumi import runner

_OTHERWISE = "`up` runs in-process without one, and https://www.pulumi.com/docs/install has other ways to get one"


def add_arguments(_parser: ArgumentParser, _command: str) -> None:
    """Add nothing: the command has no options."""


def run(_arguments: Namespace) -> int:
    """Install the CLI, unless it is there, and say in one line how that went."""
    from pulumi.automation import PulumiCommand

    try:
        command = PulumiCommand.install(root=str(runner.INSTALLED))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return refuse(f"{_describe(error)}; {_OTHERWISE}")
    print(f"pulumi {command.version} is in {runner.INSTALLED}: `azureml-sandbox up` runs on it from now on")
    return OK


def _describe(error: Exception) -> str:
    """Return why it isn't there."""
    if isinstance(error, urllib.error.URLError):
        return f"the pulumi CLI can't be downloaded ({error.reason})"
    if isinstance(error, subprocess.CalledProcessError):
        output = (error.output or b"").decode(errors="replace").strip().splitlines()
        return f"the pulumi CLI can't be installed ({output[-1] if output else error})"
    return f"the pulumi CLI can't be installed ({error})"
