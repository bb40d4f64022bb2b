"""What `list` and `show` choose: a registry, a stage, a kind, a type; and what verbs of their own read."""

import webbrowser

import pytest

from azureml_sandbox import Azure
from azureml_sandbox.pulumi.transport import intercept
from kit.scenarios import Scenario
from kit.verbs import Ran, Run

ASSETS = "azureml://registries/contoso-shared"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, run: Run) -> Run:
    """Return a command line in a folder without stacks, whose Azure has a registry."""
    scenario = Scenario("registry").ready()
    monkeypatch.delenv("PULUMI_STACK")
    for name in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"):
        monkeypatch.delenv(name, raising=False)

    def ask(*words: str) -> Ran:
        with intercept(scenario.azure):
            return run(*words, "--registry-name", "Contoso-Shared")

    return ask


def test_a_registry_is_read_by_its_name_alone(registry: Run) -> None:
    listed = registry("environment", "list")
    assert listed.err == ""
    assert [(one["name"], one["latest_version"]) for one in listed.data] == [("sklearn", "1")]
    versions = registry("model", "list", "-n", "churn-baseline").data
    assert [one["id"] for one in versions] == [
        f"{ASSETS}/models/churn-baseline/versions/{one['version']}" for one in versions
    ]
    (component,) = registry("component", "list").data
    shown = registry("component", "show", "-n", component["name"]).data
    assert shown["id"] == f"{ASSETS}/components/{component['name']}/versions/{shown['version']}"
    assert (shown["version"], shown["type"]) == ("1", "command")
    assert "resourceGroup" not in shown
    assert registry("data", "list").data == []


def test_what_a_registry_lacks_is_told(registry: Run, run: Run) -> None:
    assert registry("model", "show", "-n", "churn-baselin").err == (
        'error: there is no model "churn-baselin" in the registry "contoso-shared"; did you mean "churn-baseline"?\n'
    )
    assert (
        registry("model", "list", "-n", "none").err
        == 'error: there is no model "none" in the registry "contoso-shared"\n'
    )
    with intercept(Azure()):
        assert run("model", "list", "--registry-name", "none").err == 'error: there is no registry "none"\n'


def test_versions_of_a_stage_are_listed(run: Run, azure: Azure) -> None:
    workspace = run("workspace", "show").data["id"]
    for version, stage in (("1", "Archived"), ("2", "Production")):
        body = {"modelType": "custom_model", "modelUri": "https://a.blob.core.windows.net/c/m", "stage": stage}
        azure.put(f"{workspace}/models/staged/versions/{version}", {"properties": body})
    assert [one["version"] for one in run("model", "list", "-n", "staged", "-s", "Production").data] == ["2"]


def test_workspaces_of_a_kind_are_listed(run: Run) -> None:
    assert [one["name"] for one in run("workspace", "list", "--filtered-kinds", "default,hub").data] == [
        "mlw-quickstart-dev"
    ]
    assert run("workspace", "list", "--filtered-kinds", "hub").data == []


def test_connections_of_a_type_are_listed(run: Run, azure: Azure) -> None:
    workspace = run("workspace", "show").data["id"]
    for name, category in (("code", "Git"), ("search", "CognitiveSearch")):
        body = {"category": category, "target": "https://a.example.com", "authType": "None"}
        azure.put(f"{workspace}/connections/{name}", {"properties": body})
    (found,) = run("connection", "list", "-t", "Git").data
    assert (found["name"], found["type"]) == ("code", "git")


def test_what_is_used_of_a_regions_quotas(run: Run) -> None:
    rows = run("compute", "list-usage").data
    assert rows == run("compute", "list-usage", "-l", "West Europe").data
    assert {"name": rows[0]["name"]["value"], "unit": rows[0]["unit"]} == {"name": "TotalClusters", "unit": "count"}
    assert rows[0]["limit"] >= rows[0]["current_value"] > 0
    assert run("compute", "list-usage", "-o", "table").out.splitlines()[2].startswith("value=TotalClusters")


def test_the_nodes_of_a_cluster(run: Run, azure: Azure) -> None:
    assert run("compute", "list-nodes", "-n", "aml-cluster").data == []
    scale = {"minNodeCount": 1, "maxNodeCount": 2, "nodeIdleTimeBeforeScaleDown": "PT120S"}
    cluster = {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": scale}}
    path = f"{run('workspace', 'show').data['id']}/computes/warm"
    azure.put(path, {"location": "westeurope", "properties": cluster})
    (node,) = run("compute", "list-nodes", "-n", "warm").data
    assert (node["node_state"], node["port"], node["current_job_name"]) == ("idle", "50000", None)
    azure.delete(path)
    missing = run("compute", "list-nodes", "-n", "nope")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("error: ")


def test_an_endpoint_is_opened_in_the_studio(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_page(link: str) -> bool:
        opened.append(link)
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    workspace = run("workspace", "show").data["id"]
    page = f"https://ml.azure.com/endpoints/realtime/quickstart-diabetes/detail?wsid={workspace}"
    assert run("online-endpoint", "show", "-n", "quickstart-diabetes", "-e").code == 0
    assert run("online-deployment", "show", "-n", "blue", "-e", "quickstart-diabetes", "--web").code == 0
    assert opened == [page, page]
