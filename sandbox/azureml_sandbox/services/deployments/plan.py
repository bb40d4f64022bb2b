"""What a deployment will do, in order: its resources, and which of them waits for which."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from azureml_arm import ids
from azureml_arm.template.evaluate import TemplateError, TemplatePlace, TemplateScope
from azureml_arm.template.functions import string
from azureml_arm.template.paths import resource_id
from azureml_arm.template.resources import Declared, Puzzle, mapping, place_of, scope_of, template_resources
from azureml_arm.unknown import has_unknown
from azureml_sandbox.model.resource import Cloud
from azureml_sandbox.services.deployments import parameters
from azureml_sandbox.services.deployments.order import Order, as_refusal
from azureml_sandbox.services.deployments.refusals import invalid
from azureml_sandbox.services.deployments.runtime import DeploymentRuntime, Stage

MOST = 800
"""How many resources a template has at most
(https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices)."""


@dataclass(frozen=True)
class DeploymentStep:
    """One resource of a template. `needs` are the ids, in lower case, of what must be there before it."""

    declared: Declared
    id: str
    wanted: bool
    """Whether it is to be made: its condition holds, and it isn't merely named."""
    needs: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Return the id as it is compared."""
        return self.id.lower()

    @property
    def type(self) -> str:
        """Return the type that the id is of."""
        return ids.parse(self.id).type


@dataclass(frozen=True)
class DeploymentPlan:
    """A deployment that is ready to run."""

    order: Order
    scope: TemplateScope
    runtime: DeploymentRuntime
    steps: list[DeploymentStep] = field(default_factory=list)


def plan(azure: Cloud, order: Order) -> DeploymentPlan:
    """Read a template's resources and put them in order; ArmError says what is wrong with them."""
    try:
        return _plan(azure, order)
    except TemplateError as error:
        raise as_refusal(error) from None


def _plan(azure: Cloud, order: Order) -> DeploymentPlan:
    runtime = DeploymentRuntime(azure, order)
    scope = _scope(azure, order, runtime)
    if order.outer is None:
        parameters.check(order, scope)
    found = list(_declare(order, scope))
    if len(found) > MOST:
        raise invalid(f"The number of template resources exceeds the limit: {len(found)} of at most {MOST}.")
    steps = [_step(one, azure) for one in found]
    _check_distinct(steps)
    _name(runtime, order, steps)
    runtime.stage = Stage.BODIES
    steps = [replace(one, needs=_needs(one, steps, runtime)) for one in steps]
    _check_outputs(order, scope, runtime)
    return DeploymentPlan(order, scope, runtime, _sort(steps))


def _scope(azure: Cloud, order: Order, runtime: DeploymentRuntime) -> TemplateScope:
    if order.outer is not None:
        return replace(order.outer, runtime=runtime)
    given = parameters.resolve(azure, order)
    return scope_of(order.template, given, place_of(order.scope, TemplatePlace(azure.subscription)), runtime=runtime)


def _declare(order: Order, scope: TemplateScope) -> Iterator[Declared]:
    for one in template_resources(order.template, scope, order.scope, "the template"):
        if isinstance(one, Puzzle):
            raise invalid(f"'{one.label}' is {one.reason}.")
        yield one


def _step(one: Declared, azure: Cloud) -> DeploymentStep:
    wanted = not one.existing and not one.ruled_out
    if wanted:
        _check_named(one)
        azure.kind(ids.parse(one.id))
    return DeploymentStep(one, one.id, wanted)


def _check_named(one: Declared) -> None:
    """Refuse what no resource can be called."""
    name = "/".join(one.names)
    if one.type.count("/") != len(one.names):
        raise invalid(
            f"The template resource '{name}' for type '{one.type}' has incorrect segment lengths. A nested resource "
            "type must have identical number of segments as its resource name. A root resource type must have segment "
            "length one greater than its resource name."
        )
    if has_unknown(one.id) or not ids.is_id(one.id):
        raise invalid(f"The scope, group or name of the template resource '{name}' of type '{one.type}' is no id.")
    if not isinstance(one.resource.get("apiversion"), str):
        raise invalid(f"The template resource '{name}' of type '{one.type}' has no 'apiVersion'.")


