"""What is meant against what Azure answers, by type: as recorded, and with anything taken away or changed."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml_arm import compare, ids
from azureml_arm.compare import differences
from azureml_arm.compare.known import rules_of
from azureml_arm.tables import read_table
from azureml_arm.types import BY_TYPE, TYPES
from kit.answered_bodies import ANSWERED, JSON, PROBE, YAML, Body
from kit.arm_types import FOLDER as TYPES_FOLDER
from kit.arm_types import NOT_SHARED, ArmTypes
from kit.bodies import change, leaves, without
from kit.recorded import FOLDER, exchanges
from kit.rows import each

ML = "Microsoft.MachineLearningServices/workspaces"


def type_of(short: str) -> str:
    return f"{ML}/{short}" if short else ML


def paths(short: str, meant: Any, there: Any) -> list[str]:
    return [one.path for one in differences(meant, there, complete=False, type_name=type_of(short))]


@each("name", ANSWERED)
def test_what_azure_makes_of_a_body_is_no_difference(name: str) -> None:
    assert paths(*ANSWERED[name]) == []


HIDDEN = (
    *("_source", "jobs", "isAnonymous", "secrets", "description", "resources", "mode", "enableSSO", "disableLocalAuth"),
    *("computeInstanceAuthorizationType", "idleTimeBeforeShutdown"),
)
"""What Azure doesn't give back, or not as it was sent."""


@each("name", ANSWERED)
def test_any_other_value_is_a_difference(name: str) -> None:
    short, meant, there = ANSWERED[name]
    for path in leaves(meant):
        if not set(path) & set(HIDDEN):
            assert len(paths(short, change(meant, path, "another, with signs"), there)) == 1, path


GONE: dict[str, tuple[str, Body]] = {
    "a tag": ("onlineEndpoints", {"tags": {"a": "1"}}),
    "a tag of an asset": ("models/versions", {"properties": {"tags": {"a": "1"}}}),
    "an identity": ("batchEndpoints", {"identity": {"type": "SystemAssigned"}}),
    "a user-assigned identity": ("computes", {"identity": {"userAssignedIdentities": {"/a": {}}}}),
    "an entry of properties": ("onlineEndpoints", {"properties": {"properties": {"mine": "1"}}}),
    "a description": ("computes", {"properties": {"description": "x"}}),
    "a closed door": ("onlineEndpoints", {"properties": {"publicNetworkAccess": "Disabled"}}),
    "a closed workspace": ("", {"properties": {"publicNetworkAccess": "Disabled"}}),
    "a managed network": ("", {"properties": {"managedNetwork": {"isolationMode": "AllowInternetOutbound"}}}),
    "a title": ("", {"name": "W", "properties": {"friendlyName": "Research"}}),
    "a variable": ("onlineEndpoints/deployments", {"properties": {"environmentVariables": {"MINE": "1"}}}),
    "a probe's setting": (
        "onlineEndpoints/deployments",
        {"properties": {"livenessProbe": {**PROBE, "period": "PT1M"}}},
    ),
    "data collection": (
        "onlineEndpoints/deployments",
        {"properties": {"dataCollector": {"collections": {"model_inputs": {"dataCollectionMode": "Enabled"}}}}},
    ),
    "a scoring script": (
        "onlineEndpoints/deployments",
        {"properties": {"codeConfiguration": {"scoringScript": "score.py"}}},
    ),
    "autoscaling": (
        "onlineEndpoints/deployments",
        {"properties": {"scaleSettings": {"scaleType": "TargetUtilization"}}},
    ),
    "an error threshold": ("batchEndpoints/deployments", {"properties": {"errorThreshold": 5}}),
    "a subnet": ("computes", {"properties": {"properties": {"subnet": {"id": "/x"}}}}),
    "a schedule": (
        "computes",
        {"properties": {"properties": {"schedules": {"computeStartStop": [{"action": "Stop"}]}}}},
    ),
    "an idle time": ("computes", {"properties": {"properties": {"idleTimeBeforeShutdown": "PT60M"}}}),
    "a setup script": (
        "computes",
        {"properties": {"properties": {"setupScripts": {"scripts": {"startupScript": {"scriptData": "a"}}}}}},
    ),
    "a conda file": ("environments/versions", {"properties": {"condaFile": JSON}}),
    "a component's input": ("components/versions", {"properties": {"componentSpec": {"inputs": {"a": {"type": "x"}}}}}),
    "an optional input": (
        "components/versions",
        {"properties": {"componentSpec": {"inputs": {"a": {"optional": "True"}}}}},
    ),
    "a stage": ("models/versions", {"properties": {"stage": "Production"}}),
    "archived": ("data/versions", {"properties": {"isArchived": True}}),
}


