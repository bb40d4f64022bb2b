"""What is planned against what is there: what counts as the same, and that nothing else does."""

import random
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.compare import Difference, differences
from azureml_policies.requests.unknown import UNKNOWN
from kit.bodies import change, leaves, value_at, without
from kit.rows import each

GROUP = "/subscriptions/5a4d0b0c-0000-4000-8000-000000000001/resourceGroups/rg"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
OTHER = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-other"


def changes_of(planned: Any, there: Any, *, complete: bool = False) -> list[tuple[str, Any, Any]]:
    """Return the differences of a property `properties.x`, as path, old and new."""
    found = differences({"properties": planned}, {"properties": there}, complete=complete)
    return [(item.path, item.old, item.new) for item in found]


SAME: dict[str, tuple[Any, Any]] = {
    "whole numbers and fractions": ({"n": 5}, {"n": 5.0}),
    "numbers as text": ({"n": "5"}, {"n": 5}),
    "letter case of enums": ({"vmSize": "Standard_DS3_v2"}, {"vmSize": "STANDARD_DS3_V2"}),
    "letter case of names": ({"ScaleSettings": {"MAXnodecount": 5}}, {"scaleSettings": {"maxNodeCount": 5}}),
    "durations": ({"idle": "PT2M"}, {"idle": "PT120S"}),
    "durations with days": ({"idle": "P1DT1H"}, {"idle": "PT25H"}),
    "locations": ({"computeLocation": "West Europe"}, {"computeLocation": "westeurope"}),
    "letter case of ids": ({"resourceId": IDENTITY}, {"resourceId": IDENTITY.upper()}),
    "encoded ids": ({"resourceId": quote(IDENTITY, safe="")}, {"resourceId": IDENTITY}),
    "ids that az ml writes": ({"computeId": f"azureml:{IDENTITY}"}, {"computeId": f"azureml:{IDENTITY.lower()}"}),
    "role definitions of a subscription": (
        {"roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/F6C7"},
        {"roleDefinitionId": "/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/f6c7"},
    ),
    "null and nothing": ({"subnet": None, "n": 1}, {"n": 1}),
    "nothing and empty": ({"tags": {}, "list": []}, {}),
    "identities as list and mapping": (
        {"identity": {"userAssignedIdentities": [OTHER, IDENTITY]}},
        {"identity": {"userAssignedIdentities": {IDENTITY.upper(): {"principalId": "p", "clientId": "c"}, OTHER: {}}}},
    ),
    "order of values": ({"zones": ["1", "2"]}, {"zones": ["2", "1"]}),
    "order of named objects": (
        {"a": [{"name": "x", "v": 1}, {"name": "y"}]},
        {"a": [{"name": "Y"}, {"Name": "x", "v": 1}]},
    ),
    "one asset in two places": (
        {"source": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "hash": "a", "path": "x"}},
        {"source": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "hash": "a", "path": "y"}},
    ),
}


@each("complete", [False, True])
@each("name", SAME)
def test_what_azure_takes_for_the_same_is_no_difference(name: str, *, complete: bool) -> None:
    planned, there = SAME[name]
    assert changes_of(planned, there, complete=complete) == []


