"""Clients that are written in Go, in processes of their own, against the server: what they trust, Terraform's azapi.

They find the server's certificate by SSL_CERT_FILE, and where to go by the cloud's metadata or by ARM_ variables, as
the released azure-native provider does.
"""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_sandbox.azure import Azure
from azureml_sandbox.model.store import SqliteStore
from kit.made_elsewhere import adopt_and_give_back, by_azapi, shapes
from kit.platforms import stack
from kit.served import Served, serving
from kit.shell import output

SECONDS = 120
AZAPI = shutil.which("terraform-provider-azapi")
go = pytest.mark.skipif(shutil.which("go") is None, reason="no go on PATH")
azapi = pytest.mark.skipif(
    shutil.which("terraform") is None or AZAPI is None, reason="no terraform, or no terraform-provider-azapi, on PATH"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("go"), "--memory") as served:
        yield served


def run(folder: Path, server: Served, *line: str, code: int = 0, **variables: str) -> str:
    """Run a program that has the server for its Azure, and return what it prints."""
    return output(line, folder, {**server.environment, **variables}, SECONDS, code=code)


GO = """
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func read(response *http.Response, err error) map[string]any {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer response.Body.Close()
	var said map[string]any
	json.NewDecoder(response.Body).Decode(&said)
	return said
}

func main() {
	host := os.Getenv("ARM_METADATA_HOSTNAME")
	metadata := read(http.Get("https://" + host + "/metadata/endpoints?api-version=2022-09-01"))
	login := metadata["authentication"].(map[string]any)["loginEndpoint"].(string)
	manager := strings.TrimSuffix(metadata["resourceManager"].(string), "/")
	tenant := strings.TrimSuffix(login, "/") + "/" + os.Getenv("ARM_TENANT_ID")
	token := read(http.PostForm(tenant+"/oauth2/v2.0/token", url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {os.Getenv("ARM_CLIENT_ID")},
		"client_secret": {os.Getenv("ARM_CLIENT_SECRET")},
		"scope":         {os.Getenv("ARM_RESOURCE_MANAGER_AUDIENCE") + "/.default"},
	}))
	subscription := manager + "/subscriptions/" + os.Getenv("ARM_SUBSCRIPTION_ID")
	group := subscription + "/resourceGroups/rg-go?api-version=2024-03-01"
	request, _ := http.NewRequest("PUT", group, strings.NewReader(`{"location": "westeurope"}`))
	request.Header.Set("Authorization", "Bearer "+token["access_token"].(string))
	request.Header.Set("Content-Type", "application/json")
	json.NewEncoder(os.Stdout).Encode(read(http.DefaultClient.Do(request)))
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a client that finds its way as the released azure-native provider does: metadata, token, then ARM."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "main.go").write_text(GO)
    line = ["go", "build", "-gcflags=all=-N -l", "-o", "client", "main.go"]  # optimised, it takes longer to build
    without_c = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(line, cwd=folder, env=without_c, check=True, timeout=SECONDS)
    return folder / "client"


@go
def test_a_go_client_finds_its_way_by_the_clouds_metadata(server: Served, program: Path) -> None:
    made = json.loads(run(program.parent, server, str(program)))
    assert (made["id"], made["location"]) == (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-go", "westeurope")


@go
def test_a_go_client_that_does_not_know_the_authority_goes_no_further(server: Served, program: Path) -> None:
    said = run(program.parent, server, str(program), code=1, SSL_CERT_FILE="")
    assert "certificate signed by unknown authority" in said


TERRAFORM = """
terraform {
  required_providers {
    azapi = { source = "azure/azapi" }
  }
}

data "azapi_client_config" "me" {}

resource "azapi_resource" "group" {
  schema_validation_enabled = false
  type      = "Microsoft.Resources/resourceGroups@2024-03-01"
  name      = "rg-NAME"
  location  = "westeurope"
  parent_id = "/subscriptions/${data.azapi_client_config.me.subscription_id}"
}

resource "azapi_resource" "storage" {
  schema_validation_enabled = false
  type      = "Microsoft.Storage/storageAccounts@2024-01-01"
  name      = "stNAME"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body = {
    kind       = "StorageV2"
    sku        = { name = "Standard_LRS" }
    properties = { allowSharedKeyAccess = false, minimumTlsVersion = "TLS1_2" }
  }
}

resource "azapi_resource" "vault" {
  schema_validation_enabled = false
  type      = "Microsoft.KeyVault/vaults@2024-11-01"
  name      = "kv-NAME"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body = {
    properties = {
      tenantId                = data.azapi_client_config.me.tenant_id
      sku                     = { family = "A", name = "standard" }
      enableRbacAuthorization = true
    }
  }
}

resource "azapi_resource" "insights" {
  schema_validation_enabled = false
  type      = "Microsoft.Insights/components@2020-02-02"
  name      = "appi-NAME"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  body      = { kind = "web", properties = { Application_Type = "web" } }
}

