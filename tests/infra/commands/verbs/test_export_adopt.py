"""Start where you are: what another stack made is exported, adopted without a change, and then changed by a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azureml_infra import load
from azureml_infra.__main__ import main
from azureml_infra.description.located import key
from azureml_infra.entities.body import specs
from azureml_infra.entities.references import VERSIONED
from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.made_elsewhere import MAKERS, adopt_and_give_back, changes_in_azure
from kit.platforms import ML, changes, platform_of, stack, stack_of
from kit.scenarios import Scenario

GIVEN = """LAKE_APP_CLIENT_SECRET LAKE_CERTIFICATE_CERTIFICATE LANDING_KEY_ACCOUNT_KEY LANDING_SAS_SAS_TOKEN
SCANS_ACCOUNT_KEY BUCKET_ACCESS_KEY_ID BUCKET_SECRET_ACCESS_KEY ORDERS_USERNAME ORDERS_PASSWORD CODE_PAT
SEARCH_API_KEY WEATHER_KEY"""
SECRETS = dict.fromkeys(GIVEN.split(), "c2VjcmV0")
EXAMPLES = """quickstart datastores batch connections schedules monitoring feature-store hub kubernetes-endpoint
production-aks serverless synapse-spark training network"""
VARIETY = """\
name: variety
location: westeurope
environments:
  - {name: sklearn, version: 1, image: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"}
  - {name: sklearn, version: 2, image: "mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04:latest"}
data:
  - {name: rows, version: 1, type: uri_folder, path: azureml://datastores/workspaceblobstore/paths/rows}
  - {name: rows, version: 2, type: uri_folder, path: azureml://datastores/workspaceblobstore/paths/more}
online_endpoints:
  - {name: score, auth_mode: aad_token, traffic: {blue: 100}, mirror_traffic: {green: 10}}
online_deployments:
  - &blue
    name: blue
    endpoint_name: score
    model: azureml://registries/azureml/models/bert/versions/1
    instance_type: Standard_DS3_v2
  - {<<: *blue, name: green, instance_count: 2}
"""


def adopt_what_is_exported(azure: Azure, folder: Path) -> None:
    """Export the workspace that no other one stands on, adopt it, change a line of each thing, and give it all back."""
    (workspace,) = azure.resources(ML)
    with intercept(azure):
        assert main(["export", "--workspace", workspace["id"], "--into", str(folder)]) == 0
    own = stack(secrets=SECRETS, azure=azure)
    assert changes_in_azure(own.preview(platform_of(folder, adopt=True))) == {}
    assert changes_in_azure(own.up(platform_of(folder, adopt=True))) == {}
    wanted = dict(descriptions(folder))
    result = own.up(platform_of(folder, retain=True, **wanted))
    made = changes_in_azure(result)
    assert sorted(line.partition(" ")[2] for line in changes(result)) == sorted(made)
    assert len(made) == sum(len(some) for some in wanted.values())
    assert {len(paths) for paths in made.values()} <= {1}
    assert {paths[0].rpartition(".")[2] for paths in made.values()} <= {"description"}
    before = {one["id"] for one in azure.resources()}
    own.destroy()
    assert own.state.resources() == []
    assert {one["id"] for one in azure.resources()} == before


def descriptions(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each section of a description with overrides that change what its entities are for."""
    found: dict[str, dict[str, Any]] = {}
    for entity in (located.entity for located in load(folder).entities):
        if any(spec.word == "description" and spec.arm.path is not None for spec in specs(entity.__class__)):
            found.setdefault(entity.family, {})[_word_for(entity)] = {"description": "Changed by a line."}
    yield from found.items()


def _word_for(entity: Any) -> str:
    return f"{key(entity)}:{entity.version}" if entity.family in VERSIONED else key(entity)


@pytest.mark.parametrize("name", EXAMPLES.split())
def test_what_is_exported_is_adopted_and_a_line_of_each_thing_changed(name: str, tmp_path: Path) -> None:
    scenario = Scenario(name).ready()
    adopt_what_is_exported(scenario.azure, tmp_path)


def test_several_versions_and_mirrored_traffic_are_adopted_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "platform.yml").write_text(VARIETY, "utf-8")
    made = stack_of(platform_of(tmp_path), disposable="true")
    adopt_what_is_exported(made.azure, tmp_path / "exported")
    (endpoint,) = made.azure.resources(f"{ML}/onlineEndpoints")
    assert (endpoint["properties"]["traffic"], endpoint["properties"]["mirrorTraffic"]) == (
        {"blue": 100},
        {"green": 10},
    )


def test_what_is_exported_is_used_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = Scenario("datastores").ready()
    (workspace,) = scenario.azure.resources(ML)
    with intercept(scenario.azure):
        assert main(["export", "--workspace", workspace["id"], "--into", str(tmp_path)]) == 0, capsys.readouterr()
    text = (tmp_path / "platform.yml").read_text("utf-8")
    head, _, rest = text.partition("workspace:\n")
    _, _, sections = rest.partition("\ndatastores:")
    used = f"{head}workspace: {{name: {workspace['name']}, existing: true}}\ndatastores:{sections}"
    (tmp_path / "platform.yml").write_text(used, "utf-8")
    own = stack(secrets=SECRETS, azure=scenario.azure)
    assert changes_in_azure(own.up(platform_of(tmp_path, adopt=True))) == {}
    own.destroy()
    assert scenario.azure.get(workspace["id"])["properties"] == workspace["properties"]


OWN = pytest.mark.any_body("the template of azure-ai-ml isn't typed")


@pytest.mark.parametrize("client", ["azapi", "template", pytest.param("azure-ai-ml", marks=OWN)])
def test_what_another_client_made_is_adopted_changed_and_given_back(client: str, tmp_path: Path) -> None:
    azure = stack().azure
    adopt_and_give_back(azure, MAKERS[client](azure), tmp_path)
