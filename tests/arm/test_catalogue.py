"""The catalogue's declarations against azure-native's SDK and Microsoft's types: names, flattening, at every depth."""

import inspect
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi._types import is_input_type

from azureml_arm.catalogue import ArmType
from azureml_arm.types import TYPES, by_token
from azureml_infra.components.base import keyword, sdk_class
from azureml_sandbox.pulumi.engine import arguments
from kit.arm_types import FOLDER, NOT_SHARED, ArmTypes
from kit.rows import each

MICROSOFTS = ArmTypes()
ELSEWHERE = (
    "passwordReference",
    "secureValueReference",
    "secretReference",
    "storageAccountKeyReference",
    "secretReferences",
    "ipamPoolPrefixAllocations.id",
    "subnets.serviceGateway",
)
"""What azure-native lifts out of an object of another name (`pool.id`), and what a later version has."""
MAPPED = "azure-native:containerregistry:Registry"
"""Takes its identities as a mapping, where the others take a list; the catalogue gives a list."""
DEPTH = 4
REST_VERSION = re.compile(r"Uses Azure REST API version ([\w-]+?)\.(?:\s|$)")


def fill(declared: Any, depth: int = DEPTH) -> Any:
    """Return a value of a declared type with everything in it that may be given."""
    options = list(arguments._options(declared))
    for one in options:
        if isinstance(one, type) and is_input_type(one):
            inside = arguments._declared_types(one).items()
            return {name: fill(kind, depth - 1) for name, kind in inside} if depth else {}
        if arguments._is(one, Sequence):
            return [fill(typing.get_args(one)[0], depth)]
        if arguments._is(one, Mapping):
            return {}
    return "given"


def arguments_of(arm: ArmType) -> dict[str, Any]:
    """Return every argument of a type, but for the names in its path."""
    kind = arguments._class(arm.token)
    assert kind is not None
    aside = {*arm.path_names, *arm.query}
    return {name: fill(kind) for name, kind in arguments._declared_types(kind).items() if name not in aside}


def unknown_places(problems: list[str] | None) -> Iterator[str]:
    """Yield the places that Microsoft's types don't have."""
    for problem in problems or []:
        place, _, what = problem.partition(": ")
        if what.startswith("unknown"):
            yield place


def declaration(entry: ArmType) -> str:
    return entry.token.removeprefix("azure-native:")


@pytest.mark.long  # it imports the SDK of every type
@each("declared", TYPES, ids=declaration)
def test_an_arm_type_is_what_the_sdk_has(declared: ArmType) -> None:
    sdk = sdk_class(declaration(declared))
    source = Path(inspect.getfile(sdk)).read_text("utf-8")  # an overload's docstring isn't there at run time
    assert set(REST_VERSION.findall(source)) == {declared.api_version}
    given = set(inspect.signature(sdk._internal_init).parameters)
    own = {*declared.path_names, *declared.query, *_top_level(declared.replaces)}
    assert {keyword(name) for name in own} <= given
    outputs = {name for name, value in vars(sdk).items() if isinstance(value, property)}
    assert {keyword(name) for name in declared.renamed if "." not in name} <= given | outputs


def _top_level(arguments: tuple[str, ...]) -> set[str]:
    """Return the arguments, without `location`, which is among the defaults of `replaces` and not every type has."""
    return {argument.partition(".")[0] for argument in arguments} - {"location"}


@each("arm", TYPES, ids=declaration)
def test_arguments_come_back_from_the_body_that_they_make(arm: ArmType) -> None:
    made = arguments_of(arm)
    if arm.token == MAPPED:
        del made["identity"]
    assert arm.arguments(arm.body(made)) == made


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/arm-types")
@each("arm", TYPES, ids=declaration)
def test_a_body_of_every_argument_has_only_names_that_microsoft_has(arm: ArmType) -> None:
    body = arm.body(arguments_of(arm))
    problems = MICROSOFTS.problems(arm.type, arm.api_version, body)
    assert (problems is None) == (arm.type.partition("/")[0] in NOT_SHARED)
    found = {place.replace("[0]", "").replace(".properties.", ".") for place in unknown_places(problems or [])}
    assert {place for place in found if not place.endswith(ELSEWHERE)} == set()


def test_what_is_nested_is_lifted_and_renamed_as_azure_native_does() -> None:
    network = by_token("azure-native:network:VirtualNetwork")
    assert network is not None
    delegation = {"name": "d", "serviceName": "Microsoft.MachineLearningServices/workspaces"}
    subnet = {"name": "nodes", "addressPrefix": "10.0.0.0/24", "delegations": [delegation]}
    body = network.body({"location": "westeurope", "subnets": [subnet]})
    delegated = {"name": "d", "properties": {"serviceName": "Microsoft.MachineLearningServices/workspaces"}}
    inside = {"addressPrefix": "10.0.0.0/24", "delegations": [delegated]}
    assert body == {"location": "westeurope", "properties": {"subnets": [{"name": "nodes", "properties": inside}]}}
    account = by_token("azure-native:storage:StorageAccount")
    assert account is not None
    rules = {"networkRuleSet": {"ipRules": [{"iPAddressOrRange": "10.0.0.1"}]}}
    assert account.body(rules) == {"properties": {"networkAcls": {"ipRules": [{"value": "10.0.0.1"}]}}}


def test_properties_of_a_kind_of_its_own_are_lifted_in_activities_within_activities() -> None:
    pipeline = by_token("azure-native:datafactory:Pipeline")
    assert pipeline is not None
    wait = {"name": "wait", "type": "Wait", "typeProperties": {"waitTimeInSeconds": 60}}
    until = {
        "name": "until",
        "type": "Until",
        "typeProperties": {"timeout": "0.01:00:00", "activities": [wait]},
    }
    lifted = {"name": "wait", "type": "Wait", "waitTimeInSeconds": 60}
    arguments = pipeline.arguments({"properties": {"activities": [until], "concurrency": 1}})
    assert arguments["activities"][0]["activities"] == [lifted]
    assert pipeline.body(arguments) == {"properties": {"activities": [until], "concurrency": 1}}
