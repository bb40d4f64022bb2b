"""Ingestion: what is copied becomes a version of a data asset, which a job is started on; all of it by identity."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_azure_native import storage

from azureml_infra import BlobCreatedTrigger, BlobSource, IngestedData, Ingestion, IngestionArgs, Workspace
from azureml_infra.components.factory_bodies import literal, trigger
from azureml_sandbox import Azure, RunFailedError
from azureml_sandbox.model.clock import advance
from kit.entity_bodies import PlainResolver
from kit.given import grants
from kit.platforms import ML, changes, stack
from kit.scenarios import Copy, Scenario
from kit.timed import move_to_noon

FACTORIES = "Microsoft.DataFactory/factories"
DAY = 24 * 3600
CSV = b"claim,amount\n1,200\n"


def runs(azure: Azure, pipeline: str) -> list[dict[str, Any]]:
    """Return the runs of a pipeline, the last one first."""
    (factory,) = azure.resources(FACTORIES)
    asked = {"filters": [{"operand": "PipelineName", "operator": "Equals", "values": [pipeline]}]}
    found: list[dict[str, Any]] = azure.action(factory["id"], "queryPipelineRuns", asked)["value"]
    return found


def put(azure: Azure, name: str, content: bytes = CSV) -> None:
    azure.blobs.put("contosoraw", "drop", name, content)
    azure.settle(by_clock=True)


def versions(azure: Azure, name: str) -> list[dict[str, Any]]:
    """Return the versions of a data asset, in the order of their names."""
    every = azure.resources(f"{ML}/data/versions")
    return sorted((one for one in every if f"/data/{name}/" in one["id"]), key=lambda one: str(one["name"]))


@pytest.fixture(scope="module")
def up() -> Scenario:
    scenario = Scenario("ingestion")
    move_to_noon(scenario.azure)
    scenario.up()
    put(scenario.azure, "claims/2026/a.csv")
    put(scenario.azure, "claims/notes.txt")
    advance(scenario.azure, 2 * DAY)
    scenario.azure.settle(by_clock=True)
    return scenario


def test_each_run_is_a_version_with_a_folder_of_its_own_and_a_job_that_reads_it(up: Scenario) -> None:
    assert [one["status"] for one in runs(up.azure, "claims")] == ["Succeeded", "Succeeded"]
    made = versions(up.azure, "claims")
    assert [one["properties"]["dataUri"].rpartition("/paths/")[2] for one in made] == [
        f"raw/claims/{one['name']}/" for one in made
    ]
    blobs = [one.name for one in up.azure.blobs.list(*stores(up)[0])]
    assert [name for name in blobs if "/claims/" in name] == [f"raw/claims/{one['name']}/2026/a.csv" for one in made]
    jobs = up.azure.resources(f"{ML}/jobs")
    assert sorted(one["properties"]["inputs"]["claims"]["uri"] for one in jobs) == [one["id"] for one in made]
    curated = [one["properties"]["dataUri"].rpartition("/paths/")[2] for one in versions(up.azure, "claims-curated")]
    assert sorted(curated) == sorted(f"curated/claims/{one['name']}/" for one in jobs)


def test_nothing_of_it_holds_a_key(up: Scenario) -> None:
    services = up.all(f"{FACTORIES}/linkedservices")
    kinds = {name: one["properties"]["type"] for name, one in services.items()}
    assert sorted(kinds.values()) == [*["AzureBlobStorage"] * 2, "AzureKeyVault", "AzureSqlDatabase", "HttpServer"]
    text = json.dumps([*services.values()])
    assert "SecureString" not in text
    assert "Key=" not in text
    header = services["rates_source"]["properties"]["typeProperties"]["authHeaders"]["x-api-key"]
    assert (header["type"], header["secretName"]) == ("AzureKeyVaultSecret", "rates-key")
    assert (
        services["policies_source"]["properties"]["typeProperties"]["authenticationType"]
        == "SystemAssignedManagedIdentity"
    )


def test_a_factory_has_the_roles_that_it_needs_and_no_more(up: Scenario) -> None:
    (factory,) = up.azure.resources(FACTORIES)
    own = factory["identity"]["principalId"]
    given = [one.scope for one in grants(up.azure) if one.principal == own]
    assert sorted(scope.rpartition("/providers/")[2].partition("/")[2] for scope in given) == sorted(
        [
            "storageAccounts/contosoraw/blobServices/default/containers/drop",
            *(f"storageAccounts/{account}/blobServices/default/containers/{name}" for account, name in stores(up)),
            f"workspaces/{next(iter(up.all(ML)))}",
            f"vaults/{next(iter(up.all('Microsoft.KeyVault/vaults')))}",
        ]
    )


def stores(scenario: Scenario) -> list[tuple[str, str]]:
    """Return the accounts and containers that the datastores written here are in."""
    every = scenario.all(f"{ML}/datastores")
    return [
        (every[name]["properties"]["accountName"], every[name]["properties"]["containerName"])
        for name in ("lake", "workspaceblobstore")
    ]


def test_a_blob_that_ends_as_said_starts_a_run(up: Scenario) -> None:
    put(up.azure, "photos/1.jpg")
    assert runs(up.azure, "photos") == []
    put(up.azure, "photos/_SUCCESS")
    assert [(one["status"], one["invokedBy"]["invokedByType"]) for one in runs(up.azure, "photos")] == [
        ("Succeeded", "BlobEventsTrigger")
    ]
    assert len(versions(up.azure, "photos")) == 1


def test_nothing_new_is_no_version(up: Scenario) -> None:
    before = len(versions(up.azure, "claims"))
    up.azure.blobs.delete("contosoraw", "drop", "claims/2026/a.csv")
    up.azure.action(up.all(f"{FACTORIES}/pipelines")["claims"]["id"], "createRun")
    assert [one["status"] for one in runs(up.azure, "claims")] == ["Succeeded"] * 3
    assert len(versions(up.azure, "claims")) == before


def test_what_has_no_trigger_runs_when_somebody_says_so(up: Scenario) -> None:
    assert [one["properties"]["runtimeState"] for one in up.all(f"{FACTORIES}/triggers").values()] == ["Started"] * 3
    up.azure.action(up.all(f"{FACTORIES}/pipelines")["rates"]["id"], "createRun")
    assert [one["status"] for one in runs(up.azure, "rates")] == ["Succeeded"]
    assert versions(up.azure, "rates")[0]["properties"]["tags"] == {"source": "rates.example.com"}


def test_a_trigger_is_stopped_while_it_changes(tmp_path: Path) -> None:
    copy = Copy("ingestion", tmp_path).ready()
    copy.edit("claims.yml", "interval: 1", "interval: 2")
    assert changes(copy.up()) == ["update claims-stop", "update triggers-claims", "update claims-start"]
    assert copy.all(f"{FACTORIES}/triggers")["claims"]["properties"]["runtimeState"] == "Started"
    copy.edit("claims.yml", 'files: "*.csv"', 'files: "*.txt"')
    assert changes(copy.up()) == ["update pipelines-claims"]
    copy.edit("platform.yml", "[claims.yml, policies.yml,", "[policies.yml,")
    left = changes(copy.up())
    assert [one for one in left if not one.startswith("delete")] == []
    assert set(copy.all(f"{FACTORIES}/pipelines")) == {"policies", "rates", "photos"}
    assert changes(copy.up()) == []


def test_a_disabled_one_starts_nothing(tmp_path: Path) -> None:
    copy = Copy("ingestion", tmp_path)
    copy.edit("photos.yml", "data: photos", "data: photos\nis_enabled: false\ngrants: false")
    copy.up()
    assert copy.all(f"{FACTORIES}/triggers")["photos"]["properties"]["runtimeState"] == "Stopped"


SUB = """\
type: pipeline
name: sub
jobs:
  count:
    type: command
    code: src
    command: python train.py --data ${{inputs.data}}
    environment: azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu@latest
    compute: azureml:cpu
    inputs:
      data: {type: uri_folder, path: "azureml:claims@latest"}
