"""The rules as a set: ids, levels, pages, and the one wrapper around them."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_policies.commands.rules import markdown
from azureml_policies.config import PACK, ConfigError
from azureml_policies.evaluation import Evaluator, check_rules
from azureml_policies.requests.unknown import UnknownError
from azureml_policies.rule import Finding, Level, Rule, Severity
from azureml_policies.rules import built
from azureml_policies.rules.registry import GUARDS, PERMISSIONS, RULES
from azureml_policies.settings import ALL, LEVEL, load, mismatches, parse
from kit.guarded import cluster, job, judge, run
from kit.paths import ROOT
from kit.rows import each

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def rule(**more: Any) -> Rule:
    given = {"id": "test-rule", "title": "A test.", "severity": Severity.LOW, "remedy": "none"}
    return Rule(**{**given, **more})


# The set


def test_every_id_is_one_rules_own() -> None:
    assert sorted(item.id for item in RULES) == sorted({item.id for item in RULES})
    assert [item.id for item in RULES if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", item.id)] == []


def test_every_rule_that_is_written_is_registered() -> None:
    modules = [importlib.import_module(f"{built.__name__}.{one.name}") for one in pkgutil.iter_modules(built.__path__)]
    written = {item.id for module in modules for item in vars(module).values() if isinstance(item, Rule)}
    assert written == {item.id for item in GUARDS}


def test_every_rule_says_what_holds_and_what_to_do() -> None:
    for item in RULES:
        assert item.title.endswith(".")
        assert item.remedy
        assert item.family
        assert all("description" in schema and "default" in schema for schema in item.settings.values())
        assert [
            problem for name, value in item.defaults.items() for problem in mismatches(value, item.settings[name])
        ] == []


def test_rules_about_rights_deny_what_cannot_be_decided_and_stay_on() -> None:
    assert all(item.decides and item.lowest is not Level.DISABLED for item in PERMISSIONS)
    assert [item.id for item in PERMISSIONS if item.lowest is Level.MANDATORY] == ["compute-admins-only"]


@each("rules", [(), (rule(), rule()), (rule(id="all"),)], ids=["none", "twice", "reserved"])
def test_a_set_that_would_let_something_through_is_refused(rules: tuple[Rule, ...]) -> None:
    with pytest.raises(ConfigError):
        check_rules(rules)


# Pages


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    expected = markdown(RULES)
    assert (DOCS / "rules.md").read_text("utf-8") == expected, "run azureml-policies rules --markdown > docs/rules.md"


def test_the_page_of_guardrails_names_the_rules_and_leads_to_files() -> None:
    text = (DOCS / "guardrails.md").read_text("utf-8")
    assert [item.id for item in PERMISSIONS if f"`{item.id}`" not in text] == []
    named = set(re.findall(r"`((?:compute|endpoint|endpoints|access|workspace|datastore|stack)-[a-z-]+)`", text))
    assert named - {item.id for item in RULES} == set()
    assert [link for link in LINK.findall(text) if not (DOCS / link).exists()] == []


# The wrapper


def break_with(error: Exception) -> Any:
    def check(*_: Any) -> Iterator[str]:
        yield "before"
        raise error

    return check


def test_a_crash_denies_whatever_the_level_is() -> None:
    rules = (rule(check=break_with(ZeroDivisionError("no")), level=Level.ADVISORY),)
    first, crash = judge([cluster()], rules=rules)
    assert (first.message, first.level) == ("before", Level.ADVISORY)
    assert crash.level is Level.MANDATORY
    assert crash.message.startswith("the rule itself failed (ZeroDivisionError: no), so nothing is allowed")


def test_a_crash_over_the_whole_plan_denies() -> None:
    _, crash = judge([cluster()], rules=(rule(check_all=break_with(KeyError("x"))),))
    assert crash.denies
    assert crash.urn == ""


def test_the_unknown_denies_where_rights_are_decided_and_waits_elsewhere() -> None:
    def check(*_: Any) -> Iterator[str]:
        raise UnknownError("properties.vmSize")
        yield

    (denied,) = judge([cluster()], rules=(rule(check=check, decides=True),))
    assert denied.denies
    assert denied.message.startswith("properties.vmSize is not known until the update, and without it this can't be")
    (later,) = judge([cluster()], rules=(rule(check=check),))
    assert (later.level, later.message) == (
        Level.ADVISORY,
        "properties.vmSize is not known until the update; it is decided then",
    )
    (now,) = judge([cluster()], rules=(rule(check=check),), preview=False)
    assert now.denies


def test_a_finding_may_be_of_another_resource_and_level() -> None:
    found = Finding("there", "urn:other", Level.ADVISORY)
    (violation,) = judge([cluster()], rules=(rule(check=lambda *_: [found]),))
    assert (violation.urn, violation.level, violation.denies) == ("urn:other", Level.ADVISORY, False)


def test_rules_look_at_their_types_only() -> None:
    only = rule(types=("microsoft.machinelearningservices/WORKSPACES/jobs",), check=lambda write, _: [write.name])
    assert [item.message for item in judge([cluster(), job()], rules=(only,))] == ["train"]


def test_a_disabled_rule_does_not_run() -> None:
    name = GUARDS[0].id
    guardrails = Evaluator(RULES, run(config={name: "disabled"}))
    assert name not in {item.id for item in guardrails._active}


# The config


@each("level", ["disabled", "advisory"])
def test_rules_about_rights_cannot_be_switched_off_all_at_once(level: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse({ALL: level}, RULES)
    assert refused.value.problems[0].startswith(f"{ALL}: {level} is too low for compute-admins-only")


@each(
    ("config", "problem"),
    [
        ([], 'expected an object such as {"compute-max-nodes": {"max": 10}}'),
        (
            {"compute-admin-only": "mandatory"},
            "compute-admin-only: there is no such rule; did you mean compute-admins-only?",
        ),
        (
            {"endpoints-operators-only": "off"},
            "endpoints-operators-only: 'off' is no level; there are disabled, advisory,",
        ),
        ({PACK: {"baselin": "live"}}, "guardrails.baselin: there is no such setting; did you mean baseline?"),
        ({PACK: {"baseline": 3}}, "guardrails.baseline: expected string, found 3"),
        ({PACK: {"roles": "azur"}}, "guardrails.roles: expected one of azure, given, found 'azur'"),
        ({PACK: {"allow": ["a", 1]}}, "guardrails.allow[1]: expected string, found 1"),
        ({PACK: "disabled"}, "guardrails: disabled is too low"),
        ({"compute-admins-only": "disabled"}, "compute-admins-only: disabled is too low; it can't be lower than"),
        ({"compute-admins-only": "disabled"}, "compute-admins-only: disabled is too low"),
        ({"endpoints-operators-only": 3}, "endpoints-operators-only: expected a level ("),
    ],
)
def test_a_config_with_a_mistake_is_refused_with_its_place(config: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(config, RULES)
    assert refused.value.problems[0].startswith(problem)


def test_a_config_file_with_a_mistake_is_named(tmp_path: Path) -> None:
    file = tmp_path / "guardrails.json"
    with pytest.raises(ConfigError, match="can't be read"):
        load(file, RULES)
    file.write_text("{")
    with pytest.raises(ConfigError, match=r"guardrails\.json: not JSON"):
        load(file, RULES)
    file.write_text('{"nothing": "mandatory"}')
    with pytest.raises(ConfigError, match=r"guardrails\.json: nothing: there is no such rule"):
        load(file, RULES)


def test_a_rule_takes_its_own_level_before_that_of_all() -> None:
    config = parse({ALL: "mandatory", "endpoints-operators-only": "advisory"}, RULES)
    levels = {item.id: config.level(item) for item in RULES}
    assert levels.pop("endpoints-operators-only") is Level.ADVISORY
    assert set(levels.values()) == {Level.MANDATORY}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([PACK, ALL, LEVEL, "compute-max-nodes", "x"]), inner, max_size=3)
        ),
    )
)
def test_no_config_breaks_the_reader(content: Any) -> None:
    problems: tuple[str, ...] = ()
    try:
        level = parse(content, RULES).level(PERMISSIONS[0])
    except ConfigError as error:
        problems, level = error.problems, Level.MANDATORY
    assert level in (Level.MANDATORY, Level.REMEDIATE)
    assert all(problems)
