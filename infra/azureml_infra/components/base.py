"""What every component shares: its type token, its children, its options."""

import copy
import importlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pulumi

from azureml_arm.catalogue import API_VERSION
from azureml_arm.types import native_type
from azureml_infra.components import adoption
from azureml_infra.components.debug import drop_debug_lines
from azureml_infra.description.stacks import PACKAGE
from azureml_infra.dynamic.traces import without_traces
from azureml_infra.entities.arguments import refuse_unless
from azureml_infra.entities.base import Entity
from azureml_infra.entities.kinds import KINDS
from azureml_infra.entities.words import snake
from azureml_infra.yaml.problems import one_of

_STACK = "pulumi:pulumi:Stack"


def type_token(kind: str) -> str:
    """Return the component's Pulumi type; it is part of every child's URN, so it never changes."""
    return f"{PACKAGE}:index:{kind}"


def keeps_aliases() -> bool:
    """Return the stack's setting ``azureml-infra:keepAliases`` (see `drop_builtin_aliases`)."""
    return pulumi.Config(PACKAGE).get_bool("keepAliases") or False


class Component(pulumi.ComponentResource):
    """A component resource whose children are azure-native resources.

    `kind` is the last word of its type token; `keep_aliases` leaves the SDK's type aliases on its children. Options
    given by the user (`parent`, `depends_on`, `providers`, `protect`, `aliases`, transformations) go to the component
    and, as Pulumi has it, to its children.
    """

    def __init__(
        self, kind: str, name: str, opts: pulumi.ResourceOptions | None = None, *, keep_aliases: bool = False
    ) -> None:
        drop_debug_lines()
        with without_traces():
            super().__init__(type_token(kind), name, None, _lean(opts, keep_aliases=keep_aliases))
        self.known_urn = known_urn(opts.parent if opts else None, type_token(kind), name)
        # Pulumi makes nobody but the component itself wait, which is nothing in Azure.
        self._after = pulumi.ResourceOptions(depends_on=opts.depends_on if opts else None)

    def child(
        self,
        token: str,
        name: str,
        path: Mapping[str, Any],
        body: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Any:
        """Return an azure-native resource below this component, from its path's names and ARM's request body.

        `token` is short (``machinelearningservices:Compute``). Returns the instance of azure-native's own class.
        """
        return resource(token, name, path, body, pulumi.ResourceOptions.merge(opts, self.below()))

    def below(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for a child, which waits for what the component waits for."""
        return pulumi.ResourceOptions.merge(self._after, pulumi.ResourceOptions(parent=self, **options))


class SingleResource(Component):
    """A component that is one azure-native resource, and is registered as that resource alone.

    For a program it is a component all the same: what is made with the resource belongs to it, `depends_on` waits for
    all of that, and `parent` puts something below the resource. Options given by the user go to the resource; what is
    made with it takes over what Pulumi would have children inherit.

    Up to 0.2.0 it was registered, too, as the parent of its resource: aliases lead to what stacks have from then.
    """

    resource: Any

    def __init__(self, kind: str, name: str, opts: pulumi.ResourceOptions) -> None:
        # Pulumi's own constructor would register it. The underscored names are what the SDK asks components for.
        drop_debug_lines()
        self._remote = False
        self._childResources = set()
        self._parent = cast("pulumi.Resource", opts.parent)
        self._parent._childResources.add(self)  # noqa: SLF001
        self._given, self._kind, self._own_name = _lean(opts), kind, name

    if not TYPE_CHECKING:  # else any name would do

        def __getattr__(self, name: str) -> Any:
            """Return what the SDK asks a parent for: its resource has it."""
            if name.startswith("__") or not name.startswith("_") or "resource" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            return getattr(self.resource, name)

    @property
    def urn(self) -> pulumi.Output[str]:
        """Return the URN of the resource."""
        found: pulumi.Output[str] = self.resource.urn
        return found

    def make(
        self, token: str, name: str, path: Mapping[str, Any], body: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> Any:
        """Return the resource that this component is."""
        opts.aliases, opts.transformations = [self._former(f"azure-native:{token}", name)], [self._lead_from_former]
        self.resource = resource(token, name, path, body, pulumi.ResourceOptions.merge(opts, self._given))
        self._childResources.add(self.resource)
        return self.resource

    def child(
        self,
        token: str,
        name: str,
        path: Mapping[str, Any],
        body: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> Any:
        """Return a resource that is made with this one."""
        if "resource" not in self.__dict__:
            former = [self._former(f"azure-native:{token}", name), *self._renames(name)]
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=former))
        made = super().child(token, name, path, body, opts)
        self._childResources.add(made)
        return made

    def below(self, **options: Any) -> pulumi.ResourceOptions:
        """Return options for what is made with the resource: below it, or beside it where that comes first."""
        given = self._given
        if "resource" in self.__dict__:
            place = pulumi.ResourceOptions(parent=self.resource, depends_on=given.depends_on)
        else:
            place = pulumi.ResourceOptions(
                parent=given.parent,
                depends_on=given.depends_on,
                protect=given.protect,
                provider=given.provider,
                providers=cast("Any", given.providers),
                transformations=given.transformations,
            )
        return pulumi.ResourceOptions.merge(place, pulumi.ResourceOptions(**options))

    def _former(self, type_: str, name: str) -> pulumi.Input[str]:
        """Return the URN of a resource as a child of the component that was registered."""
        last = f"{type_token(self._kind)}${type_}"
        known = known_urn(self._parent, last, name)
        return known if known is not None else self._parent.urn.apply(lambda urn: _urn_below(urn, last, name))

    def _renames(self, child: str) -> list[pulumi.Alias]:
        """Return the aliases that a child beside the resource would inherit below it: names begin with the parent's."""
        given = self._given.aliases
        olds = (
            () if given is None or isinstance(given, pulumi.Output) else (getattr(one, "name", None) for one in given)
        )
        rest = child.removeprefix(self._own_name)
        return [pulumi.Alias(name=f"{old}{rest}") for old in olds if isinstance(old, str)]

    def _lead_from_former(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Return the options by which a child of the resource is found where it was a child of the component."""
        if "resource" not in self.__dict__ or args.opts.parent not in (self, self.resource):
            return None
        former = pulumi.ResourceOptions(aliases=[self._former(args.type_, args.name)])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, former))


def known_urn(parent: pulumi.Resource | None, last: str, name: str) -> str | None:
    """Return the URN of a resource of a type, below components that are registered; None below anything else."""
    if parent is None:
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{last}::{name}"
    above = getattr(parent, "known_urn", None) if isinstance(parent, Component) else None
    return _urn_below(above, last, name) if above is not None else None


def _urn_below(parent: str, last: str, name: str) -> str:
    """Return the URN of a resource below another one's; the stack's type is in none."""
    head, types, _ = parent.rsplit("::", 2)
    return f"{head}::{'' if types == _STACK else f'{types}$'}{last}::{name}"


def _lean(opts: pulumi.ResourceOptions | None, *, keep_aliases: bool = False) -> pulumi.ResourceOptions:
    """Return options that leave out the SDK's type aliases, unless a component above does or they are to be kept."""
    opts = opts or pulumi.ResourceOptions()
    if isinstance(opts.parent, Component) or keep_aliases or keeps_aliases():
        return opts
    return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(transformations=[drop_builtin_aliases]), opts)


def resource(
    token: str, name: str, path: Mapping[str, Any], body: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> Any:
    """Return an azure-native resource from its path's names and ARM's request body."""
    declared = native_type(token)
    arguments = {**path, **declared.arguments(body)}
    # azure-native shows another default version of the API as a change of everything, and would send again what hasn't
    # changed: a job, a version, a deployment, a compute that can't be attached twice. Its requests have the new version
    # all the same (pulumi-azure-native, provider/pkg/provider/provider.go, `getApiVersion`).
    given = copy.copy(opts)  # a merge costs as much as all else here
    given.ignore_changes = [*(opts.ignore_changes or ()), API_VERSION]
    given = adoption.options(token, path, body, given)
    made = sdk_class(token)
    with without_traces():
        return made(name, opts=given, **{keyword(key): value for key, value in arguments.items()})


def refuse_foreign(owner: str, argument: str, value: object, *kinds: type[Entity]) -> None:
    """Raise ArgumentError where a component is given something else than a model of one of these kinds."""
    if not isinstance(value, kinds):
        refuse_unless(value, kinds, owner, argument, one_of(_public(kinds)))


def _public(kinds: tuple[type[Entity], ...]) -> list[str]:
    """Return the names of the models of some kinds, those included that nothing has imported yet."""
    families = {kind.family for kind in kinds}
    known = [kind.model for kind in KINDS if kind.family in families]
    return [model.__name__ for model in known if issubclass(model, kinds)]


@cache
def sdk_class(token: str) -> Any:
    """Return azure-native's class; its module is imported only when a stack uses it."""
    module, _, class_name = token.partition(":")
    return getattr(importlib.import_module(f"pulumi_azure_native.{module}"), class_name)


@cache
def keyword(argument: str) -> str:
    """Return the SDK's keyword for an argument (`resourceName` is written `resource_name_` there)."""
    return "resource_name_" if argument == "resourceName" else snake(argument)


SDK_TOKENS = ("azure-native:", "azure-nextgen:")
_UNSET: object = ...  # pulumi.Alias marks with it what wasn't given


def is_builtin(alias: object) -> bool:
    """Return whether an alias is one of the SDK's own: a former type of the same resource and nothing else."""
    return (
        isinstance(alias, pulumi.Alias)
        and isinstance(alias.type_, str)
        and alias.type_.startswith(SDK_TOKENS)
        and all(value is _UNSET for value in (alias.name, alias.parent, alias.stack, alias.project))
    )


def drop_builtin_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Return the resource transformation that takes the SDK's aliases off.

    Each class carries some fifty aliases (one an API version) that Pulumi resolves one by one: about 45 ms a resource.
    They matter only to a stack whose state still holds versioned types
    (``azure-native:storage/v20210101:StorageAccount``); the setting `keep_aliases` is for those. A user's own aliases,
    and the ones a child inherits from a renamed parent, stay.
    """
    if not args.type_.startswith(SDK_TOKENS[0]) or not args.opts.aliases:
        return None
    aliases = args.opts.aliases
    if isinstance(aliases, pulumi.Output):
        return None
    kept = [alias for alias in aliases if not is_builtin(alias)]
    args.opts.aliases = kept or None
    return pulumi.ResourceTransformationResult(args.props, args.opts)