"""


def test_what_is_registered_once_names_no_version_of_a_run(tmp_path: Path) -> None:
    copy = Copy("ingestion", tmp_path)
    (copy.folder / "sub.yml").write_text(SUB, "utf-8")
    with (copy.folder / "train.yml").open("a", encoding="utf-8") as file:
        file.write("  sub: {type: pipeline, component: sub.yml}\n")
    said = (
        r"claims.yml:\d+:7: a pipeline component is registered once, before any run, and names azureml:claims@latest;"
    )
    with pytest.raises(RunFailedError, match=said):
        copy.sandbox.preview(copy.program)


def test_a_datastore_that_is_not_there_is_told_at_its_place(tmp_path: Path) -> None:
    copy = Copy("ingestion", tmp_path)
    copy.edit("claims.yml", "datastores/lake/", "datastores/lak/")
    with pytest.raises(RunFailedError, match=r"claims.yml:9:7: there is no datastore lak of blobs or of Data Lake"):
        copy.sandbox.preview(copy.program)


def test_a_program_brings_in_what_it_makes_itself() -> None:
    """The account's name isn't known in the first preview."""
    sandbox = stack()

    def program() -> None:
        workspace = Workspace("acme", location="westeurope")
        group = workspace.resource_group_name
        account = storage.StorageAccount(
            "raw",
            account_name="rawdata0",
            resource_group_name=group,
            location="westeurope",
            kind="StorageV2",
            sku={"name": "Standard_LRS"},
        )
        storage.BlobContainer("drop", account_name=account.name, resource_group_name=group, container_name="drop")
        given = IngestionArgs(
            name="photos",
            source=BlobSource(account_name=account.name, container_name="drop"),
            into="azureml://datastores/workspaceblobstore/paths/photos",
            data=IngestedData(name="photos"),
            trigger=BlobCreatedTrigger(type="blob_created"),
        )
        Ingestion("photos", given, workspace=workspace)

    sandbox.preview(program)
    sandbox.up(program)
    assert changes(sandbox.up(program)) == []
    sandbox.azure.blobs.put("rawdata0", "drop", "a.txt", CSV)
    sandbox.azure.settle(by_clock=True)
    assert [one["status"] for one in runs(sandbox.azure, "photos")] == ["Succeeded"]


@pytest.mark.parametrize(
    ("more", "start"),
    [
        ({}, "2024-01-01T00:00:00Z"),
        ({"time_zone": "W. Europe Standard Time"}, "2024-01-01T00:00:00"),
        ({"start_time": "2026-05-01T08:00:00+02:00"}, "2026-05-01T06:00:00Z"),
        ({"start_time": "2026-05-01 08:00", "time_zone": "Pacific Standard Time"}, "2026-05-01T08:00:00"),
    ],
)
def test_times_are_written_as_data_factory_takes_them(more: dict[str, str], start: str) -> None:
    given = {
        "name": "a",
        "source": {"type": "sql", "server": "s", "database": "d", "query": "q"},
        "into": "azureml://datastores/lake/paths/a",
        "data": "a",
        "trigger": {"type": "recurrence", "frequency": "day", "interval": 1, **more},
    }
    made = trigger(IngestionArgs.model_validate(given), None, PlainResolver())
    assert made["properties"]["typeProperties"]["recurrence"]["startTime"] == start


def test_what_somebody_writes_is_evaluated_by_nobody() -> None:
    assert literal({"a": ["@{x}", "@b", "c@d", 1]}) == {"a": ["@@{x}", "@@b", "c@d", 1]}
