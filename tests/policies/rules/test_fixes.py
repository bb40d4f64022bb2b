"""What a rule says satisfies it does: applied to a description that violates the rule, the rule passes."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from azureml_arm.sandbox import PEOPLE
from azureml_policies.baseline.model import Nothing
from azureml_policies.commands.check import violations
from azureml_policies.commands.descriptions import items, read_text, with_value
from azureml_policies.commands.fix import fix_description
from azureml_policies.config import PACK, PackConfig
from azureml_policies.evaluation import Evaluator
from azureml_policies.fixes import CommandFix, Kept, Line, NoWord
from azureml_policies.rbac.given import GivenRoles
from azureml_policies.requests.planned import Planned
from azureml_policies.rule import Level, Rule
from azureml_policies.rules.registry import GUARDS, PERMISSIONS, RULES
from azureml_policies.run import Run, Sources
from azureml_sandbox.commands import seed
from kit.exported import planned_resources
from kit.guard_cases import DEFAULTS, never
from kit.guarded import cluster, judge, plan_of, state
from kit.paths import TESTS
from kit.platforms import SUBSCRIPTION, THEIRS, beside, platform_of
from kit.rows import each
from kit.scenarios import Scenario, scenarios

CASES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((TESTS / "policies/rules/fixes.yml").read_text("utf-8"))
HEAD = "# What ours is.\nname: acme\nlocation: westeurope\n"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared/providers"
THERE = {
    "ACCOUNT": f"{_GROUP}/Microsoft.Storage/storageAccounts/stprivate",
    "IDENTITY": f"{_GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml",
}
EXISTING: Sequence[dict[str, Any]] = (
    {"id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shared", "location": "westeurope"},
    {"id": THERE["IDENTITY"], "location": "westeurope"},
    {
        "id": THERE["ACCOUNT"],
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": {"name": "Standard_LRS"},
        "properties": {"publicNetworkAccess": "Disabled"},
    },
)
DESCRIBED = [rule for rule in GUARDS if any(isinstance(fix, Line | CommandFix) for fix in rule.fixes)]
KEPT = [rule for rule in GUARDS if any(isinstance(fix, Kept) for fix in rule.fixes)]
UNSAID = [rule for rule in GUARDS if any(isinstance(fix, NoWord) for fix in rule.fixes)]


def messages(rules: Sequence[Rule], plan: Sequence[Planned], **settings: Any) -> list[tuple[str, str]]:
    """Return what rules say of a plan, where they are mandatory: the rule, and the message."""
    config = PackConfig(
        levels={rule.id: Level.MANDATORY for rule in rules}, settings={rule.id: settings for rule in rules}
    )
    run = Run(config, Sources(never, never, Nothing), DEFAULTS, preview=False, stack="dev")
    return [(one.rule.id, one.message) for one in violations(Evaluator(rules, run), plan) if one.denies]


def plan_description(folder: Path, config: Mapping[str, Any]) -> list[Planned]:
    """Return what a description plans in the sandbox."""
    sandbox = beside(**config)
    seed.seed(sandbox.azure, list(EXISTING), folder / "existing.yml")
    return planned_resources(sandbox.preview(platform_of(folder)))


def describe(folder: Path, case: Mapping[str, Any]) -> None:
    """Write a case's description."""
    where = "" if case.get("own") else THEIRS
    (folder / "platform.yml").write_text(HEAD + case.get("description", "") + where, "utf-8")
    (folder / "model.pkl").write_text("a model")
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "score.py").write_text("def init(): ...\n")


def choose(folder: Path, rule: Rule, chosen: Mapping[str, Any]) -> None:
    """Write what somebody chooses for the lines of a rule that leave it open."""
    for field, value in chosen.items():
        (line,) = [
            fix
            for fix in rule.fixes
            if isinstance(fix, Line) and fix.chosen and re.fullmatch(fix.field.replace("NAME", "[A-Z_]+"), field)
        ]
        for item in items(folder, line.section):
            text = with_value(read_text(item.file), (*item.at, *field.split(".")), there(value))
            assert text is not None
            item.file.write_text(text, "utf-8")


def there(value: Any) -> Any:
    """Return a value with ids of what is there."""
    if isinstance(value, Mapping):
        return {name: there(item) for name, item in value.items()}
    if isinstance(value, list):
        return [there(item) for item in value]
    return THERE.get(value, value) if isinstance(value, str) else value


def test_every_rule_says_what_satisfies_it() -> None:
    assert [rule.id for rule in RULES if not rule.fixes] == []
    assert sorted(CASES) == sorted(rule.id for rule in DESCRIBED)


@pytest.fixture(scope="module")
def plans() -> dict[str, list[Planned]]:
    """Return what the descriptions plan that violate rules, as far as it is known: one violates several."""
    return {}


