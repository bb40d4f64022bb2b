"""Letter case, and addresses in short: how Azure ML takes them in recordings, in short requests of our own.

Each test names where it was seen; the recordings themselves aren't in the repository.
"""

from typing import Any

import pytest

from azureml_sandbox.azure import Azure
from azureml_sandbox.http import Response
from azureml_sandbox.model.bodies import dig, plant
from kit.arm_requests import read
from kit.clouds import WORKSPACE
from kit.ml_requests import CLUSTER, NONE, TRACKED, ask, properties_of


@pytest.mark.parametrize(
    ("path", "body", "member", "spellings"),
    [
        ("onlineEndpoints/ep-one", {}, "authMode", ("aadToken", "AADToken")),
        ("batchEndpoints/ep-one", {}, "authMode", ("AADTOKEN", "AADToken")),
        ("environments/e/versions/1", {"image": "image"}, "osType", ("linux", "Linux")),
        ("computes/cpu-one", {"computeType": "AmlCompute"}, "properties.vmPriority", ("lowpriority", "LowPriority")),
    ],
)
def test_enumerations_are_taken_in_any_case(
    azure: Azure, path: str, body: dict[str, Any], member: str, spellings: tuple[str, str]
) -> None:
    """azure-sdk-for-python, batch endpoints, 2023-10: sent `aadToken`, came back `AADToken`."""
    azure.operations.seconds = None

    def put(value: str) -> Response:
        properties = {**body, **({"properties": dict(CLUSTER)} if "." in member else {})}
        plant(properties, member, value)
        around = {**TRACKED, "properties": properties}
        return ask(azure, "PUT", path, around)

    sent, written = spellings
    assert dig(properties_of(put(sent)), member) == written
    assert put(written).status < 300
    assert put("bogus").status == 400


def test_an_address_is_the_same_in_short_and_in_full(azure: Azure) -> None:
    """azure-sdk-assets, data and model, 2026-03: what was made with the short one is taken with the long one."""
    short = "azureml://datastores/d/paths/Folder"
    long = f"azureml:/{WORKSPACE.partition('/providers')[0]}/workspaces/mlw-acme/datastores/d/paths/Folder"
    for kind, name in (("data", "dataUri"), ("models", "modelUri")):
        more = {"dataType": "uri_folder"} if kind == "data" else {}
        statuses = [
            ask(azure, "PUT", f"{kind}/a/versions/1", {"properties": {name: address, **more}}).status
            for address in (
                short,
                long,
                long.upper().replace("AZUREML", "azureml").replace("/PATHS/FOLDER", "/paths/other"),
            )
        ]
        assert (statuses[:2], statuses[2] >= 400) == ([201, 200], True)


def test_a_schedule_is_its_properties(azure: Azure) -> None:
    """azure-sdk-assets, schedule/e2etests, 2023-10 and 2024-02."""
    trigger = {"triggerType": "Cron", "expression": "0 0 * * *"}
    action = {"actionType": "CreateJob", "jobDefinition": {"jobType": "Command", "command": "a"}}
    answer = ask(azure, "PUT", "schedules/s", {"properties": {"trigger": trigger, "action": action}})
    assert (answer.status, set(read(answer))) == (201, {"properties"})
    assert properties_of(answer)["displayName"] is None
    assert properties_of(answer)["action"]["jobDefinition"]["status"] == "NotStarted"
    assert set(read(ask(azure, "GET", "schedules/s"))) == {"name", "properties", "systemData"}


@pytest.mark.parametrize(
    ("path", "body", "member", "spellings"),
    [
        ("computes/cpu-two", {"properties": CLUSTER}, "properties.computeType", ("amlcompute", "AmlCompute")),
        ("jobs/j", {"jobs": {"a": {"type": "command"}}}, "properties.jobType", ("PIPELINE", "Pipeline")),
        ("data/d/versions/1", {"dataUri": "https://a/b"}, "properties.dataType", ("URI_FILE", "uri_file")),
        (
            "datastores/d",
            {"accountName": "a", "containerName": "c", **NONE},
            "properties.datastoreType",
            ("azureblob", "AzureBlob"),
        ),
        (
            "datastores/d",
            {"datastoreType": "AzureBlob", "accountName": "a", "containerName": "c"},
            "properties.credentials.credentialsType",
            ("none", "None"),
        ),
        ("connections/con", {"category": "Git", "target": "https://a"}, "properties.authType", ("none", "None")),
        ("onlineEndpoints/ep-id", {"authMode": "Key"}, "identity.type", ("systemassigned", "SystemAssigned")),
    ],
)
def test_discriminators_are_taken_in_any_case(
    azure: Azure, path: str, body: dict[str, Any], member: str, spellings: tuple[str, str]
) -> None:
    """As other enumerations: azure-sdk-for-python, batch endpoints, 2023-10."""
    azure.operations.seconds = None
    for given in spellings:
        around: dict[str, Any] = {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {**body},
        }
        plant(around, member, given)
        answer = ask(azure, "PUT", path, around)
        assert (answer.status < 300, dig(read(answer), member)) == (True, spellings[1])
