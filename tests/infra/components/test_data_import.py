"""Data imports on the sandbox's cloud: a job once per content, and the data asset that it writes."""

import datetime
from typing import Any

from azureml_infra import Connection, DataImport, ImportSchedule, Schedule, ServiceConnection
from azureml_infra.entities.data_import import DataImport as DataImportArgs
from azureml_sandbox import Sandbox
from kit.entity_bodies import request_body
from kit.platforms import ML, beside, changes, existing_workspace

ASSET = f"{ML}/data/versions"
DATABASE = {"type": "database", "query": "select 1", "connection": "azureml:orders"}
FILES = {"type": "file_system", "path": "a/b.csv", "connection": "azureml:orders"}
PLACE = "azureml://datastores/workspaceblobstore/paths/in"


def an_import(**more: Any) -> DataImportArgs:
    return DataImportArgs.model_validate({"name": "raw", "path": PLACE, "source": DATABASE, **more})


def up(sandbox: Sandbox, *imports: Any) -> list[str]:
    def run() -> None:
        made = existing_workspace()
        service = {"name": "orders", "type": "azure_sql_db", "target": "Server=a", "credentials": {"type": "none"}}
        Connection("orders", ServiceConnection.model_validate(service), workspace=made)
        for one in imports:
            (Schedule if isinstance(one, ImportSchedule) else DataImport)(one.name, one, workspace=made)

    return changes(sandbox.up(run))


def assets(sandbox: Sandbox) -> dict[str, Any]:
    """Return the type of each version of a data asset."""
    found = sandbox.azure.resources(ASSET)
    return {one["id"].partition("/data/")[2]: one["properties"]["dataType"] for one in found}


def list_files(sandbox: Sandbox) -> list[str]:
    """Return the files of the one asset, in the workspace's storage."""
    (asset,) = sandbox.azure.resources(ASSET)
    place = asset["properties"]["dataUri"].partition("/paths/")[2]
    (store,) = (one for one in sandbox.azure.resources(f"{ML}/datastores") if one["name"] == "workspaceblobstore")
    at = store["properties"]["accountName"], store["properties"]["containerName"]
    return [blob.name.removeprefix(f"{place}/") for blob in sandbox.azure.blobs.list(*at, place)]


def test_the_job_is_azure_ai_mls() -> None:
    """The body that azure-ai-ml 1.35 makes of the same import (azure/ai/ml/operations/_data_operations.py)."""
    made = request_body(an_import(version="2", source=FILES), "jobs")["properties"]
    step = made["jobs"]["data_import_raw"]
    assert (made["experimentName"], made["displayName"], made["description"]) == ("data_import_raw",) * 3
    assert made["settings"] == {"force_rerun": True, "_source": "CLASS"}
    assert made["properties"] == {"azureml.materializationAssetName": "raw"}
    assert step == {
        "name": "data_import_raw",
        "type": "data_transfer",
        "task": "import_data",
        "display_name": "data_import_raw",
        "source": {"type": "file_system", "path": "a/b.csv", "connection": "azureml:orders"},
        "computeId": "serverless",
        "outputs": {
            "sink": {
                "uri": "azureml://datastores/workspaceblobstore/paths/in/${{name}}",
                "job_output_type": "uri_folder",
                "name": "raw",
                "version": "2",
            }
        },
        "_source": "BUILTIN",
        "componentId": "azureml://registries/azureml/components/import_data_file_system/versions/0.0.1",
    }


def test_an_import_writes_an_asset_once_for_what_it_says() -> None:
    sandbox = beside()
    assert [line for line in up(sandbox, an_import()) if line.startswith("create raw-")]
    assert assets(sandbox) == {"raw/versions/1": "mltable"}
    assert list_files(sandbox) == ["MLTable", "data.txt"]
    assert up(sandbox, an_import()) == []
    changed = an_import(source={**DATABASE, "query": "select 2"})
    assert any(line.startswith("create raw-") for line in up(sandbox, changed))
    assert assets(sandbox) == {"raw/versions/1": "mltable", "raw/versions/2": "mltable"}
    up(sandbox)
    assert len(assets(sandbox)) == 2


def test_a_schedule_imports_again_and_again() -> None:
    sandbox = beside()
    weekly = {"type": "cron", "expression": "0 3 * * *"}
    given = {"name": "daily", "trigger": weekly, "import_data": {"name": "raw", "path": PLACE, "source": FILES}}
    up(sandbox, ImportSchedule.model_validate(given))
    assert assets(sandbox) == {}
    later = sandbox.azure.events.now() + datetime.timedelta(days=2).total_seconds()
    sandbox.azure.clock = lambda: later
    sandbox.azure.settle()
    assert assets(sandbox) == {"raw/versions/1": "uri_folder", "raw/versions/2": "uri_folder"}