CHANGED: dict[str, tuple[Any, Any, str]] = {
    "a number": (
        {"scaleSettings": {"maxNodeCount": 50}},
        {"scaleSettings": {"maxNodeCount": 5}},
        "scaleSettings.maxNodeCount",
    ),
    "a yes or no": ({"on": True}, {"on": False}, "on"),
    "a yes and a number": ({"on": True}, {"on": 1}, "on"),
    "a version": ({"version": "1.10"}, {"version": "1.1"}, "version"),
    "letter case of a tag": ({"tags": {"team": "Data"}}, {"tags": {"team": "data"}}, "tags.team"),
    "letter case of a path": ({"uri": "data/Train.csv"}, {"uri": "data/train.csv"}, "uri"),
    "letter case of a command": ({"command": "python A.py"}, {"command": "python a.py"}, "command"),
    "letter case of a password": ({"adminUserPassword": "Aa"}, {"adminUserPassword": "aA"}, "adminUserPassword"),
    "another identity": (
        {"userAssignedIdentities": [IDENTITY]},
        {"userAssignedIdentities": {OTHER: {}}},
        "userAssignedIdentities",
    ),
    "fewer values": ({"zones": ["1"]}, {"zones": ["1", "2"]}, "zones"),
    "a value twice": ({"zones": ["1", "1", "2"]}, {"zones": ["1", "2", "2"]}, "zones"),
    "order of a command line": ({"args": ["a", "b"]}, {"args": ["b", "a"]}, "args"),
    "an emptied list": ({"ipRules": []}, {"ipRules": [{"value": "10.0.0.0/8"}]}, "ipRules"),
    "inside of a list": ({"r": [{"name": "x", "v": 1}]}, {"r": [{"name": "x", "v": 2}]}, "r"),
    "an object for a value": ({"subnet": {"id": "x"}}, {"subnet": "x"}, "subnet"),
    "a value for an object": ({"subnet": "x"}, {"subnet": {"id": "x"}}, "subnet"),
    "a new value": ({"subnet": {"id": "x"}}, {}, "subnet.id"),
    "one of two spellings": ({"n": 5, "N": 50}, {"n": 5}, "N"),
    "another asset": (
        {"source": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "hash": "a"}},
        {"source": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "hash": "b"}},
        "source.hash",
    ),
    "what isn't known": ({"n": UNKNOWN}, {"n": 5}, "n"),
    "a text with a part that isn't known": ({"n": f"a-{UNKNOWN}"}, {"n": "a-b"}, "n"),
    "a list with a part that isn't known": ({"n": ["a", UNKNOWN]}, {"n": ["a", "b"]}, "n"),
}


@each("complete", [False, True])
@each("name", CHANGED)
def test_a_change_is_reported_with_its_path(name: str, *, complete: bool) -> None:
    planned, there, path = CHANGED[name]
    assert [item[0] for item in changes_of(planned, there, complete=complete)] == [path]


def test_a_difference_has_both_values() -> None:
    found = differences({"properties": {"properties": {"vmSize": "a"}}}, {"properties": {}}, complete=False)
    assert found == (Difference("properties.vmSize", None, "a"),)
    assert differences({"location": "a"}, {"location": "b"}, complete=False) == (Difference("location", "b", "a"),)


def test_what_is_there_and_not_planned_is_a_change_but_for_what_only_azure_sets() -> None:
    own = {"provisioningState": "Succeeded", "__defaults": [], "errors": ["e"], "empty": "", "none": {}}
    there = {"vmSize": "A", "subnet": {"id": "x"}, "on": False, **own}
    for complete in (False, True):
        found = changes_of({"vmSize": "A"}, {**there} if not complete else {**there, "empty": None}, complete=complete)
        assert found == [("subnet.id", "x", None), ("on", False, None)]


def test_what_an_answer_says_of_a_resource_and_of_those_inside_is_no_part_of_a_body() -> None:
    inner = {"name": "a", "id": "/r/x/subnets/a", "type": "T/y/subnets", "etag": "1"}
    there = {"id": "/R/x", "name": "x", "type": "T/y", "etag": "1", "properties": {"subnets": [inner]}}
    meant = {"properties": {"subnets": [{"name": "a"}]}}
    assert differences(meant, there, complete=False) == ()
    elsewhere = {**there, "properties": {"subnets": [{**inner, "id": "/r/y/subnets/a"}]}}
    assert [one.path for one in differences(meant, elsewhere, complete=False)] == ["subnets"]


def test_who_an_identity_is_is_azures_but_a_tenant_elsewhere_is_a_setting() -> None:
    there = {"identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"}, "tenantId": "t"}
    assert changes_of({"identity": {"type": "systemassigned"}}, there, complete=True) == [("tenantId", "t", None)]


SECRETS = (
    "adminUserPassword",
    "key",
    "accountKey",
    "sas",
    "pat",
    "sasToken",
    "connectionString",
    "clientSecret",
    "apiKey",
)
PLAIN = ("adminUserSshPublicKey", "keyIdentifier", "keyVault", "allowSharedKeyAccess", "keyName", "tokenAudience")


