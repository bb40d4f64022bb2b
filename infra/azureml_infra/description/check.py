"""Rules across entities: names taken twice, references, cycles. Each rule yields problems; `check` runs them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from azureml_infra.description.circles import circles
from azureml_infra.description.effects import effects
from azureml_infra.description.located import ENDPOINTS, Checked, Located, key
from azureml_infra.description.serving import serving
from azureml_infra.entities.base import LocalPath
from azureml_infra.entities.body import Leaf, leaves, reference_in, references
from azureml_infra.entities.references import (
    EXPECTED,
    FAMILIES,
    LOCAL_COMPUTE,
    VERSIONED,
    BadReferenceError,
    Reference,
    is_system,
    known_as,
    parse,
)
from azureml_infra.yaml.problems import Problem, Severity, article, nearest, one_of, quote

Rule = Callable[[Checked], Iterator[Problem]]

RUNS = frozenset({"jobs", "components", "schedules", "batch_deployments"})
"""The families that have commands or pipelines."""
_OF_AZURE_ML = ("amlcompute", "computeinstance")
"""The types of the computes that Azure ML makes by itself; others are attached."""


def check(checked: Checked, *, alone: bool = False) -> list[Problem]:
    """Return the errors and warnings of entities together; of one that is `alone`, those that need no other entity."""
    rules = ALONE if alone else (*TOGETHER, *ALONE)
    return [problem for rule in rules for problem in rule(checked)]


def _runs(checked: Checked) -> Iterator[Problem]:
    """Yield what is wrong with commands and pipelines."""
    if not any(located.entity.family in RUNS for located in checked.entities):
        return
    # Not at the top: these rules know the models of every kind of job and step, which take longer than most files.
    from azureml_infra.description.optional import optional_inputs
    from azureml_infra.description.pipelines import bindings, computes, step_cycles
    from azureml_infra.description.ports import ports

    for rule in (bindings, step_cycles, computes, ports, optional_inputs):
        yield from rule(checked)


def _duplicates(checked: Checked) -> Iterator[Problem]:
    """Yield names taken twice. As a side effect fill `names`, which the later rules look things up in."""
    for located in checked.entities:
        entity = located.entity
        version = getattr(entity, "version", None)
        if made := getattr(entity, "makes_data", None):
            checked.made_data.add(made.lower())
        earlier = checked.names.add(known_as(entity)[0], key(entity), version, located)
        if earlier and getattr(entity, "name", None):  # jobs need none, and are told apart by what they run
            what = f"a second {FAMILIES[entity.family]} is called {quote(getattr(entity, 'name', None) or key(entity))}"
            what += f" in version {version}" if version else ""
            yield located.problem(("name",), f"{what} (the first is in {earlier.file}:{earlier.line})", "another name")


def _named_in_place(checked: Checked) -> Iterator[Problem]:
    """Yield models and environments of deployments whose name and version another one has, too."""
    seen: dict[tuple[str, str, str], tuple[Located, Any]] = {}
    for located in checked.entities:
        for word in ("model", "environment"):
            asset: Any = getattr(located.entity, word, None)
            version = getattr(asset, "version", None)
            if not version or getattr(asset, "is_anonymous", True):
                continue
            called = f"the {asset.kind} {quote(asset.name)} in version {version}"
            described = checked.names.find((asset.family,), Reference("", "workspace", None, asset.name, version))
            earlier, other = seen.setdefault((asset.family, asset.name.lower(), version), (located, asset))
            if described is not None:
                what = f"{called} is described in {described.file}:{described.line}, too"
                yield located.problem((word, "name"), what, f"{word}: azureml:{asset.name}:{version}")
            elif _content(other) != _content(asset):
                what = f"{called} is another one in {earlier.file}:{earlier.line}"
                yield located.problem((word, "version"), what, "another version, or none")


def _content(asset: Any) -> list[Any]:
    """Return what an asset says, with its local files by where they are."""
    return [
        (leaf.location, leaf.value.path if isinstance(leaf.value, LocalPath) else leaf.value) for leaf in leaves(asset)
    ]


def _data_types(checked: Checked) -> Iterator[Problem]:
    """Yield data assets of another type than an earlier version: Azure ML keeps the type with the name."""
    first: dict[str, Located] = {}
    for located in checked.entities:
        entity = located.entity
        if entity.family == "data" and entity.name:
            earlier = first.setdefault(entity.name.lower(), located)
            if earlier.entity.type != entity.type:
                what = f"{quote(entity.name)} is a {earlier.entity.type} in {earlier.file}:{earlier.line}"
                yield located.problem(
                    ("type",), f"{what}, and all versions are of one type", "that type, or another name"
                )


def _shared_addresses(checked: Checked) -> Iterator[Problem]:
    for located in checked.entities:
        name = key(located.entity)
        if located.entity.family == "batch_endpoints" and "online_endpoints" in checked.names.families(name):
            what = f"an online endpoint is called {quote(name)}, too"
            yield located.problem(("name",), what, "names of endpoints that are unique in a region", severity="warning")


def _references(checked: Checked) -> Iterator[Problem]:
    for located in checked.entities:
        for leaf in references(located.entity):
            yield from _reference(checked, located, leaf)


def _reference(checked: Checked, located: Located, leaf: Leaf) -> Iterator[Problem]:
    families = leaf.families
    wanted = one_of(article(FAMILIES.get(family, family)) for family in families)
    try:
        reference = reference_in(located.entity, leaf)
    except BadReferenceError:
        if leaf.spec.uploads is None:
            yield located.problem(leaf.location, f"{quote(leaf.value)} isn't a reference to {wanted}", EXPECTED)
        return
    if reference.family is not None and reference.family not in families:
        what = f"this refers to {article(FAMILIES[reference.family])}"
        yield located.problem(leaf.location, what, wanted)
    elif families == ("computes",) and reference.name.lower() == LOCAL_COMPUTE:
        what = "a job with the compute local runs on the machine of whoever submits it, and Azure runs this one"
        yield located.problem(leaf.location, what, "serverless, or a compute: azureml:NAME")
    elif (
        reference.form == "workspace"
        and not is_system(reference, families)
        and not _is_made(checked, families, reference)
    ):
        if (reference.version or reference.label) and not set(families) & set(VERSIONED):
            what = f"{article(FAMILIES.get(families[0], families[0]))} has no versions"
            yield located.problem(leaf.location, what, f"azureml:{reference.name}")
            return
        if reference.label not in {None, "latest"}:
            what = f"{quote(reference.label)} is no label of a workspace's {FAMILIES.get(families[0], families[0])}"
            yield located.problem(leaf.location, what, "@latest, or :VERSION")
            return
        yield from _unknown_name(checked, located, leaf, reference)
    elif reference.form == "registry" and not leaf.value.startswith("azureml://"):
        yield from _left_in_the_workspace(checked, located, leaf, reference)


def _is_made(checked: Checked, families: tuple[str, ...], reference: Reference) -> bool:
    """Return whether it is a data asset whose versions something described here makes."""
    return "data" in families and reference.path is None and reference.name.lower() in checked.made_data


def _left_in_the_workspace(checked: Checked, located: Located, leaf: Leaf, there: Reference) -> Iterator[Problem]:
    """Yield a problem for a short name in an asset of a registry that only the workspace has."""
    names = checked.names
    if names.find(leaf.families, there) is None and names.find(leaf.families, parse(leaf.value)) is not None:
        noun = FAMILIES[leaf.families[0]]
        what = f"the {noun} {quote(_reference_text(there))} is in the workspace, which the registry can't see"
        expected = f"`registry: {there.registry}` in that {noun}, too, or a reference to one in a registry"
        yield located.problem(leaf.location, what, expected)


def _unknown_name(checked: Checked, located: Located, leaf: Leaf, reference: Reference) -> Iterator[Problem]:
    families = leaf.families
    known = checked.names.names(families)
    if checked.names.find(families, reference):
        return
    noun = FAMILIES.get(reference.family or families[0], families[0])
    others = [family for family in checked.names.families(reference.name) if family not in families]
    near = nearest(reference.name, known)
    if near and reference.version:
        near = quote(checked.names.spell(families, near.strip('"')))
    if others:
        what = f"{quote(reference.name)} is {article(FAMILIES[others[0]])}"
        yield located.problem(leaf.location, what, one_of(article(FAMILIES.get(family, family)) for family in families))
    elif leaf.spec.name == "endpoint_name":
        what = f"there is no {noun} {quote(reference.name)}"
        yield located.problem(leaf.location, what, one_of(known) or "an endpoint in this description", near)
    elif leaf.spec.name == "registry" and located.entity.family != "share":
        what = f"there is no {noun} {quote(reference.name)} in this description"
        yield located.problem(leaf.location, what, "one under `registries:`, or the ARM id of one that is there", near)
    else:
        hashed = checked.names.find(families, replace(reference, version=None)) if reference.version else None
        if hashed is not None and set(families) & set(VERSIONED) and not getattr(hashed.entity, "version", ""):
            where = f"{noun} {quote(reference.name)} is described without a version in {hashed.file}:{hashed.line}"
            what = f"{where}, so it has the hash of its content for one, and never {quote(reference.version)}"
            yield located.problem(leaf.location, what, f"azureml:{reference.name}, or a `version:` there")
            return
        what = f"{noun} {quote(_reference_text(reference))} isn't in this description"
        expected = "one that is (strict: true)" if checked.strict else ""
        left = "" if checked.strict else "; it is left to Azure"
        severity: Severity = "error" if checked.strict else "warning"
        yield located.problem(leaf.location, what + left, expected, near, severity)


def _reference_text(reference: Reference) -> str:
    version = f":{reference.version}" if reference.version else ""
    return reference.name + version + (f"@{reference.label}" if reference.label else "")


def _cycles(checked: Checked) -> Iterator[Problem]:
    numbers = {id(located): at for at, located in enumerate(checked.entities)}
    uses = [
        [
            (numbers[id(target)], leaf)
            for leaf in references(located.entity)
            if (target := _target(checked, located.entity, leaf))
        ]
        for located in checked.entities
    ]
    for first, second, *rest in circles({at: [other for other, _ in found] for at, found in enumerate(uses)}):
        leaf = next(leaf for other, leaf in uses[first] if other == second)
        names = " -> ".join(key(checked.entities[at].entity) for at in (first, second, *rest))
        what = f"the references form a cycle: {names}"
        yield checked.entities[first].problem(leaf.location, what, "references without a cycle")


def _target(checked: Checked, entity: Any, leaf: Leaf) -> Located | None:
    try:
        reference = reference_in(entity, leaf)
    except BadReferenceError:
        return None
    found = checked.names.find(leaf.families, reference)
    return found if found and found.entity else None


def identities(checked: Checked) -> Iterator[Problem]:
    """Warn of jobs on a compute that is described without an identity, in a workspace whose datastores need one."""
    if not checked.by_identity or checked.existing:
        return
    for located in checked.entities:
        if located.entity.family != "jobs":
            continue
        for leaf in references(located.entity):
            if leaf.families != ("computes",):
                continue
            compute = checked.find_entity(("computes",), leaf.value)
            if compute is not None and compute.type in _OF_AZURE_ML and _has_no_identity(compute):
                what = (
                    f"the {compute.kind} {quote(compute.name)} has no identity, so jobs on it can't pull images or "
                    "reach the workspace's data"
                )
                yield located.problem(leaf.location, what, "a compute with an identity", severity="warning")


def _has_no_identity(compute: Any) -> bool:
    return compute.identity is None or compute.identity.type == "none"


def networks(checked: Checked) -> Iterator[Problem]:
    """Yield nodes without public addresses that are in no network, and computes in a network beside the managed one
    (https://learn.microsoft.com/azure/machine-learning/how-to-managed-network#limitations).
    """
    for located in checked.entities:
        compute = located.entity
        if compute.family != "computes" or compute.type not in _OF_AZURE_ML:
            continue
        known_network = checked.isolated or checked.existing
        if checked.isolated and compute.network_settings is not None:
            what = "the workspace has a managed network, and computes can't be in another one"
            yield located.problem(("network_settings",), what, "no network_settings", severity="warning")
        if not compute.enable_node_public_ip and compute.network_settings is None and not known_network:
            what = f"the {compute.kind} has no public address and is in no network, so nothing could reach it"
            expected = "network_settings with a subnet, or a managed_network of the workspace"
            yield located.key_problem(("enable_node_public_ip",), what, expected)


def traffic(checked: Checked) -> Iterator[Problem]:
    """Yield shares and defaults that name no deployment of their endpoint."""
    for located in checked.entities:
        entity = located.entity
        deployments = [deployment.partition("/")[2] for deployment in _deployments(checked, entity)]
        for word in ("traffic", "mirror_traffic"):
            for name in getattr(entity, word, None) or ():
                if name.lower() not in map(str.lower, deployments):
                    yield located.key_problem((word, name), *_no_deployment(name, deployments, entity))
        default = getattr(getattr(entity, "defaults", None), "deployment_name", None)
        if default is not None and default.lower() not in map(str.lower, deployments):
            yield located.problem(("defaults", "deployment_name"), *_no_deployment(default, deployments, entity))


def _deployments(checked: Checked, endpoint: Any) -> list[str]:
    family = next((below for below, above in ENDPOINTS.items() if above == endpoint.family), None)
    names = checked.names.names((family,)) if family else []
    return [name for name in names if name.lower().startswith(f"{key(endpoint)}/".lower())]


def _no_deployment(name: str, known: list[str], endpoint: Any) -> tuple[str, str, str]:
    what = f"the endpoint {quote(key(endpoint))} has no deployment {quote(name)}"
    return what, one_of(known) or "a deployment in this description", nearest(name, known)


ALONE: tuple[Rule, ...] = (_runs, serving, effects)
TOGETHER: tuple[Rule, ...] = (
    _duplicates,
    _named_in_place,
    _data_types,
    _shared_addresses,
    _references,
    _cycles,
    traffic,
    identities,
    networks,
)
"""`_duplicates` comes first: it fills the names that the others look things up in."""
