"""What Azure's documented limits refuse: values, and values that don't go together."""

from typing import Any

import pytest

from azureml_sandbox import Azure
from kit import clouds
from kit.clouds import BODIES, GROUP, REGION, STORAGE, VAULT, WORKSPACE, compute, refused
from kit.rows import each

IDENTITY = {"type": "UserAssigned"}
SUBNET = f"{clouds.PROVIDERS}/Microsoft.Network/virtualNetworks/vnet/subnets/nodes"
CI, CPU = f"{WORKSPACE}/computes/anna-ci", f"{WORKSPACE}/computes/cpu"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/scorer"
SCORER = {"location": REGION, "properties": {"authMode": "Key"}, "identity": {"type": "SystemAssigned"}}
BLUE = f"{ENDPOINT}/deployments/blue"
JOB = f"{WORKSPACE}/jobs/one"
TRAIN = f"{WORKSPACE}/components/train/versions/1"
ROUTE = {"port": 5001, "path": "/score"}
SSH = {"sshSettings": {"sshPublicAccess": "Enabled", "adminPublicKey": "ssh-rsa AAAA"}}
OWNER = {"assignedUser": {"objectId": "0a6c51c1-0000-4000-8000-00000000da7a", "tenantId": "t"}}
STOP = {"action": "Stop", "triggerType": "Cron", "cron": {"expression": "0 18 * * *"}}


def machine(kind: str, **settings: Any) -> dict[str, Any]:
    return compute(kind, **{"vmSize": "STANDARD_DS3_V2", **settings})


def key(address: str, vault: str = VAULT) -> dict[str, Any]:
    properties = {"keyVaultArmId": vault, "keyIdentifier": address}
    return clouds.body(WORKSPACE, encryption={"status": "Enabled", "keyVaultProperties": properties})


def steps(**inputs: Any) -> dict[str, Any]:
    step = {"type": "command", "componentId": TRAIN, "inputs": inputs}
    return {"properties": {"jobType": "Pipeline", "jobs": {"train": step}}}


@pytest.fixture
def azure() -> Azure:
    made = clouds.workspace(Azure())
    rule = {"inputs": {"data": {"type": "uri_folder"}, "rate": {"type": "number", "default": "1.0"}}}
    made.put(f"{WORKSPACE}/models/plain/versions/1", {"properties": {"modelType": "custom_model", "modelUri": "a"}})
    made.put(f"{WORKSPACE}/models/flow/versions/1", {"properties": {"modelType": "mlflow_model", "modelUri": "a"}})
    made.put(f"{WORKSPACE}/environments/image/versions/1", {"properties": {"image": "a/b"}})
    routes = {f"{one}Route": ROUTE for one in ("liveness", "readiness", "scoring")}
    made.put(f"{WORKSPACE}/environments/serves/versions/1", {"properties": {"image": "a/b", "inferenceConfig": routes}})
    made.put(TRAIN, {"properties": {"componentSpec": {"name": "train", "type": "command", **rule}}})
    made.put(ENDPOINT, SCORER)
    return made


def deployment(**properties: Any) -> dict[str, Any]:
    more = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2", **properties}
    return {"location": REGION, "sku": {"name": "Default", "capacity": 1}, "properties": more}


def of(model: str, environment: str = "", script: str = "") -> dict[str, Any]:
    given: dict[str, Any] = {"model": f"{WORKSPACE}/models/{model}/versions/1"}
    given |= {"environmentId": f"{WORKSPACE}/environments/{environment}/versions/1"} if environment else {}
    return deployment(**given, **({"codeConfiguration": {"scoringScript": script}} if script else {}))


