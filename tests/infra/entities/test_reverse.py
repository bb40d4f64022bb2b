"""What Azure has is told in the words that it was described in: every example and the corpora, there and back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from azureml_arm import ids
from azureml_infra.description.load import load, load_file
from azureml_infra.entities.base import Entity, LocalPath
from azureml_infra.entities.body import body, leaves, specs
from azureml_infra.entities.job import PipelineJob
from azureml_infra.entities.references import ARM_FAMILIES, VERSIONED, Reference, parse
from azureml_infra.entities.resources import describe
from azureml_infra.entities.transfers import ImportComponent
from kit import az_bodies, az_kinds
from kit.az_bodies import CORPUS, plain
from kit.entity_bodies import GROUP
from kit.paths import EXAMPLES
from kit.rows import each

WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
DESCRIPTIONS = sorted({path.parent for path in EXAMPLES.rglob("platform.yml")})
SEGMENTS = {family: segment for segment, family in ARM_FAMILIES.items()}
BELOW = {"online_deployments": "onlineEndpoints/{}/deployments", "batch_deployments": "batchEndpoints/{}/deployments"}


class Ids:
    """Answers with ids and addresses as the workspace has them."""

    def reference(self, families: tuple[str, ...], text: str) -> Any:
        if families == ("subnets",):
            network, subnet = text.split("/")
            return f"{GROUP}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}"
        found = parse(text)
        if found.form == "workspace" and found.path is not None:
            return self._uri(found)
        if found.form != "workspace" or (families[0] in VERSIONED and not found.version) or found.name == "serverless":
            return text
        version = f"/versions/{found.version}" if found.version else ""
        return f"{WORKSPACE}/{SEGMENTS.get(families[0], families[0])}/{found.name}{version}"

    def _uri(self, found: Reference) -> str:
        here = ids.parse(WORKSPACE)
        return (
            f"azureml://subscriptions/{here.subscription}/resourcegroups/{here.resource_group}/workspaces/mlw/"
            f"datastores/{found.name}/paths/{found.path}"
        )

    def anonymous(self, entity: Entity) -> Any:
        name = getattr(entity, "name", None) or "anonymous"
        return f"{WORKSPACE}/{entity.family}/{name}/versions/{getattr(entity, 'version', None) or 1}"

    def upload(self, path: LocalPath) -> Any:
        return self._uri(parse(f"azureml://datastores/uploads/paths/{path}"))

    def url(self, path: LocalPath) -> Any:
        return f"https://uploads/{path}"

    def code(self, path: LocalPath) -> Any:
        return f"{WORKSPACE}/codes/{path.path.name}/versions/1"

    def secret(self, name: str) -> Any:
        return "secret" if name else ""


def resource(entity: Any) -> dict[str, Any]:
    """Return an entity as Azure answers with it."""
    made = body(entity, Ids())
    if entity.family in BELOW:
        below = f"{BELOW[entity.family].format(entity.endpoint_name)}/{entity.name}"
    else:
        name = getattr(entity, "name", None) or entity.label
        version = f"/versions/{entity.version or 1}" if entity.family in VERSIONED else ""
        below = f"{SEGMENTS.get(entity.family, entity.family)}/{name}{version}"
    return {"id": f"{WORKSPACE}/{below}", **made}


PLAIN = ("data", "datastores")
"""Families whose `finish` adds what no description says."""


def entities() -> list[Any]:
    """Return what of the examples is one resource of a workspace: the folder and the place in it."""
    return [
        pytest.param(folder, at, id=f"{folder.relative_to(EXAMPLES)}-{located.entity.family}-{at}")
        for folder in DESCRIPTIONS
        for at, located in enumerate(load(folder).entities)
        if all(
            getattr(located.entity, name) is not None for name in located.entity.model_fields_set
        )  # null: `export` says it
        if located.entity.family not in ("share", "ingestion")  # an action; several resources outside of the workspace
        if located.entity.family != "computes" or not getattr(located.entity, "create", None)  # told by the id of that
        if located.entity.family in PLAIN or hasattr(located.entity, "restore") or not hasattr(located.entity, "finish")
    ]


OF_A_COMPONENT = "a step's component has its own words in Azure"
OF_A_FILE = "what a file on this machine says is no field"
NOT_BACK = {
    "automl-forecasting": "`featurization: {mode: auto}` is the default",
    "steps-copy": OF_A_COMPONENT,
    "steps-in-place": OF_A_COMPONENT,
    "steps-override": OF_A_COMPONENT,
    "steps-transfers": OF_A_COMPONENT,
    "steps-untyped": OF_A_COMPONENT,
    "components/command with more": OF_A_FILE,
    "data/table": OF_A_FILE,
    "feature_sets/full": OF_A_FILE,
}
"""Files of the corpora that aren't told back as they were: why."""
CORPORA = [
    *(pytest.param(lambda name=name: load_file(CORPUS / f"{name}.yml").entity, id=name) for name in az_bodies.files()),
    *(
        pytest.param(lambda case=case: case.entity, id=case.id)
        for case in az_kinds.cases()
        if case.section
        not in ("workspaces", "data_imports")  # told with what they stand on; a run, which is no resource
    ),
]
WRITTEN_IN_PLACE = ("jobs", "environment", "model", "component")
"""What may be written in place of a reference, which is an id in Azure."""


