"""The tables of types: whole by the SDK, in agreement with each other, and reached by what the rules name."""

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pulumi_azure_native

from azureml_arm.catalogue import ArmType
from azureml_arm.tables import read_table
from azureml_arm.types import TYPES
from azureml_policies.requests import native_types, terraform_types, writes
from azureml_policies.requests.harmless import is_harmless, reasons
from azureml_policies.requests.native import find_type
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.renting import _READERS
from azureml_policies.requests.request import Token
from azureml_policies.requests.runners import RUNNERS
from azureml_policies.requests.tables import EXTRA, OPAQUE_TYPES
from azureml_policies.requests.terraform_table import TABLE, Bridged
from azureml_policies.rules.registry import RULES
from kit.paths import ROOT
from kit.rows import each

PACKAGE = Path(pulumi_azure_native.__path__[0])
TOKENS = sorted(set(re.findall(r'"azure-native:([^"]+)": "\w+"', (PACKAGE / "__init__.py").read_text("utf-8"))))
GENERIC = "resources:Resource"
"""Which has a reader of its own: its type is in its arguments."""
_QUERIES = """
    canFetchContent endTime expand expandChildren expandCommentsAttachments expandDetector expandRegistrationDefinition
    filter format includeBudget includeColocationStatus localeCode migrationOperationId recurse select startTime
    subscriptionId syncStatus tenantId top
"""
QUERIES = set(_QUERIES.split())
"""Arguments of getters that go into the query, and the subscription."""
ASIDE = {
    "applicationinsights:AnalyticsItem": {"id", "scopePath"},
    "authorization:ManagementLockAtResourceLevel": {"apiVersion"},
    "customerinsights:View": {"userId"},
    "policyinsights:RemediationAtManagementGroup": {"managementGroupsNamespace"},
}
"""Arguments of single getters that are no part of the path, or a constant in it."""


class Class(NamedTuple):
    """What the SDK's source says of a resource: its arguments, and its former tokens in lower case."""

    arguments: frozenset[str]
    aliases: frozenset[str]


@cache
def sdk() -> tuple[dict[str, Class], dict[str, set[str]]]:
    """Return the SDK's resources by token, and the arguments of its getters."""
    classes: dict[str, Class] = {}
    getters: dict[str, set[str]] = {}
    for path in PACKAGE.glob("*/*.py"):
        source = path.read_text("utf-8")
        called = re.search(r"pulumi\.runtime\.invoke\('azure-native:([^']+)'", source)
        if called:
            getters[called[1]] = set(re.findall(r"__args__\['(\w+)'\]", source))
            continue
        made = re.search(r"super\(\w+, __self__\)\.__init__\(\s*'azure-native:([^']+)'", source)
        if made:
            aliases = re.findall(r'Alias\(type_="azure-native:([^"]+)"', source)
            former = frozenset(re.sub(r"/v\w+:", ":", alias).lower() for alias in aliases)
            words = re.findall(r'__props__\.__dict__\["(\w+)"\]', source)
            classes[made[1]] = Class(frozenset(word.replace("_", "") for word in words), former)
    return classes, getters


def in_path(entry: ArmType) -> set[str]:
    return {name for name in entry.path_names if name != "subscriptionId"}


def test_every_resource_of_the_sdk_is_known_and_nothing_else() -> None:
    unknown = [token for token in TOKENS if find_type(Token.parse(f"azure-native:{token}")) is None]
    assert unknown == [GENERIC]
    assert {*TOKENS} - {GENERIC} == {row["token"] for row in native_types.rows().values()}
    assert len(TOKENS) > 2_000


def test_the_names_in_every_path_are_those_that_the_getter_asks_for() -> None:
    classes, getters = sdk()
    for token in set(TOKENS) - {GENERIC}:
        entry = native_types.find(token.lower())
        assert entry is not None
        module, name = token.split(":")
        asked = getters.get(f"{module}:get{name}")
        if asked is None:  # what has no getter is made of its own arguments
            assert {word.lower() for word in in_path(entry)} <= classes[token].arguments, token
        else:
            assert in_path(entry) == asked - QUERIES - ASIDE.get(token, set()), token


