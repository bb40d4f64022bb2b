"""The workspace and its registry: az ml's YAML in, ARM's request body out."""

import re

import pytest

from azureml_infra.entities.workspace import RegistryMode, WorkspaceArgs
from kit.entity_bodies import CORPUS, GROUP, IDENTITY, SUBNET, load, refusals, request_body

STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/acme"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-acme"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/cracme"


def test_defaults_are_secure() -> None:
    assert request_body(WorkspaceArgs(), "") == {
        "kind": "Default",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "systemDatastoresAuthMode": "Identity",
            "publicNetworkAccess": "Enabled",
            "hbiWorkspace": False,
        },
    }
    assert WorkspaceArgs().protect


def test_identity_in_az_mls_shape() -> None:
    text = f"""
    identity:
      type: user_assigned
      user_assigned_identities:
        {IDENTITY}:
          principal_id: 11111111-2222-3333-4444-555555555555
    primary_user_assigned_identity: {IDENTITY}
    """
    args = load(WorkspaceArgs, text)
    made = request_body(args, "")
    assert made["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    assert args.user_identity is not None
    assert args.user_identity.principal == "11111111-2222-3333-4444-555555555555"


def test_both_kinds_of_identity() -> None:
    text = f"{{identity: {{type: 'SystemAssigned, UserAssigned', user_assigned_identities: [{IDENTITY}]}}}}"
    args = load(WorkspaceArgs, text)
    assert request_body(args, "")["identity"]["type"] == "SystemAssigned,UserAssigned"
    assert args.user_identity is None


@pytest.mark.parametrize(
    ("word", "arm"),
    [
        ("accesskey", "AccessKey"),
        ("AccessKey", "AccessKey"),
        ("identity", "Identity"),
        ("userdelegationsas", "UserDelegationSAS"),
    ],
)
def test_auth_modes(word: str, arm: str) -> None:
    args = load(WorkspaceArgs, f"{{system_datastores_auth_mode: {word}}}")
    assert request_body(args, "")["properties"]["systemDatastoresAuthMode"] == arm


def test_network_and_key() -> None:
    args = load(
        WorkspaceArgs,
        f"""
        public_network_access: Disabled
        image_build_compute: cpu
        serverless_compute: {{custom_subnet: {SUBNET}, no_public_ip: true}}
        customer_managed_key: {{key_vault: {VAULT}, key_uri: "https://kv-acme.vault.azure.net/keys/k/1"}}
        managed_network:
          isolation_mode: allow_only_approved_outbound
          firewall_sku: basic
          outbound_rules:
            - {{name: conda, type: fqdn, destination: "*.anaconda.org"}}
            - name: factory
              type: service_tag
              destination: {{service_tag: DataFactory, protocol: TCP, port_ranges: "443"}}
            - name: lake
              type: private_endpoint
              destination: {{service_resource_id: {STORAGE}, subresource_target: blob, spark_enabled: true}}
        """,
    )
    made = request_body(args, "")["properties"]
    assert made["publicNetworkAccess"] == "Disabled"
    assert made["encryption"]["keyVaultProperties"]["keyVaultArmId"] == VAULT
    assert made["serverlessComputeSettings"]["serverlessComputeNoPublicIP"] is True
    network = made["managedNetwork"]
    assert network["isolationMode"] == "AllowOnlyApprovedOutbound"
    assert network["outboundRules"]["conda"] == {
        "type": "FQDN",
        "category": "UserDefined",
        "destination": "*.anaconda.org",
    }
    assert network["outboundRules"]["lake"]["destination"]["sparkEnabled"] is True


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            f"{{storage_account: {VAULT}}}",
            "storage_account",
            "is the id of something else, a Microsoft.KeyVault/vaults",
        ),
        ("{key_vault: kv-acme}", "key_vault", "is not an ARM id"),
        ("{name: ab}", "name", "is not a valid name"),
        ("{name: mlw-a, replace: mlw-b}", "", '"mlw-b" is another workspace'),
        ("{allow_roleassignment_on_rg: false}", "allow_roleassignment_on_rg", "GA API doesn't have it"),
        ("{serverless_compute: {no_public_ip: true}}", "serverless_compute.no_public_ip", "need a network"),
        ("{managed_network: {isolation_mode: open}}", "managed_network.isolation_mode", "Input should be"),
    ],
)
def test_bad_workspaces(text: str, where: str, what: str) -> None:
    [(at, said, _)] = refusals(WorkspaceArgs, text)
    assert (at, what in said) == (where, True)


def test_registry_modes() -> None:
    assert RegistryMode().mode == "lazy"
    assert load(RegistryMode, "{mode: managed, name: cracme, sku: premium}").sku == "Premium"
    assert load(RegistryMode, f"{{mode: existing, id: {REGISTRY}}}").id == REGISTRY


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{mode: existing}", "given by its id"),
        (f"{{mode: lazy, id: {REGISTRY}}}", "id has no meaning with mode: lazy"),
        (f"{{mode: existing, id: {REGISTRY}, sku: Basic}}", "sku has no meaning with mode: existing"),
        ("{name: cr-acme}", "is not a valid name"),
    ],
)
def test_bad_registry_modes(text: str, what: str) -> None:
    [(_, said, _)] = refusals(RegistryMode, text)
    assert what in said


def _corpus_files() -> list[str]:
    return sorted(path.name for path in (CORPUS / "workspace").glob("*.yml"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files isn't at hand")
@pytest.mark.parametrize("name", _corpus_files())
def test_real_workspaces(name: str) -> None:
    text = re.sub("<[A-Z_]+>", "filled-in", (CORPUS / "workspace" / name).read_text(encoding="utf-8"))
    made = request_body(load(WorkspaceArgs, text), "")
    assert made["properties"]["systemDatastoresAuthMode"] == "Identity"
