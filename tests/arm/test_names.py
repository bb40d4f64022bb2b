"""Naming rules and generated names."""

import re
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.names import RULES, assignment_guid, azure_name
from kit.rows import each

SALT = "00000000-1111-2222-3333-444444444444/rg-ml"


@each(
    ("kind", "legal", "illegal"),
    [
        ("storage", ["abc", "st123"], ["ab", "a" * 25, "with-dash", "Upper"]),
        ("key_vault", ["kv-a", "abc"], ["1ab", "kv--a", "kv-", "a" * 25]),
        ("registry", ["acmeml", "A1234"], ["acme", "acme-ml", "a" * 51]),
        ("log_analytics", ["log-a", "1abc"], ["abc", "-log", "log-"]),
        ("workspace", ["mlw", "0a_b-c", "a" * 33], ["ab", "_abc", "a" * 34]),
        ("compute_cluster", ["cpu-cluster-1", "abc", "a" * 32], ["1cpu", "cpu-", "ab", "a" * 33]),
        (
            "compute_instance",
            ["anna-ci", "ci-1a", "a" * 24],
            ["ci-1", "a-b-1", "ci-", "ci--", "1ci", "ci", "ci_a"],
        ),
        ("datastore", ["a", "1a-b_c"], ["", "-a", "a.b"]),
        ("online_endpoint", ["abc", "a-b-c"], ["a--b", "1ab", "ab-", "ab"]),
        ("blob_container", ["abc", "a-b"], ["ab", "A-b", "a--b", "-ab"]),
        ("connection", ["abc"], ["ab", "a" * 34]),
        ("outbound_rule", ["abc", "1-a_b"], ["ab", "a b c", "_ab", "a" * 34]),
        ("resource_group", ["rg-(a).b_c"], ["rg.", "a" * 91]),
        ("application_insights", ["appi a"], ["appi.", "a/b"]),
    ],
)
def test_rules(kind: str, legal: list[str], illegal: list[str]) -> None:
    rule = RULES[kind]
    assert [name for name in legal if not rule.allows(name)] == []
    assert [name for name in illegal if rule.allows(name)] == []


def test_every_rule_explains_itself() -> None:
    for kind, rule in RULES.items():
        assert re.match(r"\d+ to \d+ ", rule.sentence), kind


names = st.text(min_size=0, max_size=60)


@given(st.sampled_from(sorted(RULES)), names, names, names)
def test_generated_names_are_legal(kind: str, platform: str, stack: str, word: str) -> None:
    assert RULES[kind].allows(azure_name(kind, platform, stack, SALT, word))


@given(st.sampled_from(sorted(RULES)), st.tuples(names, names), st.tuples(names, names))
def test_different_platforms_never_share_a_name(kind: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    same = azure_name(kind, *one, SALT) == azure_name(kind, *other, SALT)
    assert same == (one == other) or _reads_alike(one, other)


def _reads_alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Return whether only unique names tell them apart: `a-b` in stack `c`, and `a` in stack `b-c`."""
    return "-".join(filter(None, one)) == "-".join(filter(None, other))


def test_generated_names_are_readable_and_stable() -> None:
    assert azure_name("workspace", "acme", "dev", SALT) == "mlw-acme-dev"
    assert azure_name("log_analytics", "acme", "dev", SALT) == "log-acme-dev"
    assert azure_name("storage", "acme", "dev", SALT) == "stacmedevvy7zpi"
    assert azure_name("key_vault", "acme", "dev", SALT) == "kv-acme-dev-okntyr"
    assert azure_name("compute_instance", "acme", "dev", SALT, "anna").startswith("anna-acme-dev-")


def test_names_others_could_have_depend_on_where_the_platform_lives() -> None:
    elsewhere = SALT.replace("rg-ml", "rg-other")
    assert azure_name("storage", "acme", "dev", SALT) != azure_name("storage", "acme", "dev", elsewhere)
    assert azure_name("workspace", "acme", "dev", SALT) == azure_name("workspace", "acme", "dev", elsewhere)


def test_where_a_platform_lives_is_compared_without_case() -> None:
    assert azure_name("storage", "acme", "dev", SALT.upper()) == azure_name("storage", "acme", "dev", SALT)


def test_assignment_guid_is_stable_and_ignores_case() -> None:
    guid = assignment_guid("/subscriptions/S/resourceGroups/G", "role", "principal")
    assert UUID(guid).version == 5
    assert guid == assignment_guid("/subscriptions/s/resourcegroups/g", "Role", "PRINCIPAL")
    assert guid != assignment_guid("/subscriptions/S/resourceGroups/G", "role", "other")