@each("name", SECRETS)
def test_a_secret_that_is_not_shown_is_no_difference_and_one_that_is_shown_is_marked(name: str) -> None:
    for there in ({name: "[secret]"}, {name: "*****"}, {name: None}, {name: ""}, {}):
        assert differences({name: "new"}, there, complete=False) == ()
    assert differences({name: "new"}, {name: "[secret]"}, complete=True) == ()
    assert differences({name: "new"}, {name: "old"}, complete=False) == (Difference(name, "old", "new", secret=True),)
    assert differences({name: "new"}, {}, complete=True) == (Difference(name, None, "new", secret=True),)
    assert differences({}, {name: "[secret]"}, complete=True) == (Difference(name, "[secret]", None, secret=True),)


def test_everything_below_secrets_is_one() -> None:
    planned = {"credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "x": "new"}}}
    assert changes_of(planned, {"credentials": {"credentialsType": "AccountKey"}}) == []


@each("name", PLAIN)
def test_what_only_sounds_like_a_secret_is_compared(name: str) -> None:
    assert differences({name: "new"}, {}, complete=False) == (Difference(name, None, "new"),)


def test_who_hides_what_is_no_secret_is_not_taken_at_their_word() -> None:
    found = differences({"maxNodeCount": 50}, {"maxNodeCount": "[secret]"}, complete=True)
    assert found == (Difference("maxNodeCount", "[secret]", "[secret]", secret=True),)
    assert differences({"scale": "[secret]"}, {"scale": {"maxNodeCount": 5}}, complete=True) != ()


# --- any body -----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["vmSize", "scaleSettings", "maxNodeCount", "subnet", "idle", "enabled", "resourceId", "mode"])
LEAVES = st.one_of(
    st.booleans(),
    st.integers(-1000, 1000),
    st.sampled_from([IDENTITY, OTHER, "PT5M", "P1D", "Dedicated", "free text, with signs", "1.10", "https://x/Y"]),
)
BODIES = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=4),
    lambda inner: st.dictionaries(
        NAMES,
        st.one_of(LEAVES, inner, st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True)),
        min_size=1,
        max_size=4,
    ),
    max_leaves=12,
)


def recase(value: Any, chance: random.Random) -> Any:
    """Return a body as Azure might answer it: names and ids in another case, lists in another order, more in it."""
    if isinstance(value, dict):
        items = [(_case(key, chance), recase(item, chance)) for key, item in value.items()]
        chance.shuffle(items)
        return dict(items) | {"provisioningState": "Succeeded", "systemData": {"createdBy": "x"}, "empty": None}
    if isinstance(value, list):
        return chance.sample(value, len(value))
    if isinstance(value, str) and value.startswith("/subscriptions"):
        return _case(value, chance)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _case(text: str, chance: random.Random) -> str:
    return chance.choice([text, text.lower(), text.upper()])


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, "d"]
    return value + 1 if isinstance(value, int) else f"{value}x"


@given(BODIES, st.randoms(use_true_random=False), st.booleans())
def test_a_body_that_azure_writes_differently_is_the_same(body: Any, chance: random.Random, complete: bool) -> None:
    assert differences(body, recase(body, chance), complete=complete) == ()


@given(BODIES, st.randoms(use_true_random=False), st.booleans())
def test_any_changed_value_is_found_and_nothing_else(body: Any, chance: random.Random, complete: bool) -> None:
    path = chance.choice(list(leaves(body)))
    new = other(value_at(body, path))
    (found,) = differences(change(body, path, new), recase(body, chance), complete=complete)
    assert (found.path, found.new) == (".".join(path), new)


@given(BODIES, st.randoms(use_true_random=False), st.booleans())
def test_any_removed_value_is_found(body: Any, chance: random.Random, complete: bool) -> None:
    path = chance.choice(list(leaves(body)))
    (found,) = differences(without(body, path), body, complete=complete)
    assert (found.path, found.new) == (".".join(path), None)
