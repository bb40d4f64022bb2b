"""Types that only the policies know, read from `types.csv` beside it, a table as that of `azureml_arm.types`.

`azureml_arm.types` has what the project itself makes and the sandbox models. These are the other ways to machines, and
the types that run what isn't seen. A test holds them against the installed SDK.
"""

from pathlib import Path

from azureml_arm.actions import BEARING
from azureml_arm.catalogue import read_types
from azureml_arm.types import TYPES

EXTRA = read_types(
    Path(__file__).with_name("types.csv"),
    renamed={
        f"machinelearningservices:{name}": {f"{name[0].lower()}{name[1:]}Properties": "properties"}
        for name in ("InferencePool", "InferenceEndpoint", "InferenceGroup")
    },
)

_TYPES = {entry.type for entry in BEARING} | {entry.type for entry in (*EXTRA, *TYPES)}
_NAMES = {name.lower(): name for name in _TYPES}


def canonical(type_name: str) -> str:
    """Return an ARM type in the letter case of the tables, whatever case it is written in."""
    return _NAMES.get(type_name.lower(), type_name)


def is_in_tables(type_name: str) -> bool:
    """Return whether an ARM type is one of those that are described in full, in any letter case."""
    return type_name.lower() in _NAMES


OPAQUE_TYPES = {
    "microsoft.resources/deploymentscripts": "a deployment script",
    "microsoft.blueprint/blueprintassignments": "a blueprint's assignment, which deploys its templates",
    "microsoft.solutions/applications": "a managed application, which deploys its publisher's template",
    "microsoft.devtestlab/labs/users/environments": "a lab's environment, which deploys a template",
    "microsoft.automation/automationaccounts/runbooks": "an Automation runbook, which runs a script",
    "microsoft.automation/automationaccounts/jobschedules": "a schedule of an Automation runbook, which runs a script",
    "microsoft.automation/automationaccounts/jobs": "a job of an Automation runbook, which runs a script",
    "microsoft.compute/virtualmachines/runcommands": "a command that a machine runs",
    "microsoft.compute/virtualmachinescalesets/virtualmachines/runcommands": "a command that a machine runs",
    "microsoft.policyinsights/remediations": "a policy's remediation, which deploys the policy's template",
}
"""Types whose purpose is to run scripts or templates that the planned resource doesn't show."""
