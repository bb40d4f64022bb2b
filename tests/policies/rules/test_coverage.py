"""The page of other tools' rules: whole, true of our rules, and as the command makes it."""

from collections import Counter

import pytest

from azureml_policies.commands.cli import main
from azureml_policies.commands.coverage import Theirs, counterparts, theirs
from azureml_policies.rules.registry import RULES
from kit.paths import ROOT

PAGE = ROOT / "docs" / "guardrails-coverage.md"
THEIRS = theirs()
DATA_PLANE = {"5853517a", "1d413020", "53c70b02", "77eeea86", "6a6f7384", "3948394e"}
NOT_IN_A_REQUEST = DATA_PLANE | {"f110a506"}


def of(part: str, source: str) -> list[Theirs]:
    return [row for row in THEIRS if (row.part, row.source) == (part, source)]


def test_the_page_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--coverage"]) == 0
    printed = capsys.readouterr().out
    assert PAGE.read_text("utf-8") == printed, "run azureml-policies rules --coverage > docs/guardrails-coverage.md"


def test_every_rule_for_azure_ml_is_there() -> None:
    counts = {source: len(of("ml", source)) for source in ("Azure Policy", "Landing zones", "checkov", "PSRule")}
    assert counts == {"Azure Policy": 26 + 9, "Landing zones": 8, "checkov": 6, "PSRule": 5}


def test_every_rule_for_azure_ml_that_a_request_can_break_has_one_of_ours() -> None:
    without = [row.id[:8] for row in THEIRS if row.part == "ml" and not row.beside]
    assert sorted(without) == sorted(NOT_IN_A_REQUEST)


def test_what_has_none_of_ours_has_a_reason() -> None:
    assert [row.id for row in THEIRS if not row.beside and not row.note] == []


def test_every_rule_of_ours_that_is_named_exists() -> None:
    known = {rule.id for rule in RULES}
    assert [(row.id, name) for row in THEIRS for name in row.beside if name not in known] == []


def test_what_a_rule_corresponds_to_is_named_as_its_maker_does() -> None:
    assert dict(counterparts("key-vault-rbac")) == {
        "Azure Policy": [
            "Azure Key Vault should use RBAC permission model (12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5)",
        ],
        "PSRule": ["Azure.KeyVault.RBAC (AZR-000388)"],
    }


def test_a_rule_without_a_counterpart_has_none() -> None:
    assert dict(counterparts("compute-ssh-off")) == {}


def test_no_rule_of_theirs_is_there_twice() -> None:
    assert [key for key, count in Counter((row.id, row.name) for row in THEIRS).items() if count > 1] == []