def test_former_tokens_are_aliases_of_the_sdk() -> None:
    classes, _ = sdk()
    for former, row in native_types.rows().items():
        if former != row["token"].lower():
            assert former in classes[row["token"]].aliases


@each("entry", [*EXTRA, *TYPES], ids=lambda entry: entry.token)
def test_the_richer_tables_say_the_same(entry: ArmType) -> None:
    found = native_types.find(entry.token.lower().removeprefix("azure-native:"))
    assert found is not None
    assert (found.type.lower(), found.path.lower()) == (entry.type.lower(), entry.path.lower())
    assert find_type(Token.parse(entry.token)) in (*EXTRA, *TYPES)


def test_the_page_counts_the_types_that_are_known() -> None:
    rows = native_types.rows()
    tokens = {row["token"] for row in rows.values()}
    counts = f"{len(tokens):,}, and {len(rows) - len(tokens)} former names"
    page = (ROOT / "docs" / "guardrails.md").read_text("utf-8")
    assert counts in page
    assert f"| {len(terraform_types.table()):,} | the type's own action; of {len(TABLE)} the values" in page
    assert f"| {len(reasons())} patterns |" in page


# the types that rules name

BY_TEMPLATES = {
    "microsoft.hdinsight/clusterpools": "azure-native no longer has it",
    "microsoft.hdinsight/clusterpools/clusters": "azure-native no longer has it",
    "microsoft.automation/automationaccounts/jobs": "a job that is started, which no version of the SDK has",
    "microsoft.machinelearningservices/workspaces/notebooks/vm*": "of Azure ML's first API version",
    "microsoft.machinelearningservices/workspaces/services": "of an API version that azure-native no longer has",
}
"""Types that rules name and that only templates and azapi reach, with the reason."""


def tokens_named() -> list[str]:
    by_rules = {name for rule in RULES for name in rule.types}
    return sorted({*by_rules, *OPAQUE_TYPES, *_READERS})


@cache
def types_reached() -> frozenset[str]:
    """Return the ARM types that azure-native's tokens and azurerm's lead to, in lower case."""
    native = (native_types.find(name) for name in native_types.rows())
    bridged: tuple[Bridged | terraform_types.Typed, ...] = (*TABLE, *terraform_types.table())
    rich = {entry.type.lower() for entry in (*EXTRA, *TYPES)}
    return frozenset({entry.type.lower() for entry in native if entry} | {row.type.lower() for row in bridged} | rich)


@each("name", tokens_named())
def test_what_a_rule_names_is_reached_by_a_token(name: str) -> None:
    known = any(fnmatchcase(type_name, name.lower()) for type_name in types_reached())
    assert known or BY_TEMPLATES.get(name.lower())


# azurerm


@each("entry", TABLE, ids=lambda entry: entry.terraform)
def test_the_two_tables_of_azurerm_agree(entry: Bridged) -> None:
    found = [row for row in terraform_types.table() if set(row.classic) & set(entry.classic)]
    assert found or entry.terraform in ("template_deployment", "resource_deployment_script_azure_power_shell")
    assert {row.type.lower() for row in found} <= {entry.type.lower()}


def test_every_row_of_azurerm_has_a_type_and_a_token_of_its_own() -> None:
    rows = terraform_types.table()
    assert [row for row in rows if not re.fullmatch(r"[A-Za-z0-9.]+(/[A-Za-z0-9]+)+", row.type)] == []
    tokens = [token for row in rows for token in row.classic]
    assert len(tokens) == len(set(tokens))
    assert len({row.terraform for row in rows}) == len(rows) > 1_100


GROUP = "/subscriptions/s/resourceGroups/rg"


