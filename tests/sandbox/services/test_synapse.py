"""Synapse as azure-cli has it recorded (src/azure-cli/azure/cli/command_modules/synapse/tests/latest/recordings)."""

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.azure import Azure
from kit.arm_requests import read, send

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
SYNAPSE = f"{GROUP}/providers/Microsoft.Synapse/workspaces/clitest000003"
NAMES = "clitest000003/rule000002"
RULE = f"{SYNAPSE}/firewallRules/rule000002"


def test_a_workspace_in_a_managed_network_is_as_recorded() -> None:
    """test_managed_virtual_network_workspace.yaml, its first exchange; `fixed` is what no name of a recording is in."""
    azure = Azure()
    azure.put(GROUP, {"location": "eastus"})
    lake = {"accountUrl": "https://adlsgen2000002.dfs.core.windows.net", "filesystem": "testfilesystem"}
    asked = {
        "defaultDataLakeStorage": lake,
        "sqlAdministratorLoginPassword": "Pswd1000004",
        "sqlAdministratorLogin": "cliuser1",
        "managedVirtualNetwork": "default",
        "managedVirtualNetworkSettings": {"preventDataExfiltration": False},
    }
    body = {"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": asked}
    azure.operations.seconds = 60
    answer = send(azure, "PUT", f"{SYNAPSE}?api-version=2021-06-01", body)
    made = read(answer)
    fixed = {
        "provisioningState": "Provisioning",
        "defaultDataLakeStorage": lake,
        "encryption": {"doubleEncryptionEnabled": False},
        "managedVirtualNetwork": "default",
        "managedVirtualNetworkSettings": {"preventDataExfiltration": False},
        "privateEndpointConnections": [],
        "publicNetworkAccess": "Enabled",
        "trustedServiceBypassEnabled": False,
    }
    own = {
        "connectivityEndpoints",
        "cspWorkspaceAdminProperties",
        "extraProperties",
        "managedResourceGroupName",
        "workspaceUID",
    }
    assert answer.status == 201
    assert {word: value for word, value in made["properties"].items() if word not in own} == fixed
    assert own <= made["properties"].keys()


def test_a_rule_of_the_firewall_is_as_recorded() -> None:
    """test_ip_firewall_rules.yaml."""
    azure = Azure()
    azure.put(GROUP, {"location": "eastus"})
    azure.put(SYNAPSE, {"location": "eastus", "properties": {}})
    given = {"endIpAddress": "255.255.255.255", "startIpAddress": "0.0.0.0"}
    shown = {"id": RULE, "name": "rule000002", "type": "Microsoft.Synapse/workspaces/firewallRules"}
    azure.operations.seconds = 60
    made = send(azure, "PUT", RULE, {"properties": given})
    assert (made.status, read(made)) == (201, {**shown, "properties": {"provisioningState": "Provisioning", **given}})
    assert {"Azure-AsyncOperation", "Location"} <= made.headers.keys()
    now = azure.clock() + 61
    azure.clock, azure.operations.seconds = (lambda: now), 0
    assert read(send(azure, "GET", RULE)) == {**shown, "properties": {"provisioningState": "Succeeded", **given}}
    assert send(azure, "DELETE", RULE).status in (200, 202)
    gone = send(azure, "GET", RULE)
    assert (gone.status, read(gone)["error"]) == (404, {"code": "IpFirewallRuleNotFound", "message": NAMES})
