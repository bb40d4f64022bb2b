"""az ml's words in messages: those of `az_ml` against infra's entities, which know each word's place in ARM's body."""

from collections import defaultdict
from collections.abc import Iterator

from azureml_infra.entities.base import Entity, Model
from azureml_infra.entities.body import FieldSpec, specs, words
from azureml_infra.entities.compute import AmlCompute
from azureml_infra.entities.created_spark import CreatedSparkPool
from azureml_infra.entities.kinds import KINDS
from azureml_policies.az_ml import AZ_ML, VALUES
from azureml_policies.text import bare, word
from kit.rows import each

OUTSIDE = {"computename": "name", "computetype": "type", "autoscale.maxnodecount": "nodes"}
"""What is no place in a body: the name stands in the path, the type says which model it is; one word for two places."""


def places() -> dict[str, set[str]]:
    """Each place in ARM's bodies, as `azureml_policies.az_ml` writes it -> what entities call it."""
    found: dict[str, set[str]] = defaultdict(set)
    models: list[type[Model]] = [*(kind.model for kind in KINDS), CreatedSparkPool]
    for model in models:
        for path, name in words(model).items():
            stripped = path
            while stripped.startswith("properties."):
                stripped = stripped.removeprefix("properties.")
            found[stripped.lower()].add(name)
    return found


@each("path", sorted(AZ_ML.keys() - OUTSIDE.keys()))
def test_a_word_is_that_of_the_entities(path: str) -> None:
    assert places()[path] == {AZ_ML[path]}


@each("path", sorted(VALUES))
def test_a_value_is_that_of_the_entities(path: str) -> None:
    fields = [field for kind in KINDS for place, field in placed_fields(kind.model) if bare(place) == path]
    assert fields
    for field in fields:
        sent = {said: str(field.arm.convert(SWITCH.get(said, said))).lower() for said in VALUES[path].values()}
        assert sent == {said: arm for arm, said in VALUES[path].items()}


SWITCH = {"true": True, "false": False}


def placed_fields(model: type[Model], at: str = "") -> Iterator[tuple[str, FieldSpec]]:
    """Yield the fields of a model, and of those inside it, with their places in the body."""
    for spec in specs(model):
        if spec.arm.path is not None:
            path = ".".join(part for part in (at, spec.arm.path) if part)
            yield path, spec
            for nested in spec.models:
                yield from placed_fields(nested, path) if not issubclass(nested, Entity) else ()


def test_what_is_in_no_body_is_a_field_all_the_same() -> None:
    assert {path: AZ_ML[path] for path in OUTSIDE} == OUTSIDE
    assert set(OUTSIDE.values()) <= {*AmlCompute.model_fields, *CreatedSparkPool.model_fields}
    assert not OUTSIDE.keys() & places().keys()


@each(
    ("path", "said"),
    [
        ("properties.properties.vmSize", "size"),
        ("properties.VMSIZE", "size"),
        ("vmSize", "size"),
        ("sku.capacity", "instance_count"),
        ("properties.properties.osType", "osType"),
    ],
)
def test_a_place_is_found_below_properties_and_in_any_letter_case(path: str, said: str) -> None:
    assert word(path) == said