def _check_distinct(steps: list[DeploymentStep]) -> None:
    seen: set[str] = set()
    for step in steps:
        if step.wanted and step.key in seen:
            name = "/".join(step.declared.names)
            raise invalid(f"The resource '{name}' of type '{step.type}' is defined multiple times in a template.")
        seen |= {step.key} if step.wanted else set()


def _name(runtime: DeploymentRuntime, order: Order, steps: list[DeploymentStep]) -> None:
    """Register with the runtime by which names the template calls its resources: symbolic ones, or those that they
    have.
    """
    for step in steps:
        for name in _symbols(step) if order.symbolic else ("/".join(step.declared.names),):
            runtime.named.setdefault(name.lower(), []).append(step.id)


def _needs(step: DeploymentStep, steps: list[DeploymentStep], runtime: DeploymentRuntime) -> frozenset[str]:
    """Return what `dependsOn` says, and what the body refers to."""
    if not step.wanted:
        return frozenset()
    own = {one.key for one in steps}
    runtime.needed = set()
    _body(step)
    implied = {key for key in runtime.needed if key in own and key != step.key}
    given = step.declared.scope.value(step.declared.resource.get("dependson") or [])
    written = given if isinstance(given, list) else [given]
    return frozenset(implied.union(*(_targets(string(one), step, steps) for one in written)))


def _body(step: DeploymentStep) -> Any:
    """Return what the runtime is asked for on the way; a nested template with names of its own asks for itself."""
    one = step.declared
    if not one.is_deployment:
        return one.body
    properties = mapping(one.resource.get("properties"))
    return [one.scope.value(value) for key, value in properties.items() if key.lower() != "template"]


def _targets(written: str, step: DeploymentStep, steps: list[DeploymentStep]) -> set[str]:
    """Return the resources that an entry of `dependsOn` stands for: an id, a name, a symbolic name or a loop."""
    found = {one.key for one in steps if written.lower() in _callings(one)}
    if not found and not written.endswith("/"):  # azure-ai-ml's template has an id whose name is empty
        raise invalid(f"The resource '{written}' is not defined in the template, though '{step.id}' depends on it.")
    return found - {step.key}


def _callings(step: DeploymentStep) -> set[str]:
    """Return what an entry of `dependsOn` may call a resource."""
    one = step.declared
    loop = str(mapping(one.resource.get("copy")).get("name") or "")
    relative = resource_id("", one.type, one.names).removeprefix("/providers/")
    names = {step.id, "/".join(one.names), relative, *_symbols(step)} | ({loop} if loop else set())
    return {name.lower() for name in names}


def _symbols(step: DeploymentStep) -> tuple[str, ...]:
    """Return a resource's symbolic name, also with its place in a loop; none in a template that lists its resources."""
    one = step.declared
    if one.called.isdecimal():
        return ()
    return (one.called, f"{one.called}[{one.scope.loops.get('', 0)}]") if "copy" in one.resource else (one.called,)


def _check_outputs(order: Order, scope: TemplateScope, runtime: DeploymentRuntime) -> None:
    runtime.needed = set()
    if order.outer is None:
        parameters.outputs(order, scope)


def _sort(steps: list[DeploymentStep]) -> list[DeploymentStep]:
    """Return the steps as they can be run, as near to the template's order as that goes."""
    left, done, found = list(steps), set[str](), []
    while left:
        ready = next((one for one in left if one.needs <= done), None)
        if ready is None:
            raise invalid(f"Circular dependency detected on resource: '{left[0].id}'.")
        left.remove(ready)
        found.append(ready)
        if not any(one.key == ready.key and one.wanted for one in left):
            done.add(ready.key)
    return found
