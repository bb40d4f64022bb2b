"""Deployments that Azure Monitor scales: the settings, and a number of instances that later runs leave alone."""

from pathlib import Path
from typing import Any

from azureml_infra.components.autoscale import setting
from azureml_infra.entities.autoscale import Autoscale
from azureml_sandbox.model.bodies import dig
from kit.platforms import ML, changes
from kit.scenarios import Copy, Scenario

SETTING, DEPLOYMENT = "Microsoft.Insights/autoscaleSettings", f"{ML}/onlineEndpoints/deployments"
ENDPOINT_ID = f"/subscriptions/s/resourceGroups/g/providers/{ML}/onlineEndpoints/e".replace(
    "workspaces/", "workspaces/w/"
)
TARGET = f"{ENDPOINT_ID}/deployments/blue"


def only(scenario: Scenario | Copy, kind: str) -> dict[str, Any]:
    (found,) = scenario.all(kind).values()
    return dict(found)


def scale(scenario: Scenario | Copy, count: int) -> None:
    """Change the number of instances as Azure Monitor does."""
    found = only(scenario, DEPLOYMENT)
    scenario.azure.patch(found["id"], {"sku": {**found["sku"], "capacity": count}})


def count(scenario: Scenario | Copy) -> int:
    return int(dig(only(scenario, DEPLOYMENT), "sku.capacity"))


def body(**given: Any) -> dict[str, Any]:
    scaled = Autoscale.model_validate(given)
    return setting(scaled, scaled.min, deployment=TARGET, endpoint=ENDPOINT_ID, location="westeurope", tags={})


def test_an_endpoint_is_scaled_from_its_least() -> None:
    scenario = Scenario("autoscale").ready()
    made = only(scenario, SETTING)["properties"]
    assert count(scenario) == 2
    assert made["targetResourceUri"] == only(scenario, DEPLOYMENT)["id"]
    assert [one["name"] for one in made["profiles"]] == ["nights", '{"name":"usual","for":"nights"}']
    rules = {
        (rule["metricTrigger"]["metricName"], rule["metricTrigger"]["operator"]): rule["scaleAction"]["value"]
        for rule in made["profiles"][0]["rules"]
    }
    assert rules == {
        ("CpuUtilizationPercentage", "GreaterThan"): "2",
        ("RequestLatency", "GreaterThan"): "2",
        ("CpuUtilizationPercentage", "LessThan"): "1",
        ("RequestLatency", "LessThan"): "1",
    }


def test_where_no_count_is_given_the_least_is_the_first(tmp_path: Path) -> None:
    copy = Copy("autoscale", tmp_path)
    copy.edit("blue.yml", "instance_count: 2\n", "")
    copy.edit("blue.yml", "min: 2", "min: 3")
    copy.up()
    assert count(copy) == 3
    assert changes(copy.up()) == []


def test_later_runs_leave_the_count_alone(tmp_path: Path) -> None:
    copy = Copy("autoscale", tmp_path).ready()
    scale(copy, 5)
    assert changes(copy.up()) == []
    assert count(copy) == 5
    copy.edit("blue.yml", "instance_type:", "app_insights_enabled: true\ninstance_type:")
    assert changes(copy.up()) == ["update shop-demand-blue"]
    assert (count(copy), only(copy, DEPLOYMENT)["properties"]["appInsightsEnabled"]) == (5, True)
    scale(copy, 3)
    copy.edit("blue.yml", "max: 6", "max: 8")
    assert changes(copy.up()) == ["update shop-demand-blue-autoscale"]
    assert count(copy) == 3


def test_a_deployment_that_is_no_longer_scaled_has_its_own_count_again(tmp_path: Path) -> None:
    copy = Copy("autoscale", tmp_path).ready()
    scale(copy, 5)
    text = (copy.folder / "blue.yml").read_text("utf-8")
    (copy.folder / "blue.yml").write_text(text.partition("autoscale:")[0].replace("count: 2", "count: 3"), "utf-8")
    assert sorted(changes(copy.up())) == ["delete shop-demand-blue-autoscale", "update shop-demand-blue"]
    assert (count(copy), copy.all(SETTING)) == (3, {})


def test_times_over_midnight_end_on_the_next_day() -> None:
    days = {"days": ["sunday", "friday"], "time_zone": "UTC"}
    profiles = body(min=1, max=2, schedule=[{"name": "n", **days, "from": "22:30", "to": "06:00", "min": 1, "max": 1}])
    first, second = (one["recurrence"]["schedule"] for one in profiles["properties"]["profiles"])
    assert (first["days"], first["hours"], first["minutes"]) == (["Friday", "Sunday"], [22], [30])
    assert (second["days"], second["hours"], second["minutes"]) == (["Monday", "Saturday"], [6], [0])


def test_without_times_there_is_one_profile() -> None:
    (profile,) = body(min=1, max=4)["properties"]["profiles"]
    assert profile["capacity"] == {"minimum": "1", "maximum": "4", "default": "1"}
    assert "recurrence" not in profile
