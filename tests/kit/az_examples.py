"""What azure-ai-ml makes of each file of Azure/azureml-examples, beside what we make of it: examples.csv.

`BODIES=write .venv-clients/bin/python -m pytest tests/sandbox/clients/test_mlclient_examples.py` writes it; the test
there holds what azure-ai-ml makes, `tests/infra/description/test_azureml_examples.py` what we make.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

from azureml_arm.tables import read_table
from azureml_infra.description.load import load_file
from azureml_infra.entities.kinds import UnknownKindError
from azureml_infra.yaml.problems import DescriptionError
from kit.az_bodies import CORPUS

RECORDED = CORPUS / "examples.csv"
VALID, GIVEN = "valid", "valid with what the command line gives"
LEFT_TO_THE_COMMAND_LINE = ('"endpoint_name" is missing', '"model" is missing in a model batch')
REASONS = {
    "written in clear": "a credential is written in clear",
    "in braces": "a template that isn't filled in",
    '"{{': "a template that isn't filled in",
    "<": "a placeholder isn't filled in",
    "is a mapping; expected text": "a template that isn't filled in",
    "is not an ARM id": "a placeholder isn't filled in",
    "not a GUID": "a placeholder isn't filled in",
    "doesn't exist": "it names a file that isn't in the examples",
    '"path" is missing in "component"': "its component has the words of another year",
    '"command" is missing in "component"': "its component has the words of another year",
}
"""What a message says -> why a file is refused; the first that fits counts."""

_ID = "/subscriptions/00000000-1111-2222-3333-444444444444/resourceGroups/rg/providers/Microsoft."
_OWN_IDENTITY = f"identity: {{user_assigned_identities: [{_ID}ManagedIdentity/userAssignedIdentities/id]}}"
_GUID = "00000000-1111-2222-3333-444444444444"
_PRINCIPAL = f"credentials: {{tenant_id: {_GUID}, client_id: {_GUID}, client_secret: '${{{{secrets.LAKE}}}}'}}"
_KEY, _SAS = "credentials: {account_key: '${{secrets.KEY}}'}", "credentials: {sas_token: '${{secrets.SAS}}'}"
_PAT, _PASSWORD = "credentials: {pat: '${{secrets.PAT}}'}", "password: '${{secrets.PASSWORD}}'"
_INFERENCE = "cli/endpoints/online/managed/inference-schema/deployment-{}.yml"
ITEMS: Mapping[str, str] = {
    **{_INFERENCE.format(name): "endpoint_name: my-uai-endpoint" for name in ("numpy", "pandas", "standard")},
    "cli/endpoints/online/managed/managed-identities/1-uai-create-endpoint.yml": _OWN_IDENTITY,
    "cli/jobs/pipelines-with-components/nyc_taxi_data_regression/env_train.yml": "version: 1",
    "cli/resources/compute/cluster-user-identity.yml": _OWN_IDENTITY,
    "cli/resources/datastore/adls-gen1.yml": _PRINCIPAL,
    "cli/resources/datastore/adls-gen2.yml": _PRINCIPAL,
    "cli/resources/compute/cluster-ssh-password.yml": f"ssh_settings: {{admin_{_PASSWORD}}}",
    "cli/resources/compute/vm-attach.yml": f"resource_id: {_ID}Compute/virtualMachines/vm, "
    f"ssh_settings: {{admin_username: azureuser, admin_{_PASSWORD}}}",
    "cli/resources/connections/git-pat.yml": _PAT,
    "cli/resources/connections/git-user-passwd.yml": f"credentials: {{{_PASSWORD}}}",
    "cli/resources/connections/python-feed-pat.yml": _PAT,
    "cli/resources/datastore/blob-protocol.yml": _KEY,
    "cli/resources/datastore/blob-sas.yml": _SAS,
    "cli/resources/datastore/blob.yml": _KEY,
    "cli/resources/datastore/file-sas.yml": _SAS,
    "cli/resources/datastore/file.yml": _KEY,
}
"""Files that are refused alone -> what an item of platform.yml says beside their `path`, with which they are valid."""


@dataclass(frozen=True)
class Example:
    """A file: its kind, what azure-ai-ml makes of it (`made`, `loads`, or why not), what we do, and whether alike."""

    file: str
    kind: str
    az: str
    ours: str
    bodies: str = ""
    """``equal``, or how many differences there are; nothing where one side has no body."""


@cache
def examples() -> tuple[Example, ...]:
    """Return what is recorded."""
    return tuple(Example(**line) for line in read_table(RECORDED))


def write(found: Iterable[Example]) -> None:
    """Write it anew."""
    with RECORDED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Example)])
        writer.writerows(sorted(astuple(one) for one in found))


def outcome(path: Path) -> str:
    """Return what we make of a file: `VALID`, `GIVEN`, or why it is refused."""
    try:
        load_file(path)
    except UnknownKindError:
        return "of no kind"
    except DescriptionError as error:
        left = [one for one in error.problems if not one.what.startswith(LEFT_TO_THE_COMMAND_LINE)]
        text = "\n".join(problem.what for problem in left)
        return next((why for words, why in REASONS.items() if words in text), text or GIVEN)
    return VALID