@each("name", GONE)
def test_what_is_no_longer_meant_is_a_difference(name: str) -> None:
    short, there = GONE[name]
    assert len(paths(short, {"properties": {}}, there)) == 1


@each("complete", [False, True])
def test_a_variable_that_azure_sets_is_no_difference_and_another_value_of_it_is(*, complete: bool) -> None:
    there = {"properties": {"environmentVariables": {"AML_APP_ROOT": "/var"}}}
    meant = {"properties": {"environmentVariables": {"AML_APP_ROOT": "/mine"}}}
    kind = type_of("onlineEndpoints/deployments")
    assert differences({}, there, complete=complete, type_name=kind) == ()
    (found,) = differences(meant, there, complete=complete, type_name=kind)
    assert (found.path, found.old, found.new) == ("environmentVariables.AML_APP_ROOT", "/var", "/mine")


@each(
    ("one", "other"),
    [
        (YAML, YAML.replace("pandas", "polars")),
        (YAML, JSON.replace("3.10", "3.1")),
        (YAML, YAML.replace("- conda-forge", "- defaults\n- conda-forge")),
        (YAML, "{{ not yaml"),
        ("a: &x [1]\nb: *x", "a: [1]\nb: [1]"),
    ],
    ids=["package", "version", "channels", "no document", "aliases"],
)
def test_another_conda_file_is_one_difference(one: str, other: str) -> None:
    found = differences(
        {"properties": {"condaFile": one}},
        {"properties": {"condaFile": other}},
        complete=False,
        type_name=type_of("environments/versions"),
    )
    assert [(item.path, item.old, item.new) for item in found] == [("condaFile", other, one)]


def test_the_order_of_channels_is_their_priority() -> None:
    one, other = "channels: [a, b]\n", '{"channels": ["b", "a"]}'
    there = {"properties": {"condaFile": other}}
    assert paths("environments/versions", {"properties": {"condaFile": one}}, there) == ["condaFile"]


def recase(value: Any, chance: random.Random) -> Any:
    """Return what Azure may write instead: members in another order, ids in other letters, nulls for what isn't set."""
    if isinstance(value, dict):
        items = [(key, recase(item, chance)) for key, item in value.items()]
        chance.shuffle(items)
        return dict(items) | {"notAsked": None}
    if isinstance(value, str) and value.startswith("/subscriptions"):
        return chance.choice([value, value.lower(), value.upper()])
    return value


@given(st.sampled_from(sorted(ANSWERED)), st.randoms(use_true_random=False))
def test_a_body_written_in_another_way_is_the_same(name: str, chance: random.Random) -> None:
    short, meant, _ = ANSWERED[name]
    assert paths(short, meant, recase(meant, chance)) == []


ROWS = read_table(Path(compare.__file__).with_name("known.csv"))


def test_the_table_is_of_types_that_are_known_and_says_where_each_row_was_seen() -> None:
    known = {*BY_TYPE, "*", "microsoft.resources/deployments", "microsoft.machinelearningservices/registries"}
    full = {
        name.lower() if "." in name or name == "*" else type_of("" if name == "workspaces" else name).lower()
        for row in ROWS
        for name in row["types"].replace("#project", "").split()
    }
    assert full <= known
    assert [row for row in ROWS if not row["seen_in"]] == []
    assert {row["rule"] for row in ROWS} == {
        "default",
        "kept",
        "adds",
        "document",
        "unsaid",
        "answers",
        "client",
        "exact",
    }


@cache
def recorded_pairs() -> Sequence[tuple[str, str, Body, Body]]:
    """Return what was asked, and each answer that shows what became of it: of types that the toolkit makes."""
    found = []
    asked: dict[tuple[str, str], Body] = {}
    for one in exchanges():
        place = (one.file, one.where.lower())
        if one.method == "PUT" and isinstance(one.request, dict) and (one.status or 0) < 300:
            asked[place] = one.request
        elif one.method == "PATCH":
            asked.pop(place, None)
        ours = ids.is_id(one.where) and ids.parse(one.where).type.lower() in BY_TYPE
        is_shown = one.method in ("GET", "PUT") and one.status in (200, 201) and isinstance(one.response, dict)
        if ours and is_shown and place in asked:
            found.append((one.id, ids.parse(one.where).type, asked[place], one.response))
    return found