resource "azapi_resource" "workspace" {
  schema_validation_enabled = false
  type      = "Microsoft.MachineLearningServices/workspaces@2025-12-01"
  name      = "mlw-NAME"
  location  = "westeurope"
  parent_id = azapi_resource.group.id
  identity { type = "SystemAssigned" }
  ignore_casing = true # Azure answers Microsoft.Keyvault and Microsoft.insights (azure-rest-api-specs, issue 8323)
  body = {
    properties = {
      storageAccount           = azapi_resource.storage.id
      keyVault                 = azapi_resource.vault.id
      applicationInsights      = azapi_resource.insights.id
      systemDatastoresAuthMode = "Identity"
    }
  }
}

resource "azapi_resource" "cluster" {
  schema_validation_enabled = false
  type      = "Microsoft.MachineLearningServices/workspaces/computes@2025-12-01"
  name      = "cpu"
  location  = "westeurope"
  parent_id = azapi_resource.workspace.id
  body = {
    properties = {
      computeType = "AmlCompute"
      properties  = { vmSize = "STANDARD_DS3_V2", scaleSettings = { minNodeCount = 0, maxNodeCount = 2 } }
    }
  }
}
"""
"""Without validation, as a provider may be built without Microsoft's types."""
NO_CHANGES, CHANGES = 0, 2


@dataclass
class Terraform:
    """A configuration of azapi's, and its state."""

    folder: Path
    server: Served

    def __call__(self, *arguments: str, code: int = 0) -> str:
        override = f'provider_installation {{\n dev_overrides {{ "azure/azapi" = "{Path(AZAPI or "").parent}" }}\n}}\n'
        settings = self.folder / "terraformrc"
        settings.write_text(override)
        variables = {"TF_CLI_CONFIG_FILE": str(settings), "TF_CLI_ARGS": "-no-color", "TF_INPUT": "false"}
        variables = {name: value for name, value in variables.items() if arguments[0] != "state" or "ARGS" not in name}
        return run(self.folder, self.server, "terraform", *arguments, code=code, **variables)

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "main.tf"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def id_of(self, name: str) -> str:
        """Return a resource's id, as the state has it."""
        state = json.loads((self.folder / "terraform.tfstate").read_text())
        (found,) = [one["instances"][0]["attributes"]["id"] for one in state["resources"] if one["name"] == name]
        return str(found)


@azapi
def test_terraforms_azapi_makes_changes_imports_and_destroys_a_platform(tmp_path: Path, server: Served) -> None:
    terraform = Terraform(tmp_path, server)
    (tmp_path / "main.tf").write_text(TERRAFORM.replace("NAME", "one"))
    assert "6 added, 0 changed, 0 destroyed" in terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode", code=NO_CHANGES)

    terraform.edit("maxNodeCount = 2", "maxNodeCount = 4")
    assert "1 to change" in terraform("plan", "-detailed-exitcode", code=CHANGES)
    assert "0 added, 1 changed, 0 destroyed" in terraform("apply", "-auto-approve")

    cluster = terraform.id_of("cluster")
    terraform("state", "rm", "azapi_resource.cluster")
    assert "already exists" in terraform("apply", "-auto-approve", code=1)
    terraform("import", "azapi_resource.cluster", f"{cluster}?api-version=2025-12-01")
    assert terraform.id_of("cluster") == cluster
    terraform("apply", "-auto-approve")
    terraform("plan", "-detailed-exitcode", code=NO_CHANGES)
    assert "6 destroyed" in terraform("destroy", "-auto-approve")


@azapi
@pytest.mark.any_body("the client made them")
def test_what_azapi_made_is_adopted_and_given_back(tmp_path: Path) -> None:
    """Terraform's own plan says at the end that nothing but the line has changed."""
    with serving(tmp_path) as served:
        terraform = Terraform(tmp_path, served)
        (tmp_path / "main.tf").write_text(TERRAFORM.replace("NAME", "azapi"))
        terraform("apply", "-auto-approve")
        workspace = terraform.id_of("workspace")
    with contextlib.closing(Azure(SqliteStore(tmp_path / ".sandbox" / "state.db"))) as azure:
        recorded = stack().azure
        by_azapi(recorded)
        assert shapes(azure) == shapes(recorded)
        adopt_and_give_back(azure, workspace, tmp_path / "exported")
    with serving(tmp_path) as served:
        terraform.server = served
        said = terraform("plan", "-detailed-exitcode", code=CHANGES)
    assert "0 to add, 1 to change, 0 to destroy" in said
    assert "maxNodeCount = 9 -> 2" in said


@azapi
def test_terraform_shows_what_arm_refuses(tmp_path: Path, server: Served) -> None:
    terraform = Terraform(tmp_path, server)
    (tmp_path / "main.tf").write_text(TERRAFORM.replace("NAME", "two"))
    terraform("apply", "-auto-approve")
    other = Terraform(tmp_path / "other", server)
    other.folder.mkdir()
    (other.folder / "main.tf").write_text(TERRAFORM.replace("rg-NAME", "rg-other").replace("NAME", "two"))
    said = " ".join(other("apply", "-auto-approve", code=1).split())
    assert "RESPONSE 409: 409 Conflict" in said
    assert "ERROR CODE: StorageAccountAlreadyTaken" in said
    for one in (other, terraform):
        assert "Destroy complete!" in one("destroy", "-auto-approve")
