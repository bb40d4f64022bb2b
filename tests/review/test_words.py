"""A review speaks as the YAML does: every field by its word, every value as it is written, every type by its noun."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azureml_arm.types import TYPES
from azureml_infra.entities.base import Entity
from azureml_infra.entities.body import FieldSpec, fields_by_path
from azureml_infra.entities.kinds import KINDS
from azureml_infra.entities.reverse import fixed_values, value_of
from azureml_policies.requests import native_types
from azureml_review.model import Field, Op
from azureml_review.security import about_security, security_of
from azureml_review.types import ROWS, losses_of
from azureml_review.words import model_of, noun_of, word_of
from kit.rows import each

MODELS = [kind.model for kind in KINDS]
FIELDS = [(model, path) for model in MODELS for path in fields_by_path(model) if path != "properties"]
SPECS = [fields_by_path(model)[path].spec for model, path in FIELDS]
WITHOUT_LOSS = {
    "microsoft.resources/deployments",
    "microsoft.storage/storageaccounts/blobservices",
    "microsoft.insights/diagnosticsettings",
}
"""Types whose deletion takes nothing with it: what a deployment made stays."""


@given(st.sampled_from(FIELDS), st.booleans())
def test_every_field_is_shown_by_its_word(field: tuple[type[Entity], str], shouted: bool) -> None:
    model, path = field
    below = path.removeprefix("properties.")
    word, _ = word_of(model, below.upper() if shouted else below)
    assert word == fields_by_path(model)[path].word


def arm_value(spec: FieldSpec, written: Any) -> Any:
    """Return what ARM is sent for a value; None where it can't be written there."""
    try:
        return spec.arm.convert(written)
    except (TypeError, ValueError, AttributeError, KeyError):
        return None


@given(st.sampled_from(SPECS), st.data())
def test_a_value_is_shown_as_it_is_written(spec: FieldSpec, data: st.DataObject) -> None:
    written = data.draw(st.sampled_from([*spec.choices, True, False]) | st.integers(1, 10**6))
    sent = arm_value(spec, written)
    if sent is None:
        return
    shown = value_of(spec, sent)
    assert shown == sent or arm_value(spec, shown) == sent
    same = [choice for choice in spec.choices if arm_value(spec, choice) == sent]
    if written in spec.choices and len(same) == 1:
        assert shown == written


def test_durations_are_shown_in_the_units_of_the_yaml() -> None:
    minutes = {
        (model.__name__, named.word): value_of(named.spec, sent)
        for model in MODELS
        for named in fields_by_path(model).values()
        if isinstance(sent := arm_value(named.spec, 120), str) and sent != "120" and re.search(r"\d", sent)
    }
    assert len(minutes) > 5
    assert {word: value for word, value in minutes.items() if value != 120} == {}


def test_the_types_of_the_table_are_azures() -> None:
    """In the letters of azure-native's paths: a type that is spelled wrongly would lose nothing, without a word."""
    known = {found.type for name in native_types.rows() if (found := native_types.find(name))}
    assert {row["type"] for row in ROWS.values()} <= known | {one.type for one in TYPES}


@each("type_name", sorted({one.type for one in TYPES}))
def test_every_type_has_a_noun_and_says_what_goes_with_it(type_name: str) -> None:
    noun = noun_of(type_name, None)
    assert noun == "Application Insights" or not noun.endswith("s")
    lost = losses_of(Op.DELETE, type_name, noun)
    assert bool(lost) is (type_name.lower() not in WITHOUT_LOSS)
    assert losses_of(Op.UPDATE, type_name, noun) == ()


@each("model", MODELS, ids=lambda model: model.__name__)
def test_a_body_is_of_the_kind_that_made_it(model: type[Entity]) -> None:
    section = next(kind.section for kind in KINDS if kind.model is model)
    types = {
        "workspaces": "Microsoft.MachineLearningServices/workspaces",
        "computes": "Microsoft.MachineLearningServices/workspaces/computes",
        "datastores": "Microsoft.MachineLearningServices/workspaces/datastores",
        "jobs": "Microsoft.MachineLearningServices/workspaces/jobs",
    }
    if section not in types:
        return
    made: dict[str, Any] = {}
    for path, value in fixed_values(model):
        inner = made
        *above, last = path.split(".")
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = str(value).upper()
    assert model_of(types[section], made) is model


SECURITY = {
    "publicNetworkAccess": "network",
    "networkAcls.defaultAction": "network",
    "managedNetwork.isolationMode": "network",
    "properties.enableNodePublicIp": "network",
    "properties.subnet.id": "network",
    "allowBlobPublicAccess": "public access",
    "allowSharedKeyAccess": "keys",
    "adminUserEnabled": "keys",
    "authMode": "keys",
    "encryption.status": "keys",
    "enablePurgeProtection": "keys",
    "identity.type": "roles",
    "enableRbacAuthorization": "roles",
    "description": "",
    "properties.scaleSettings.maxNodeCount": "",
    "displayName": "",
    "properties.vmSize": "",
    "tags.team": "",
}


@each(("path", "about"), SECURITY.items())
def test_what_a_security_reviewer_looks_at(path: str, about: str) -> None:
    field = Field(path, path, "old", "new")
    assert about_security(field) == about
    assert security_of(Op.UPDATE, "Microsoft.Anything/things", [field]) == ((about,) if about else ())
    assert security_of(Op.SAME, "Microsoft.Authorization/roleAssignments", [field]) == ()
