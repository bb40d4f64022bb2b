"""A run in a cloud that there is not: each source says so, and no rule crashes on it."""

from pathlib import Path

import pytest

from azureml_arm.sandbox import SUBSCRIPTION
from azureml_policies.commands.cli import COMMANDS, main
from azureml_policies.config import PackConfig
from azureml_policies.evaluation import Evaluator
from azureml_policies.requests.planned import Planned
from azureml_policies.rules.registry import RULES
from azureml_policies.session import begin

NOWHERE = "ARM_ENVIRONMENT: there is no cloud 'moon'; expected public, usgovernment, china"
CLUSTER = Planned(
    "urn:pulumi:dev::ml::azure-native:machinelearningservices:Compute::cpu",
    "azure-native:machinelearningservices:Compute",
    "cpu",
    {
        "resourceGroupName": "rg",
        "workspaceName": "ws",
        "computeName": "cpu",
        "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "Standard_DS3_v2"}},
    },
)


def test_every_rule_that_asks_azure_says_that_there_is_no_such_cloud(tmp_path: Path) -> None:
    environ = {"ARM_ENVIRONMENT": "moon", "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}
    found = Evaluator(RULES, begin(PackConfig(), folder=tmp_path, environ=environ)).resource(CLUSTER)
    about = {violation.rule.id: violation.message for violation in found if "moon" in violation.message}
    assert NOWHERE in about["compute-admins-only"]
    assert not [message for message in about.values() if "the rule itself failed" in message]


@pytest.mark.parametrize("command", ["roles", "who"])
def test_a_command_that_asks_azure_says_that_there_is_no_such_cloud(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command in COMMANDS
    monkeypatch.setenv("ARM_ENVIRONMENT", "moon")
    assert main([command, "--subscription", SUBSCRIPTION]) == 2
    assert capsys.readouterr().err == f"error: {NOWHERE}\n"
