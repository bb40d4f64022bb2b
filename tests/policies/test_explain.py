"""``azureml-policies explain``: the same remedy as a refusal's, in the same words."""

import json
from pathlib import Path

import pytest

from azureml_arm.sandbox import PEOPLE
from azureml_policies.commands.cli import main
from azureml_policies.rules.rights.asking import granting
from kit.guarded import ML, WORKSPACE, cluster, only_message
from kit.platforms import SUBSCRIPTION
from kit.rows import each

CONDITION = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:PrincipalType] StringEquals 'User'))"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a pack's config with the roles of the sandbox's people, and of an owner under a condition."""
    held = [
        {"role": one.role, "scope": f"/subscriptions/{SUBSCRIPTION}", "principal": one.object_id}
        for one in PEOPLE.values()
    ]
    ida = "5a4d0b0c-0000-4000-8000-0000000000da"
    limited = {"role": "Owner", "scope": f"/subscriptions/{SUBSCRIPTION}", "principal": ida, "condition": CONDITION}
    people = {"github:ida": {"object_id": ida, "name": "ida"}}
    file = tmp_path / "guardrails.json"
    content = {"roles": "given", "assignments": [*held, limited], "people": people, "rent": f"{ML}/computes/write"}
    file.write_text(json.dumps({"guardrails": content}))
    return file


def explain(config: Path, who: str, resource: str, *more: str) -> int:
    return main(["explain", resource, "--config", str(config), "--requester", who, *more])


def test_a_refusal_and_its_explanation_say_the_same_remedy(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = only_message([cluster()], "dana")
    assert explain(config, "dana", f"{WORKSPACE}/computes/cpu", "--json") == 1
    answers = json.loads(capsys.readouterr().out)
    writing = next(one for one in answers if one["action"] == f"{ML}/computes/write")
    assert writing["remedy"]
    assert refused.endswith(f"; {writing['remedy']}")
    assert explain(config, "dana", f"{WORKSPACE}/computes/cpu") == 1
    assert f"    {writing['remedy']}\n" in capsys.readouterr().out


def test_who_may_has_no_remedy(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(config, "carl", f"{WORKSPACE}/computes/cpu") == 0
    out = capsys.readouterr().out
    assert "carl may: creating or changing it" in out
    assert "ask " not in out


def test_a_condition_is_evaluated_and_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(config, "ida", f"{WORKSPACE}/computes/cpu") == 0
    capsys.readouterr()
    assert explain(config, "ida", f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/x", "--json") == 1
    writing, removing = json.loads(capsys.readouterr().out)
    assert not writing["allowed"]
    assert any("under a condition" in reason["why"] for reason in writing["reasons"])
    assert removing["allowed"]


@each(
    ("action", "role"),
    [
        (f"{ML}/computes/write", "AzureML Compute Operator"),
        (f"{ML}/jobs/write", "AzureML Data Scientist"),
        (f"{ML}/onlineEndpoints/write", "AzureML Data Scientist"),
        (f"{ML}/write", "Contributor"),
        ("Microsoft.Authorization/roleAssignments/write", "Role Based Access Control Administrator"),
        ("Microsoft.Authorization/roleDefinitions/write", "User Access Administrator"),
        ("Microsoft.Authorization/locks/write", "User Access Administrator"),
        ("Microsoft.Nothing/things/write", "Contributor"),
    ],
)
def test_the_narrowest_usual_role_is_named(action: str, role: str) -> None:
    assert granting(action) == role
