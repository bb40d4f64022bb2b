"""The environment that leads a command, and whatever it starts, to the sandbox."""

import os
from pathlib import Path

import azureml_arm
from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.transport import elsewhere_unset, signed_in

_OURS = dict.fromkeys((str(Path(__file__).parents[2]), str(Path(azureml_arm.__file__).parents[1])))
"""Where the packages are that the processes of dynamic resources and of packs import."""
_ON_PATH = Path(__file__).with_name("path")


def leading_here(azure: Azure, database: Path) -> dict[str, str]:
    """Return this process's environment, with the cloud in a file as its Azure; nothing in it leads to the real one."""
    python = [str(_ON_PATH), *_OURS, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **elsewhere_unset(),
        **signed_in(azure),
        "PYTHONPATH": os.pathsep.join(python),
        "SANDBOX_STATE": str(database.resolve()),
    }