@each(
    ("target", "body", "code", "message"),
    [
        (STORAGE, {**BODIES[STORAGE], "tags": {"n" * 129: "x"}}, "InvalidTagName", "'128' characters"),
        (f"{ENDPOINT}-2", {**SCORER, "tags": {"a/b": "x"}}, "InvalidTagNameCharacters", "'a/b'"),
        (CPU, {**machine("AmlCompute"), "tags": {"Team": "a", "team": "b"}}, "InvalidTags", "letter case"),
        (f"{GROUP}-2", {"location": "westeurop"}, "LocationNotAvailableForResourceGroup", "'westeurop'"),
        (CPU, {**machine("AmlCompute"), "identity": IDENTITY}, "MissingIdentityIds", "'UserAssigned' identity type"),
        (
            CPU,
            {**machine("AmlCompute"), "identity": {"type": "SystemAssigned,UserAssigned"}},
            "BadRequest",
            "not both",
        ),
        (CPU, machine("AmlCompute", enableNodePublicIp=False), "BadRequest", "needs a subnet or"),
        (
            CPU,
            machine("AmlCompute", scaleSettings={"maxNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "2m"}),
            "InvalidRequestContent",
            "a duration in ISO 8601",
        ),
        (CI, machine("ComputeInstance", enableNodePublicIp=False), "BadRequest", "needs a subnet or"),
        (CI, machine("ComputeInstance", idleTimeBeforeShutdown="30m"), "InvalidRequestContent", "ISO 8601"),
        (
            CI,
            machine("ComputeInstance", **SSH, personalComputeInstanceSettings=OWNER),
            "UserError",
            "Setting SSH key at creation time is not allowed",
        ),
        (CI, machine("ComputeInstance", schedules={"computeStartStop": [STOP] * 5}), "BadRequest", "at most 4"),
        (f"{WORKSPACE}/computes/ab-", machine("ComputeInstance"), "InvalidResourceName", "after the last dash"),
        (f"{CI}-1", machine("ComputeInstance"), "InvalidResourceName", "after the last dash"),
        (BLUE, of("plain"), "BadArgument", "'Environment Id'"),
        (BLUE, of("plain", "image"), "BadArgument", "'Code Configuration'"),
        (BLUE, of("flow", script="score.py"), "BadArgument", "'Environment Id'"),
        (
            BLUE,
            deployment(requestSettings={"requestTimeout": "90000"}),
            "InvalidRequestContent",
            "requestSettings.requestTimeout",
        ),
        (JOB, {"properties": {"jobType": "Pipeline", "tags": {"n" * 101: "x"}}}, "UserError", "Tag key too large"),
        (JOB, steps(), "UserError", "'data' is not provided"),
        (JOB, steps(data={}, dat={}), "UserError", "no input 'dat'"),
    ],
)
def test_what_is_refused(azure: Azure, target: str, body: dict[str, Any], code: str, message: str) -> None:
    with refused(code, 400, says=message):
        azure.put(target, body)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (BLUE, of("plain", "image", "score.py")),
        (BLUE, of("plain", "serves")),
        (BLUE, of("flow")),
        (f"{CPU}-1", machine("AmlCompute")),
        (CI, machine("ComputeInstance", personalComputeInstanceSettings=OWNER)),
        (CI, machine("ComputeInstance", schedules={"computeStartStop": [STOP] * 4}, idleTimeBeforeShutdown="PT15M")),
        (JOB, steps(data={"job_input_type": "uri_folder"})),
    ],
)
def test_what_is_taken(azure: Azure, target: str, body: dict[str, Any]) -> None:
    assert azure.put(target, body)["id"] == target


def test_nodes_without_addresses_are_in_a_network() -> None:
    azure = clouds.foundation(Azure())
    azure.put(WORKSPACE, clouds.body(WORKSPACE, managedNetwork={"isolationMode": "AllowInternetOutbound"}))
    azure.put(CPU, machine("AmlCompute", enableNodePublicIp=False))
    network = {"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}, "location": REGION}
    azure.put(SUBNET.rpartition("/subnets/")[0], network)
    azure.put(SUBNET, {"properties": {"addressPrefix": "10.0.0.0/24"}})
    with refused("BadRequest", 400, says="the workspace has a managed network"):
        azure.put(f"{CPU}-2", machine("AmlCompute", subnet={"id": SUBNET}))


@pytest.mark.parametrize(
    ("address", "protected", "message"),
    [
        ("https://kv-acme.vault.azure.net/keys/k/1", False, "purge protection"),
        ("https://kv-other.vault.azure.net/keys/k/1", True, 'the vault "kv-other"'),
        ("https://kv-acme.vault.azure.net/keys/k", True, "not the address of a key with its version"),
    ],
)
def test_a_key_of_ones_own_is_the_vaults_and_cant_be_lost(address: str, protected: bool, message: str) -> None:
    azure = clouds.foundation(Azure())
    azure.put(VAULT, clouds.body(VAULT, **({"enablePurgeProtection": True} if protected else {})))
    with refused("ValidationError", 400, says=message):
        azure.put(WORKSPACE, key(address))


def test_a_key_of_a_protected_vault_is_taken() -> None:
    azure = clouds.foundation(Azure())
    azure.put(VAULT, clouds.body(VAULT, enablePurgeProtection=True))
    made = azure.put(WORKSPACE, key("https://kv-acme.vault.azure.net/keys/k/1"))
    assert made["properties"]["encryption"]["status"] == "Enabled"
    with refused("ValidationError", 400):
        azure.put(f"{WORKSPACE}-2", key("https://kv-acme.vault.azure.net/keys/k/1", "kv-acme"))


@pytest.mark.parametrize(
    ("name", "destination", "code"),
    [
        ("packages", "https://packages.example.org/simple", "BadRequest"),
        ("packages", "pypi.org:443", "BadRequest"),
        ("a b c", "pypi.org", "InvalidResourceName"),
    ],
)
def test_rules_of_a_managed_network(name: str, destination: str, code: str) -> None:
    azure = clouds.foundation(Azure())
    rule = {"type": "FQDN", "destination": destination, "category": "UserDefined"}
    network = {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": {name: rule}}
    with refused(code, 400):
        azure.put(WORKSPACE, clouds.body(WORKSPACE, managedNetwork=network))