@each("row", terraform_types.table(), ids=lambda row: row.terraform)
def test_a_resource_of_azurerm_is_a_write_of_its_type(row: terraform_types.Typed) -> None:
    """However it comes: by the classic provider, by a bridged one, by a module, and wherever its argument says."""
    tokens = [f"azure:{token.replace(':', '/x:')}" for token in row.classic]
    tokens += [f"azurerm:index/x:{row.terraform.replace('_', '')}", f"contoso:tf:azurerm_{row.terraform}"]
    parent = f"{GROUP}/providers/{row.type.partition('/')[0]}/{row.type.split('/')[1]}/outer"
    for token in tokens:
        for where in (GROUP, parent, "/subscriptions/s", "x", None):
            first, *more = writes(
                Planned("urn", token, "it", {"resource_group_name": "rg", row.at: where, "name": "n"})
            )
            if first.opaque in OPAQUE_TYPES.values():
                first, *more = more
            if first.opaque:
                assert first.opaque.startswith("an id that isn't one of ")
            else:
                assert first.type.lower() == row.type.lower()
            assert all(one.opaque for one in more)


# what isn't known


@each(
    "token",
    [
        "restful:index/resource:Resource",
        "restapi:index/object:Object",
        "shell:index/script:Script",
        "contoso:tf:null_resource",
        "contoso:tf:azurerm_of_tomorrow",
        "azure:of/tomorrow:Tomorrow",
        "azure-native:of:Tomorrow",
        "azure-native_of_v20300101:of:Tomorrow",
        "ansible:index/playbook:Playbook",
        "databricks:index/cluster:Cluster",
        "databricks:index/job:Job",
        "databricks:index/instancePool:InstancePool",
        "docker:index/image:Image",
        "docker-build:index:Image",
        "kubernetes:batch/v1:Job",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:karpenter.sh/v1:NodePool",
        "kubernetes:cluster.x-k8s.io/v1beta1:Cluster",
        "kubernetes:source.toolkit.fluxcd.io/v1:GitRepository",
        "kubernetes:pulumi.com/v1:Stack",
        "kubernetes:yaml:ConfigFile",
        "github:index/repositoryFile:RepositoryFile",
        "github:index/actionsVariable:ActionsVariable",
        "azuread:index/groupMember:GroupMember",
        "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
        "azuread:index/applicationPassword:ApplicationPassword",
        "msgraph:index/resource:Resource",
        "azuredevops:index/buildDefinition:BuildDefinition",
        "aws:batch/computeEnvironment:ComputeEnvironment",
        "command:remote:CopyToRemote",
        "pulumiservice:index:TeamStackPermission",
        "nobody:has/heard:Of",
    ],
)
def test_a_type_that_is_not_known_could_do_anything(token: str) -> None:
    (found,) = writes(Planned("urn", token, "it", {}))
    assert found.opaque
    assert writes(Planned("urn", token, "it", {}, custom=False)) == ()


@each(
    "token",
    [
        "pulumi:pulumi:Stack",
        "pulumi:pulumi:StackReference",
        "pulumi:providers:azure-native",
        "random:index/randomPassword:RandomPassword",
        "tls:index/privateKey:PrivateKey",
        "time:index/sleep:Sleep",
        "contoso:tf:random_pet",
        "kubernetes:core/v1:ConfigMap",
        "github:index/issueLabel:IssueLabel",
        "databricks:index/notebook:Notebook",
    ],
)
def test_what_is_harmless_asks_for_nothing(token: str) -> None:
    assert writes(Planned("urn", token, "it", {})) == ()


def test_harmless_types_are_few_have_reasons_and_hold_nothing_of_azure_or_of_the_runners() -> None:
    assert all(reasons().values())
    assert list(reasons()) == [token.lower() for token in reasons()]
    ours = [f"azure-native:{token.lower()}" for token in TOKENS]
    ours += [f"azure:{token}" for row in terraform_types.table() for token in row.classic]
    ours += [f"x:tf:azurerm_{row.terraform}" for row in terraform_types.table()]
    assert [token for token in ours if is_harmless(token)] == []
    assert [token for token in reasons() for pattern, _ in RUNNERS if re.fullmatch(pattern, token)] == []


def test_the_tables_are_plain_and_sorted() -> None:
    for table, column in ((native_types.TABLE, "token"), (terraform_types.TABLE, "terraform")):
        names = [row[column] for row in read_table(table)]
        assert names == sorted(names, key=str.lower)
        assert len(names) == len(set(names))