@pytest.mark.parametrize("rule", DESCRIBED, ids=lambda rule: rule.id)
def test_what_a_rule_says_satisfies_it(rule: Rule, tmp_path: Path, plans: dict[str, list[Planned]]) -> None:
    case = CASES[rule.id]
    describe(tmp_path, case)
    config = case.get("config", {})
    described = str([case.get("own"), case.get("description"), config])
    if described not in plans:
        plans[described] = plan_description(tmp_path, config)
    settings = case.get("settings", {})
    assert messages([rule], plans[described], **settings)

    pack = PackConfig(settings={rule.id: settings})
    changed, remarks = fix_description(tmp_path, [rule], pack, "dev")
    for path, text in changed.items():
        assert text.count("#") == read_text(path).count("#")
        path.write_text(text, "utf-8")
    assert bool(remarks) is any(isinstance(fix, CommandFix) or fix.chosen for fix in rule.fixes)  # type: ignore[union-attr]
    choose(tmp_path, rule, case.get("chosen", {}))
    dropped = {fix.text.rpartition(":")[2] for fix in rule.fixes if isinstance(fix, CommandFix)}
    config = {name: value for name, value in config.items() if name not in dropped}

    assert messages([rule], plan_description(tmp_path, config), **settings) == []
    assert fix_description(tmp_path, [rule], pack, "dev")[0] == {}


@pytest.fixture(scope="module")
def examples() -> list[list[Planned]]:
    """Return what the examples plan."""
    return [planned_resources(Scenario(name).up()) for name in scenarios()]


def test_what_a_description_keeps_by_itself(examples: list[list[Planned]]) -> None:
    assert [messages(KEPT, plan) for plan in examples] == [[] for _ in examples]


def test_what_a_description_has_no_word_for_is_not_on(examples: list[list[Planned]]) -> None:
    assert {rule.level for rule in UNSAID} == {Level.DISABLED}
    assert {rule for plan in examples for rule, _ in messages(UNSAID, plan)} == {rule.id for rule in UNSAID}


LAKE = {"resourceGroupName": "rg", "workspaceName": "ws", "name": "lake"}
REFUSED = {
    "compute-admins-only": cluster(),
    "endpoints-operators-only": plan_of(
        "azure-native:machinelearningservices:OnlineDeployment",
        "blue",
        resourceGroupName="rg",
        workspaceName="ws",
        endpointName="churn",
        deploymentName="blue",
        properties={"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"},
        sku={"name": "Default", "capacity": 1},
    ),
    "access-owners-only": plan_of(
        "azure-native:authorization:PolicyAssignment", "limit", scope=f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    ),
    "azure-rights-only": plan_of(
        "azure-native:cognitiveservices:Account", "ai", resourceGroupName="rg", accountName="ai", kind="OpenAI"
    ),
    "workspace-settings-admins-only": plan_of(
        "azure-native:machinelearningservices:Workspace", "ws", resourceGroupName="rg", workspaceName="ws"
    ),
    "datastore-credentials-admins-only": plan_of(
        "azure-native:machinelearningservices:Datastore",
        "lake",
        **LAKE,
        properties={
            "datastoreType": "AzureBlob",
            "accountName": "lake",
            "containerName": "c",
            "credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": "x"}},
        },
    ),
}
"""What a data scientist may not plan, by the rule that says so."""
_GRANT = re.compile(r"az role assignment create --role '[^']+' --assignee YOU --scope \S+")


def test_every_rule_about_rights_has_what_it_refuses() -> None:
    assert [rule.id for rule in PERMISSIONS if rule.id not in REFUSED] == []


@each("rule", PERMISSIONS, ids=lambda rule: rule.id)
def test_the_role_that_a_refusal_names_is_enough(rule: Rule) -> None:
    held = [{"role": "AzureML Data Scientist", "scope": f"/subscriptions/{SUBSCRIPTION}"}]
    for _ in range(3):  # a deployment needs its own action and the right to rent machines
        roles = GivenRoles([{**one, "principal": PEOPLE["dana"].object_id} for one in held])
        refused = [
            one.message for one in judge([REFUSED[rule.id]], rules=[rule], roles=roles, past=state()) if one.denies
        ]
        if not refused:
            break
        granted = shlex.split(_GRANT.findall(refused[0])[0])
        held.append({"role": granted[granted.index("--role") + 1], "scope": granted[granted.index("--scope") + 1]})
    assert len(held) > 1
    assert refused == []


def test_the_pack_says_where_its_own_settings_are() -> None:
    (rule,) = [rule for rule in RULES if rule.id == PACK]
    assert "in the pack's config" in str(rule.fixes[0])


def test_a_fix_of_a_rule_for_some_stacks_waits_for_one_of_them(tmp_path: Path) -> None:
    (rule,) = [rule for rule in GUARDS if rule.id == "compute-low-priority"]
    describe(tmp_path, CASES[rule.id])
    assert fix_description(tmp_path, [rule], PackConfig(), "production") == (
        {},
        fix_description(tmp_path, [rule], PackConfig())[1],
    )
    assert fix_description(tmp_path, [replace(rule)], PackConfig(), "dev-2")[0]