def facts(entity: Any) -> dict[tuple[str | int, ...], str]:
    """Return what Azure is sent, by its place in the YAML: a reference in its short form, a literal as text."""
    here = {spec.word for spec in specs(cast("type[Entity]", type(entity))) if spec.arm.path is None} - {
        "inputs",
        "outputs",
    }
    return {
        leaf.location: str(leaf.value).removeprefix("azureml:")
        for leaf in leaves(entity)
        if (leaf.spec.arm.path is not None or leaf.location[-1] == "value")
        and leaf.location[0] not in here
        and not leaf.spec.uploads
        and not leaf.spec.secret
        and leaf.location[0] not in WRITTEN_IN_PLACE
    }


def without_sources(value: Any) -> Any:
    """Return a body without where a step's component was written: in Azure it is an asset like any other."""
    if isinstance(value, dict):
        return {key: without_sources(item) for key, item in value.items() if key != "_source"}
    return value


@each(("folder", "at"), entities)
def test_every_entity_of_the_examples_is_told_in_its_words(folder: Path, at: int) -> None:
    entity = load(folder).entities[at].entity
    sent = resource(entity)
    words = describe(sent)
    assert words is not None
    again = type(entity).model_validate(words | {"$schema": entity.schema_})
    assert without_sources(resource(again) | {"id": ""}) == without_sources(sent | {"id": ""})
    assert facts(again) == facts(entity)
    written = {spec.word for spec in specs(cast("type[Entity]", type(entity))) if spec.name in entity.model_fields_set}
    assert words.keys() - written - {"name", "version", "type", "endpoint_name"} == set()


@each("made", [one for one in CORPORA if one.id not in NOT_BACK])
def test_every_file_of_the_corpora_is_told_in_words_of_the_same_body(made: Callable[[], Any]) -> None:
    entity = made()
    sent = resource(entity)
    again = type(entity).model_validate((describe(sent) or {}) | {"$schema": entity.schema_})
    assert plain(without_sources(resource(again))) == plain(without_sources(sent))


def test_the_default_place_of_an_import_is_told() -> None:
    text = "{type: pipeline, jobs: {a: {type: data_transfer, task: import_data, outputs: {sink: }, source: %s}}}"
    entity = PipelineJob.model_validate(yaml.safe_load(text % "{type: database, connection: 'azureml:c', query: q}"))
    words = describe(resource(entity)) or {}
    assert words["jobs"]["a"]["outputs"] == {"sink": None}
    assert without_sources(resource(PipelineJob.model_validate(words))) == without_sources(resource(entity))


def test_a_steps_properties_keep_their_names() -> None:
    """They were told in camelCase: the words of a step are snake_case in ARM's body, and what users name isn't."""
    step = "{command: ls, environment: 'azureml:e:1', properties: {my_key: v}, environment_variables: {MY_NAME: v}}"
    entity = PipelineJob.model_validate(yaml.safe_load(f"{{type: pipeline, jobs: {{a: {step}}}}}"))
    told = (describe(resource(entity)) or {})["jobs"]["a"]
    assert (told["properties"], told["environment_variables"]) == ({"my_key": "v"}, {"MY_NAME": "v"})


def test_a_component_that_imports_is_told_with_its_source() -> None:
    """It was told as one that copies, which has the same type and no source: its task tells them apart."""
    text = "{name: c, version: 1, type: data_transfer, task: import_data, outputs: {sink: {type: mltable}}, source: %s}"
    entity = ImportComponent.model_validate(yaml.safe_load(text % "{type: database}"))
    assert (describe(resource(entity)) or {})["source"] == {"type": "database"}
