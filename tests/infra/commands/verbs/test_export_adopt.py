"""Start where you are: what another stack made is exported, adopted without a change, and then changed by a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from azureml_infra import Platform, load
from azureml_infra.__main__ import main
from azureml_infra.description.overrides import of_setting
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.dynamic.purge import DISPOSABLE_TAG
from azureml_sandbox import Result
from azureml_sandbox.pulumi.transport import intercept
from kit.platforms import ML, SUBSCRIPTION, Program, changes, stack
from kit.scenarios import Scenario

PULUMIS = ("pulumi-python:dynamic", f"{PACKAGE}:", "pulumi:")
QUIET = {"import", "unchanged", "read"}
GIVEN = "LAKE_APP_CLIENT_SECRET LAKE_CERTIFICATE_CERTIFICATE "
GIVEN += "LANDING_KEY_ACCOUNT_KEY LANDING_SAS_SAS_TOKEN SCANS_ACCOUNT_KEY"
SECRETS = dict.fromkeys(GIVEN.split(), "c2VjcmV0")
HIDDEN = {"properties.credentials.secrets", f"tags.{DISPOSABLE_TAG}"}
"""What Azure never shows, and the mark of the stack that made it."""


def program(folder: Path, **overrides: Any) -> Program:
    """Return the program of a description, with overrides."""
    said = of_setting(overrides, folder / "Pulumi.dev.yaml")
    return lambda: Platform(load(folder, said)).export(pulumi.export)


def changes_in_azure(result: Result) -> dict[str, list[str]]:
    """Return the paths that a run changed in Azure, by resource."""
    done = (one for one in result.operations if not one.type.startswith(PULUMIS) and one.op.value not in QUIET)
    found = {one.name: [change.path for change in one.changes] for one in done}
    return {name: paths for name, paths in found.items() if not paths or set(paths) - HIDDEN}


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


def test_what_a_template_deployment_made_is_adopted_without_a_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    azure = stack().azure
    azure.put(GROUP, {"location": "westeurope"})
    deployment = {"properties": {"mode": "Incremental", "template": TEMPLATE}}
    azure.put(f"{GROUP}/providers/Microsoft.Resources/deployments/platform", deployment)
    with intercept(azure):
        arguments = ["export", "-g", "rg-bicep", "-w", "mlw-bicep", "--subscription", SUBSCRIPTION]
        assert main([*arguments, "--into", str(tmp_path)]) == 0, capsys.readouterr()
    own = stack(azure=azure)
    assert changes_in_azure(own.preview(program(tmp_path, adopt=True))) == {}
    assert changes_in_azure(own.up(program(tmp_path, adopt=True))) == {}
    bigger = program(tmp_path, adopt=True, computes={"cpu": {"max_instances": 9}})
    assert changes_in_azure(own.up(bigger)) == {"cpu": ["properties.properties.scaleSettings.maxNodeCount"]}