TO_COME = {
    "databricks-workspaces-8": "the workspace of another recording",
    **dict.fromkeys((f"dataFactory-linkedServices-{at}" for at in (1, 2, 3)), "a connection string, which is masked"),
    "dataFactory-triggers-5": "another trigger of the same name",
    "environments-10": "archiving by PUT isn't taken",
    **{
        f"managedClusters-{at}": "a disk of 0 GB is the size's default; an identity's client id is msi"
        for at in range(2, 6)
    },
    **{f"managedClusters-agentPools-{at}": "a disk of 0 GB is the size's default" for at in (2, 5)},
    "onlineEndpoints-4": "while it goes on, without location and identity",
    "onlineEndpoints-7": "while it goes on, the traffic before it",
    "schedules-7": "changed by another request between the two",
    "synapse-workspaces-6": "another workspace of that name, in another recording",
    "schedules-monitors-3": "its action was cut by whoever copied it",
}
"""Answers that do differ from what was asked, and why."""


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/azure-recorded beside the checkout")
def test_no_recorded_answer_of_azure_is_taken_for_another_thing() -> None:
    found = {
        name: differences(sent, there, complete=False, type_name=kind) for name, kind, sent, there in recorded_pairs()
    }
    assert len(found) > 80
    assert {name: kinds for name, kinds in found.items() if kinds and name not in TO_COME} == {}
    assert {name for name in TO_COME if not found[name]} == set()


def found_at(body: Any, path: tuple[str, ...]) -> Any:
    """Return what an answer has at a path; None where it has nothing."""
    for name in path:
        fold = {key.lower(): item for key, item in body.items()} if isinstance(body, dict) else {}
        body = fold.get(name.lower())
    return body


def said_by_the_tables(kind: str, path: tuple[str, ...], there: Body) -> bool:
    """Return whether a table has the very reason for which leaving a path out of a body is no change."""
    rule, value = rules_of(kind).at(path), found_at(there, path)
    above = [rules_of(kind).at(path[:length]) for length in range(1, len(path) + 1)]
    defaults = [there.get("name") if one == "{name}" else one for one in rule.defaults]
    return any(one.kept for one in above) or any(str(value).lower() == str(one).lower() for one in defaults)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/azure-recorded beside the checkout")
def test_leaving_out_what_was_sent_is_a_change_unless_a_table_says_why_not() -> None:
    silent, dropped = [], 0
    for name, kind, sent, there in recorded_pairs():
        for path in leaves(sent):
            is_own = path in (("id",), ("name",)) or path[-1].lower() in compare.READ_ONLY
            if is_own or any(found_at(body, path) in (None, "", [], {}) for body in (sent, there)):
                continue
            dropped += 1
            wanted = compare.dotted_path(path).lower()
            found = differences(without(sent, path), there, complete=False, type_name=kind)
            if not any(wanted.startswith(one.path.lower()) or one.path.lower().startswith(wanted) for one in found):
                silent += [] if said_by_the_tables(kind, path, there) else [(name, ".".join(path))]
    assert dropped > 600
    assert silent == []


NAMES_DEEP = 4
"""How far into a body the table of read-only paths goes."""


def read_only_paths(kind: str, version: str) -> set[str]:
    """Return what Microsoft's types call read-only, but for the names that are read-only wherever they stand."""
    return {
        path
        for path in ArmTypes().read_only(kind, version)
        if "." in path
        and path.rpartition(".")[2].lower() not in compare.READ_ONLY
        and not path.lower().startswith(("identity.", "properties.subnets.", "properties.networksecuritygroup."))
        and ".identity." not in path.lower()
        and len([name for name in path.split(".") if name != "properties"]) <= NAMES_DEEP
    }


@pytest.mark.skipif(not TYPES_FOLDER.is_dir(), reason="no ../shared/arm-types beside the checkout")
@each("kind", sorted(one.type.lower() for one in TYPES if one.type.split("/")[0] not in NOT_SHARED))
def test_what_is_read_only_is_what_microsofts_types_say(kind: str) -> None:
    declared = BY_TYPE[kind]
    wanted = read_only_paths(declared.type, declared.api_version)
    table = read_table(Path(compare.__file__).with_name("read_only.csv"))
    ours = {
        path
        for row in table
        for name in row["types"].split()
        if (name if "." in name else type_of("" if name == "workspaces" else name)).lower() == kind
        for path in row["paths"].split()
    }
    assert sorted(ours) == sorted(wanted)
