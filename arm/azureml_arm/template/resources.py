"""What a template declares: its resources with their loops and children, and where each goes.

Syntax is that of https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax and its pages on child
resources, scopes and copies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azureml_arm.catalogue import ENVELOPE
from azureml_arm.template.evaluate import MOST_COPIES, TemplatePlace, TemplateScope, member
from azureml_arm.template.paths import clean, resource_id, segments
from azureml_arm.unknown import UNKNOWN, has_unknown, is_unknown

DEPLOYMENT = "Microsoft.Resources/deployments"
_SYMBOLIC = "2.0"
"""The language version in which resources have symbolic names, and may be `existing`
(https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax#languageversion-20)."""
_BODY = {name.lower(): name for name in ENVELOPE}
_NO_BODY = frozenset(
    {
        *("type", "apiversion", "name", "comments", "dependson", "metadata", "import", "extension", "existing"),
        *("condition", "copy", "resources", "scope", "subscriptionid", "resourcegroup"),
    }
)


@dataclass(frozen=True)
class Declared:
    """One resource of a template; each copy that a loop makes is one."""

    resource: Mapping[str, Any]
    """As it is written, its names in lower case."""
    scope: TemplateScope
    """Where its expressions are evaluated."""
    called: str
    """Its symbolic name, or its place in the list."""
    label: str
    """How messages call it."""
    type: str
    names: tuple[str, ...]
    base: str
    """The id that it hangs on."""
    symbolic: bool = False
    """Whether its template has symbolic names."""

    @property
    def id(self) -> str:
        """Return its id."""
        return resource_id(self.base, self.type, self.names)

    @property
    def existing(self) -> bool:
        """Return whether it is only named, not made; a template without symbolic names makes it all the same."""
        return self.symbolic and self.resource.get("existing") is True

    @property
    def extension(self) -> bool:
        """Return whether it isn't Azure Resource Manager's but an extension's, such as a group in Entra."""
        return any(self.resource.get(key) is not None for key in ("import", "extension"))

    @property
    def ruled_out(self) -> bool:
        """Return whether its condition is false for sure. A condition says nothing of the children."""
        condition = self.scope.value(self.resource.get("condition", True))
        return condition is False or (isinstance(condition, str) and condition.lower() == "false")

    @property
    def is_deployment(self) -> bool:
        """Return whether it holds a template of its own."""
        return self.type.lower() == DEPLOYMENT.lower()

    @property
    def body(self) -> dict[str, Any]:
        """Return the request's body."""
        return {
            _BODY.get(key, key): self.scope.value(item) for key, item in self.resource.items() if key not in _NO_BODY
        }


@dataclass(frozen=True)
class Puzzle:
    """Something in a template that could be any resource."""

    reason: str
    label: str


@dataclass(frozen=True)
class _Within:
    """What a list of resources is in."""

    base: str
    label: str
    symbolic: bool
    parent: Declared | None = field(default=None)


def template_resources(
    template: Mapping[str, Any], scope: TemplateScope, base: str, label: str
) -> Iterator[Declared | Puzzle]:
    """Yield the resources of a template (its names in lower case) that is deployed to `base`; `label` is what messages
    call the deployment.
    """
    resources = template.get("resources")
    symbolic = isinstance(resources, Mapping) and template.get("languageversion") == _SYMBOLIC
    yield from _flatten(resources, scope, _Within(base, label, symbolic))


def scope_of(
    template: Mapping[str, Any], given: Mapping[str, Any] | None, place: TemplatePlace, **more: Any
) -> TemplateScope:
    """Return what names mean in a template (its own names in lower case); `given` are the parameters."""
    return TemplateScope(
        place,
        given,
        mapping(template.get("parameters")),
        mapping(template.get("variables")),
        dict(_functions(template.get("functions"))),
        **more,
    )


def place_of(scope: str, known: TemplatePlace) -> TemplatePlace:
    """Return what `resourceGroup()` and `subscription()` say at a scope."""
    parts = dict(zip(scope.lower().split("/")[1::2], scope.split("/")[2::2], strict=False))
    subscription, group = parts.get("subscriptions", known.subscription), parts.get("resourcegroups", "")
    return TemplatePlace(subscription, group, known.location, known.exact)


def lower_names(value: Any) -> Any:
    """Return an object with its names in lower case, as ARM reads them; UNKNOWN where two differ in nothing else."""
    if not isinstance(value, Mapping):
        return value
    found = {str(key).lower(): item for key, item in value.items()}
    return found if len(found) == len(value) else UNKNOWN


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, empty where there is none."""
    return value if isinstance(value, Mapping) else {}


def _functions(given: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in given if isinstance(given, list) else ():
        for name, function in mapping(member(mapping(group), "members")).items():
            yield f"{member(mapping(group), 'namespace')}.{name}".lower(), mapping(function)


def _flatten(resources: Any, scope: TemplateScope, within: _Within) -> Iterator[Declared | Puzzle]:
    if not isinstance(resources, Mapping | list):
        yield Puzzle("a template's resources, which aren't known yet", within.label)
        return
    numbered: Sequence[tuple[Any, Any]] = (
        list(resources.items()) if isinstance(resources, Mapping) else list(enumerate(resources, 1))
    )
    for called, resource in numbered:
        label, found = f"{within.label}, resource {called}", lower_names(resource)
        if isinstance(found, Mapping):
            yield from _copies(found, str(called), label, scope, within)
        else:
            yield Puzzle("a template's resource that isn't known yet", label)


def _copies(
    resource: Mapping[str, Any], called: str, label: str, scope: TemplateScope, within: _Within
) -> Iterator[Declared | Puzzle]:
    loop = resource.get("copy")
    for one in scope.loop_scopes(loop) if isinstance(loop, Mapping) else [scope]:
        yield from _resource(resource, called, label, one, within)
    if isinstance(loop, Mapping) and _beyond(scope.value(member(loop, "count"))):
        yield Puzzle(f"more than {MOST_COPIES} copies of a resource", label)


def _beyond(count: Any) -> bool:
    return isinstance(count, int | float) and count > MOST_COPIES


def _resource(
    resource: Mapping[str, Any], called: str, label: str, scope: TemplateScope, within: _Within
) -> Iterator[Declared | Puzzle]:
    parent = within.parent
    type_name = _text(scope.value(resource.get("type"))).partition("@")[0].strip("/")
    if "/" not in (f"{parent.type}/{type_name}" if parent else type_name) or has_unknown(type_name):
        yield Puzzle("a resource whose type isn't known", label)
        return
    names = _names(scope.value(resource.get("name")))
    if parent and not _is_whole(type_name):
        inherited = _fill_names(parent.type, parent.names)
        type_name, names = f"{parent.type}/{type_name}", (*inherited, *names[-1 * len(type_name.split("/")) :])
    found = Declared(resource, scope, called, label, type_name, names, _base(resource, scope, within), within.symbolic)
    yield found
    if resource.get("resources"):
        yield from _flatten(resource["resources"], scope, _Within(within.base, label, within.symbolic, found))


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value and not has_unknown(value) else UNKNOWN


def _is_whole(type_name: str) -> bool:
    """Return whether a child's type is written from its namespace on."""
    return "." in type_name.partition("/")[0] and "/" in type_name


def _names(name: Any) -> tuple[str, ...]:
    return tuple(segments(name)) if isinstance(name, str) else (UNKNOWN,)


def _fill_names(type_name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    wanted = type_name.count("/")
    return (UNKNOWN,) * (wanted - len(names)) + names[-wanted:]


def _base(resource: Mapping[str, Any], scope: TemplateScope, within: _Within) -> str:
    """Return the id that a resource hangs on: the deployment's scope, another group or subscription, or what it
    extends.
    """
    extended = resource.get("scope")
    if extended is None:
        own = within.parent.base if within.parent else within.base
        return _elsewhere(resource, scope, own)
    given = scope.value(extended)
    if not isinstance(given, str) or is_unknown(given):
        return UNKNOWN
    return clean(given) if given.startswith("/") else _relative(given, within.base)


def _relative(scope: str, own: str) -> str:
    """Return ``Microsoft.X/kind/name``, seen from a deployment's scope."""
    namespace, *pairs = [*segments(scope)] or [""]
    kind = "/".join([namespace, *pairs[::2]])
    above = "" if namespace.lower() == "microsoft.management" else own
    return resource_id(above, kind, pairs[1::2]) if pairs else UNKNOWN


def _elsewhere(resource: Mapping[str, Any], scope: TemplateScope, own: str) -> str:
    subscription, group = resource.get("subscriptionid"), resource.get("resourcegroup")
    if subscription is None and group is None:
        return own
    root = f"/subscriptions/{_text(scope.value(subscription)) if subscription else scope.place.subscription}"
    return f"{root}/resourceGroups/{_text(scope.value(group))}" if group else root
