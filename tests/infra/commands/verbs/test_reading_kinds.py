"""`list` and `show` of what only some platforms have: each on the example that makes it."""

from typing import Any

import pytest

from azureml_sandbox.pulumi.transport import intercept
from kit.scenarios import Scenario
from kit.verbs import Run

FOUND: list[tuple[str, str, dict[str, dict[str, Any]]]] = [
    ("serverless", "serverless-endpoint", {"assistant-mistral": {"auth_mode": "key"}, "assistant-phi": {}}),
    ("serverless", "marketplace-subscription", {"mistral-large": {"status": "Subscribed"}}),
    ("registry", "registry", {"contoso-shared": {"location": "westeurope"}}),
    ("feature-store", "feature-store", {"": {"kind": "feature_store", "display_name": "Features of all teams"}}),
    ("feature-store", "feature-set", {"transactions": {"version": "1"}}),
    ("feature-store", "feature-store-entity", {"account": {"version": "1"}}),
    ("hub", "connection", {"search": {"type": "azure_ai_search"}}),
    ("hub", "capability-host", {"agents": {"vector_store_connections": ["search"]}}),
]


@pytest.mark.parametrize(("example", "noun", "expected"), FOUND, ids=[noun for _, noun, _ in FOUND])
def test_what_an_example_makes_is_listed_and_shown(
    example: str, noun: str, expected: dict[str, dict[str, Any]], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(example).ready()
    azure = scenario.azure
    (workspace,) = (one["id"].split("/") for one in azure.resources("Microsoft.MachineLearningServices/workspaces"))
    monkeypatch.delenv("PULUMI_STACK")
    at = ("--subscription", workspace[2], "-g", workspace[4])
    flag = "--feature-store-name" if noun.startswith("feature-s") else "-w"
    within = () if noun in ("registry", "feature-store") else (flag, workspace[-1])
    with intercept(azure):
        listed = run(noun, "list", *at, *within)
        assert {one["name"] for one in listed.data} == {name or workspace[-1] for name in expected}
        for name, words in expected.items():
            shown = run(noun, "show", "-n", name or workspace[-1], *at, *within)
            assert shown.err == ""
            assert {word: shown.data[word] for word in words} == words
        missing = run(noun, "show", "-n", "nothing-here", *at, *within)
        assert (missing.code, missing.out) == (1, "")
        called = noun.replace("-", " ")
        assert missing.err.startswith(f'error: there is no {called} "nothing-here" in the ')
    if noun == "feature-set":
        assert listed.data[0]["id"].endswith("/featuresets/transactions")


def test_only_enabled_schedules_are_listed_unless_others_are_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario("schedules").ready()
    azure = scenario.azure
    schedules = azure.resources("Microsoft.MachineLearningServices/workspaces/schedules")
    enabled = {one["name"]: one["properties"]["isEnabled"] for one in schedules}
    parts = schedules[0]["id"].split("/")
    monkeypatch.delenv("PULUMI_STACK")
    at = ("schedule", "list", "--subscription", parts[2], "-g", parts[4], "-w", parts[8])
    with intercept(azure):
        found = [
            {one["name"] for one in run(*at, *flags).data}
            for flags in ((), ("--disabled-only",), ("--include-disabled",))
        ]
    on = {name for name, is_on in enabled.items() if is_on}
    assert found == [on, set(enabled) - on, set(enabled)]
    assert on
