"""What a pack is shown of a run: resources with their options and providers, in the messages of Pulumi's engine.

As there, a resource comes with its inputs after the provider's check, a stack with its resources' outputs; unknowns
are Pulumi's marker, secrets stay wrapped, and what begins with two underscores is the engine's own business.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import analyzer_pb2

from azureml_sandbox.pulumi.engine import urns
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.steps import PROVIDER_TYPES
from azureml_sandbox.pulumi.engine.target import Configuration, RunTarget
from azureml_sandbox.pulumi.engine.values import Properties, is_secret, secret, to_struct

_DYNAMIC = "pulumi-python"
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d*)?)(ms|us|µs|ns|h|m|s)")


@dataclass(frozen=True)
class View:
    """One run as packs see it."""

    target: RunTarget
    configuration: Configuration
    goals: Mapping[str, Goal]
    """What was registered so far; the run adds to it."""

    def resource(self, goal: Goal, inputs: Properties, *, internal: bool = False) -> Any:
        """Return the question about one resource; `internal` for one whose answer replaces the inputs."""
        return analyzer_pb2.AnalyzeRequest(
            type=goal.type,
            properties=to_struct(inputs if internal else without_internal(_with_version(goal, inputs))),
            urn=goal.urn,
            name=goal.name,
            options=_options(goal),
            provider=_message(self.provider(goal)),
        )

    def stack(self, resources: Iterable[Resource]) -> Any:
        """Return the question about all resources together."""
        request = analyzer_pb2.AnalyzeStackRequest()
        providers: dict[str, Goal] = {}
        for resource in resources:
            goal = self.goals[resource.urn]
            provider = self.provider(goal)
            if provider is not None and provider.urn not in self.goals:
                providers[provider.urn] = provider
            request.resources.append(self._in_stack(goal, resource.outputs, provider))
        request.resources.extend(self._in_stack(goal, goal.inputs, None) for goal in providers.values())
        return request

    def provider(self, goal: Goal) -> Goal | None:
        """Return who makes a resource: the explicit provider, or the default one, which no program registers."""
        if not goal.custom or goal.type.startswith(PROVIDER_TYPES):
            return None
        explicit = self.goals.get(goal.provider.rpartition("::")[0])
        return self._default(goal) if explicit is None else explicit

    def stack_urn(self) -> str:
        """Return the stack's own URN."""
        target = self.target
        return urns.make(target.stack, target.project, "", urns.STACK_TYPE, f"{target.project}-{target.stack}")

    def _default(self, goal: Goal) -> Goal:
        package = goal.type.partition(":")[0]
        type_, name = PROVIDER_TYPES + package, "_".join(["default", *re.findall(r"\w+", goal.version)])
        urn = urns.make(self.target.stack, self.target.project, "", type_, name)
        inputs = self._settings(package)
        return Goal(urn, type_, name, custom=True, inputs=inputs, version=goal.version)

    def _settings(self, package: str) -> Properties:
        """Return the stack's configuration of a package; dynamic resources are given all of it."""
        values = {
            key: secret(text) if key in self.configuration.secrets else text
            for key, text in self.configuration.values.items()
        }
        if package == _DYNAMIC:
            return values
        return {key.partition(":")[2]: text for key, text in values.items() if key.partition(":")[0] == package}

    def _in_stack(self, goal: Goal, outputs: Properties, provider: Goal | None) -> Any:
        return analyzer_pb2.AnalyzerResource(
            type=goal.type,
            properties=to_struct(without_internal(_with_version(goal, outputs))),
            urn=goal.urn,
            name=goal.name,
            options=_options(goal),
            provider=_message(provider),
            parent=goal.parent,
            dependencies=goal.dependencies,
            propertyDependencies={
                key: analyzer_pb2.AnalyzerPropertyDependencies(urns=needed)
                for key, needed in goal.property_dependencies.items()
            },
        )


def without_internal(value: Any) -> Any:
    """Return the value without the members that are the engine's own."""
    if isinstance(value, dict):
        hidden = () if is_secret(value) else tuple(key for key in value if key.startswith("__"))
        return {key: without_internal(item) for key, item in value.items() if key not in hidden}
    if isinstance(value, list):
        return [without_internal(item) for item in value]
    return value


def _with_version(goal: Goal, properties: Properties) -> Properties:
    """Return properties with a provider's version among them: to the engine it is one of its settings."""
    known = goal.version and goal.type.startswith(PROVIDER_TYPES)
    return {**properties, "version": goal.version} if known else properties


def _message(provider: Goal | None) -> Any:
    if provider is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=provider.type,
        properties=to_struct(without_internal(_with_version(provider, provider.inputs))),
        urn=provider.urn,
        name=provider.name,
    )


def _options(goal: Goal) -> Any:
    """Return a resource's options; the engine leaves the aliases of a program out, and so does this."""
    timeouts = {name: _seconds(text) for name, text in goal.custom_timeouts.items()}
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=goal.protect,
        ignoreChanges=goal.ignore_changes,
        deleteBeforeReplace=bool(goal.delete_before_replace),
        deleteBeforeReplaceDefined=goal.delete_before_replace is not None,
        additionalSecretOutputs=goal.additional_secret_outputs,
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(**timeouts),
        parent=goal.parent,
    )


def _seconds(text: str) -> float:
    """Return the seconds of a duration in Go's notation: ``1h30m``."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
