"""What platform.yml says of the platform itself, and what is described beside it, fit together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from azureml_arm import roles
from azureml_infra.description.located import ENDPOINTS, Checked, Located, key
from azureml_infra.entities.access import AccessEntry
from azureml_infra.entities.guardrails import DATA_SCIENTIST, SWITCH, AllowedCompute
from azureml_infra.entities.platform import PlatformDescription
from azureml_infra.entities.references import FAMILIES, LOCAL_COMPUTE, SYSTEM_COMPUTES
from azureml_infra.entities.workspace_kinds import FeatureStoreArgs, HubArgs, ProjectArgs
from azureml_infra.yaml.problems import Problem, article, nearest, one_of, quote


def guardrails(own: Located, checked: Checked) -> Iterator[Problem]:
    """Yield access to a role that isn't made, and entities that the platform's own policy refuses."""
    args = own.entity.guardrails
    if args is None or args.data_scientist_role is None:
        for index, entry in enumerate(own.entity.access):
            if entry.role == DATA_SCIENTIST:
                what = f"the role {quote(DATA_SCIENTIST)} isn't made here"
                yield own.problem(("access", index, "role"), what, f"`{SWITCH}`, too")
    allowed = args.allowed_compute if args is not None else None
    if allowed is not None and allowed.effect == "deny":
        for located in checked.entities:
            yield from _refusals(located, allowed)


def _refusals(located: Located, allowed: AllowedCompute) -> Iterator[Problem]:
    entity = located.entity
    kind = _kind(entity)
    if kind is not None and allowed.kinds is not None and kind not in allowed.kinds:
        field = "compute" if kind == "serverless" else "type"
        yield located.problem((field,), f"{quote(kind)} is not a kind in allowed_compute", one_of(allowed.kinds))
    for field, size in _sizes(entity):
        known = list(map(str, allowed.sizes or (size,)))
        if size not in known:
            what = f"{quote(size)} is not a size in allowed_compute"
            yield located.problem((field,), what, one_of(known))
    for field, count in _counts(entity):
        if allowed.max_instances is not None and count > allowed.max_instances:
            what = f"{count} is more than allowed_compute allows"
            yield located.problem((field,), what, f"{allowed.max_instances} or less")


def _kind(entity: Any) -> str | None:
    """Return the kind of a compute; "serverless" for a job, other than a pipeline, that names no compute."""
    if entity.family == "computes":
        return str(entity.type)
    named = str(getattr(entity, "compute", None) or "").removeprefix("azureml:").lower()
    alone = entity.family == "jobs" and entity.type != "pipeline"
    return "serverless" if alone and named in ("", "serverless") else None


def _sizes(entity: Any) -> Iterator[tuple[str, str]]:
    if entity.family == "computes" and isinstance(getattr(entity, "size", None), str):
        yield "size", entity.size
    if entity.family == "online_deployments" and entity.type == "managed":
        yield "instance_type", entity.instance_type


def _counts(entity: Any) -> Iterator[tuple[str, int]]:
    if entity.family == "computes" and isinstance(getattr(entity, "max_instances", None), int):
        yield "max_instances", entity.max_instances
    if entity.family == "online_deployments" and entity.type == "managed":
        yield "instance_count", entity.instance_count


def access(own: Located, made: Mapping[str, str] | None = None) -> Iterator[Problem]:
    """Yield entries of `access` that say what an earlier one says, however each calls the role and the scope.

    `made` has the ids of what the platform makes, which only its stack knows, by the words for it.
    """
    known = {**(made or {}), **_existing_ids(own.entity)}
    first: dict[tuple[str, str, str], Problem] = {}
    for index, entry in enumerate(own.entity.access):
        here = own.problem(("access", index), "", "each role once for a principal and scope")
        earlier = first.setdefault(_key(entry, known), here)
        if earlier is not here:
            where = f"{earlier.file}:{earlier.line}"
            yield replace(here, what=f"the same role for the same principal again (the first is in {where})")


def _existing_ids(platform: PlatformDescription) -> dict[str, str]:
    """Return the ids of the parts that exist already, by the words for them."""
    workspace = platform.workspace
    registry = workspace.container_registry or (platform.registry.id if platform.registry else None)
    parts = {"storage": workspace.storage_account, "key_vault": workspace.key_vault, "registry": registry}
    return {word: str(given) for word, given in parts.items() if given is not None}


def _key(entry: AccessEntry, ids: Mapping[str, str]) -> tuple[str, str, str]:
    role, principal, scope = str(entry.role), str(entry.principal), str(entry.scope)
    known = roles.find(role)
    at = ids.get(scope, scope).lower().rstrip("/")
    return known.id if known else role.lower().rpartition("/")[2], principal.lower(), at


def building(own: Located, checked: Checked) -> Iterator[Problem]:
    """Yield an `image_build_compute` that isn't a compute of the workspace, or not one that builds images
    (https://learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet, "Configure image builds").
    """
    name = own.entity.workspace.image_build_compute
    if not name:
        return
    place, expected = ("workspace", "image_build_compute"), "the name of a compute cluster (amlcompute)"
    found = checked.find_entity(("computes",), name)
    if name.lower() == LOCAL_COMPUTE:
        what = f"{quote(name)} is the machine of whoever submits a job, and Azure builds images"
        yield own.problem(place, what, expected)
    elif found is not None and found.kind != "compute cluster":
        yield own.problem(place, f"{quote(name)} is {article(found.kind)}, which builds no images", expected)
    elif found is None and name.lower() not in SYSTEM_COMPUTES:
        near = nearest(name, checked.names.names(("computes",)))
        what = f"compute {quote(name)} isn't in this description"
        if checked.strict:
            yield own.problem(place, what, "one that is (strict: true)", near)
        else:
            yield own.problem(place, f"{what}; it is left to Azure", "", near, "warning")


WORKSPACE = "workspace"
"""The word for the workspace and what it stands on, which can be adopted alone."""


def custody(own: Located, checked: Checked) -> Iterator[Problem]:
    """Yield words that name no section, and a warning for those that name nothing in theirs."""
    described = {f"{one.entity.family}/{key(one.entity)}".lower() for one in checked.entities}
    for field in ("adopt", "retain"):
        words = getattr(own.entity, field)
        for index, word in enumerate(words if isinstance(words, list) else ()):
            place = (field, index)
            section, _, name = word.partition("/")
            if field == "adopt" and word == WORKSPACE:
                continue
            if section in ENDPOINTS:
                endpoint = f"`{ENDPOINTS[section]}/NAME`"
                yield own.problem(place, f"{quote(word)} goes with its endpoint", endpoint)
            elif section not in FAMILIES or not name:
                expected = "a section and a name: `computes/cpu`"
                yield own.problem(place, f"{quote(word)} names nothing", expected, nearest(section, list(FAMILIES)))
            elif word.lower() not in described:
                what = f"{quote(word)} names nothing that is described here"
                yield own.problem(place, what, "", nearest(word, sorted(described)), "warning")


_HOMES = {
    "feature_store_entities": (FeatureStoreArgs,),
    "feature_sets": (FeatureStoreArgs,),
    "capability_hosts": (HubArgs, ProjectArgs),
}


def homes(own: Located, checked: Checked) -> Iterator[Problem]:
    """Yield what the platform's workspace can't have, and features that are materialized into no store of it."""
    workspace = own.entity.workspace
    for located in checked.entities:
        entity = located.entity
        wanted = _HOMES.get(entity.family)
        if wanted is None:
            continue
        if not isinstance(workspace, wanted):
            what = f"{article(entity.kind)} needs a workspace of another kind"
            kinds = one_of(f"kind: {kind.kind.replace(' ', '_')}" for kind in wanted)
            yield located.problem((), what, f"{kinds} below `workspace:`")
        elif isinstance(workspace, ProjectArgs) and entity.ai_services_connections is None:
            yield located.problem((), "a project's capability host has no models", "ai_services_connections")
        elif isinstance(workspace, FeatureStoreArgs) and entity.family == "feature_sets":
            settings = entity.materialization_settings
            for store in ("offline", "online") if settings is not None else ():
                if getattr(settings, f"{store}_enabled") and getattr(workspace, f"{store}_store") is None:
                    what = f"the feature store has no {store} store to materialize into"
                    at = ("materialization_settings", f"{store}_enabled")
                    yield located.problem(at, what, f"`{store}_store:` below `workspace:`")
