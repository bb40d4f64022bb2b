"""Start where you are: what another stack made is exported, adopted without a change, and then changed by a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from azureml_infra.__main__ import main
from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.made_elsewhere import MAKERS, adopt_and_give_back, changes_in_azure, program
from kit.platforms import ML, SUBSCRIPTION, changes, stack
from kit.scenarios import Scenario

GIVEN = "LAKE_APP_CLIENT_SECRET LAKE_CERTIFICATE_CERTIFICATE "
GIVEN += "LANDING_KEY_ACCOUNT_KEY LANDING_SAS_SAS_TOKEN SCANS_ACCOUNT_KEY"
SECRETS = dict.fromkeys(GIVEN.split(), "c2VjcmV0")


@pytest.mark.parametrize("name", ["quickstart", "datastores", "batch"])
def test_what_is_exported_is_adopted_without_a_change(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = Scenario(name)
    scenario.up()
    (workspace,) = scenario.azure.resources(ML)
    with intercept(scenario.azure):
        assert main(["export", "--workspace", workspace["id"], "--into", str(tmp_path)]) == 0, capsys.readouterr()
    own = stack(secrets=SECRETS, azure=scenario.azure)
    assert changes_in_azure(own.preview(program(tmp_path, adopt=True))) == {}
    assert changes_in_azure(own.up(program(tmp_path, adopt=True))) == {}
    assert changes(own.up(program(tmp_path, adopt=True))) == []
    if name == "quickstart":
        bigger = program(tmp_path, adopt=True, computes={"aml-cluster": {"max_instances": 9}})
        assert changes_in_azure(own.up(bigger)) == {"aml-cluster": ["properties.properties.scaleSettings.maxNodeCount"]}


def test_what_is_exported_is_used_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = Scenario("datastores")
    scenario.up()
    (workspace,) = scenario.azure.resources(ML)
    with intercept(scenario.azure):
        assert main(["export", "--workspace", workspace["id"], "--into", str(tmp_path)]) == 0, capsys.readouterr()
    text = (tmp_path / "platform.yml").read_text("utf-8")
    head, _, rest = text.partition("workspace:\n")
    _, _, sections = rest.partition("\ndatastores:")
    used = f"{head}workspace: {{name: {workspace['name']}, existing: true}}\ndatastores:{sections}"
    (tmp_path / "platform.yml").write_text(used, "utf-8")
    own = stack(secrets=SECRETS, azure=scenario.azure)
    assert changes_in_azure(own.up(program(tmp_path, adopt=True))) == {}
    own.destroy()
    assert scenario.azure.get(workspace["id"])["properties"] == workspace["properties"]


GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-bicep"
TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.Storage/storageAccounts",
            "apiVersion": "2023-05-01",
            "name": "stbicep0042",
            "location": "westeurope",
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "properties": {"allowBlobPublicAccess": False},
        },
        {
            "type": "Microsoft.KeyVault/vaults",
            "apiVersion": "2023-07-01",
            "name": "kv-bicep-0042",
            "location": "westeurope",
            "properties": {
                "tenantId": "[subscription().tenantId]",
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
            },
        },
        {
            "type": "Microsoft.Insights/components",
            "apiVersion": "2020-02-02",
            "name": "appi-bicep",
            "location": "westeurope",
            "kind": "web",
            "properties": {"Application_Type": "web"},
        },
        {
            "type": "Microsoft.MachineLearningServices/workspaces",
            "apiVersion": "2024-10-01",
            "name": "mlw-bicep",
            "location": "westeurope",
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "storageAccount": "[resourceId('Microsoft.Storage/storageAccounts', 'stbicep0042')]",
                "keyVault": "[resourceId('Microsoft.KeyVault/vaults', 'kv-bicep-0042')]",
                "applicationInsights": "[resourceId('Microsoft.Insights/components', 'appi-bicep')]",
            },
            "dependsOn": ["stbicep0042", "kv-bicep-0042", "appi-bicep"],
        },
        {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "apiVersion": "2024-10-01",
            "name": "mlw-bicep/cpu",
            "location": "westeurope",
            "properties": {
                "computeType": "AmlCompute",
                "disableLocalAuth": True,
                "properties": {
                    "vmSize": "Standard_DS3_v2",
                    "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4},
                    "remoteLoginPortPublicAccess": "Disabled",
                },
            },
            "dependsOn": ["mlw-bicep"],
        },
    ],
}


def by_a_template(azure: Azure) -> str:
    """Make what a template deployment makes, and return the workspace's id."""
    azure.put(GROUP, {"location": "westeurope"})
    deployment = {"properties": {"mode": "Incremental", "template": TEMPLATE}}
    azure.put(f"{GROUP}/providers/Microsoft.Resources/deployments/platform", deployment)
    return f"{GROUP}/providers/{ML}/mlw-bicep"


OWN = pytest.mark.any_body("the template of azure-ai-ml isn't typed")


@pytest.mark.parametrize("client", ["azapi", "template", pytest.param("azure-ai-ml", marks=OWN)])
def test_what_another_client_made_is_adopted_changed_and_given_back(client: str, tmp_path: Path) -> None:
    azure = stack().azure
    adopt_and_give_back(azure, {**MAKERS, "template": by_a_template}[client](azure), tmp_path)
