"""What a file says is in a request, or somebody is told: no field is dropped without a word.

Each field that a file of the examples or of the corpora sets is taken out of it. Where that leaves the body as it was,
the field said what is the default, or a warning says that it does nothing, or the table says what else is made of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from azureml_infra.description.effects import effects_of
from azureml_infra.description.load import load, load_file
from azureml_infra.description.located import Located
from azureml_infra.entities.base import Model
from azureml_infra.entities.body import FieldSpec, body, specs
from azureml_infra.entities.in_file import Files, context_of
from azureml_infra.yaml.nodes import descend, written_data
from kit import az_kinds
from kit.az_bodies import CORPUS, Resolver
from kit.paths import EXAMPLES

ELSEWHERE = {
    "the address of its resource": "Job.name InRegistry.registry WorkspaceArgs.name",
    "role assignments": "AmlCompute.grants",
    "autoscale rules": "ManagedOnlineDeployment.autoscale Autoscale ScaleIn ScaleOut ScaleTimes _Scaling",
    "containers": "AzureBlobDatastore.create AzureDataLakeGen2Datastore.create",
    "a file share": "AzureFileDatastore.create FileShareOptions",
    "traffic, set after the deployments": "BatchEndpoint.defaults EndpointDefaults OnlineEndpoint.mirror_traffic "
    "OnlineEndpoint.traffic",
    "traffic, set in steps": "ManagedOnlineEndpoint.rollout Rollout",
    "a cluster and its extension": "KubernetesExtension KubernetesCluster NodePool",
    "a Spark pool": "CreatedSparkPool",
    "a Databricks workspace and its token": "DatabricksWorkspaceArgs DatabricksCompute.token",
    "a data factory's pipelines": "BlobSource HttpSource IngestedData IngestionArgs BlobCreatedTrigger",
    "what a container group fetches first": "ContainerGroupArgs.model",
    "a share, an action": "ShareArgs",
    "nothing: Azure finds it by the id": "UserAssignedIdentity.client_id",
    "nothing: used without `on` only": "ContainerGroupArgs.instance_type",
    "nothing: the only value that is taken is the default": "ComputeInstance.enable_root_access "
    "ComputeInstance.release_quota_on_stop ComputeInstance.enable_os_patching",
}
"""What becomes of a field that is in no body of its entity -> the fields, or the models with all of theirs."""


def home(model: type[Model], name: str) -> str:
    """Return ``Model.field``, of the model that declares it."""
    owner = next(one for one in reversed(model.__mro__) if name in getattr(one, "__annotations__", {}))
    return f"{owner.__name__}.{name}"


def set_fields(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[type[Model], FieldSpec, tuple[Any, ...], Any]]:
    """Yield each field that is set, in models within models, too."""
    if isinstance(value, Model):
        for spec in specs(type(value)):
            inner = getattr(value, spec.name)
            if spec.name in value.model_fields_set:
                yield type(value), spec, (*at, spec.word), inner
            yield from set_fields(inner, (*at, spec.word))
    elif isinstance(value, list | tuple | Mapping):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from set_fields(item, (*at, key))


def without(data: Any, at: tuple[Any, ...]) -> Any:
    """Return data without what is at a place."""
    rest = data.copy()
    if len(at) == 1:
        del rest[at[0]]
    else:
        rest[at[0]] = without(rest[at[0]], at[1:])
    return rest


def requests_of(entity: Any) -> Any:
    """Return all that is sent for an entity."""
    resolver = Resolver(named=True)
    return body(entity, resolver), resolver.components


def files() -> Iterator[tuple[Located, dict[str, Any]]]:
    """Yield what the files describe, with the context of their validation."""
    for path in sorted(EXAMPLES.rglob("platform.yml")):
        for located in load(path).entities:
            yield located, context_of((path.parent / located.file).parent, path.parent, located.file, Files())
    for located in [load_file(path) for path in sorted(CORPUS.glob("*.yml"))]:
        yield located, context_of(CORPUS, None, located.file, Files())
    for case in az_kinds.cases():
        yield case.read(), context_of(CORPUS, None, case.id, Files())


def is_default(model: type[Model], spec: FieldSpec, value: Any) -> bool:
    """Return whether a field has the value that it would have anyway, or only says which kind this is."""
    info = model.model_fields[spec.name]
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    words = {"type", "kind_", "schema_", "capability_host_kind"}
    return spec.name in words or value == default


def is_told(located: Located, at: tuple[Any, ...]) -> bool:
    """Return whether a warning says that a field, or one around it, does nothing."""
    told = {problem.what.split("`")[1].rpartition(".")[2] for problem in effects_of(located)}
    return any(str(word) in told for word in at)


def find_dropped() -> dict[str, Any]:
    """Return the fields that were never seen to change a body, with a place and a value of each."""
    effective: set[str] = set()
    left: dict[str, Any] = {}
    for located, context in files():
        before = None
        data = written_data(descend(located.document.root, located.at))
        for model, spec, at, value in set_fields(located.entity):
            field = home(model, spec.name)
            if field in effective or is_default(model, spec, value) or is_told(located, at):
                continue
            try:
                changed = type(located.entity).model_validate(without(data, at), context=context)
            except (KeyError, TypeError, IndexError, AttributeError):
                continue  # it stands in another file
            except ValidationError:
                effective.add(field)  # it must be there
                continue
            before = before or requests_of(located.entity)
            if requests_of(changed) == before:
                left.setdefault(field, (located.file, at, value))
            else:
                effective.add(field)
    return {field: where for field, where in left.items() if field not in effective}


def test_no_field_is_dropped_without_a_word() -> None:
    known = {name for names in ELSEWHERE.values() for name in names.split()}
    found = find_dropped()
    assert {field: where for field, where in found.items() if not {field, field.partition(".")[0]} & known} == {}
    unused = {name for name in known if not any(name in (field, field.partition(".")[0]) for field in found)}
    assert unused == set()
