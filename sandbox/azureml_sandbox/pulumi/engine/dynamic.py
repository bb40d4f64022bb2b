"""Pulumi dynamic resources: their own Python code runs, with its HTTP requests answered by the sandbox."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dill
import pulumi.dynamic
from pulumi.dynamic.config import Config
from pulumi.runtime import rpc

from azureml_sandbox.azure import Azure
from azureml_sandbox.pulumi.engine import diff
from azureml_sandbox.pulumi.engine.errors import EngineError, describe_unexpected
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import Properties, has_unknown, plain, to_struct, without_none
from azureml_sandbox.pulumi.transport import intercept

PROVIDER = "__provider"
"""The input that holds the pickled provider, base64."""


@dataclass(frozen=True)
class DynamicProvider:
    """Runs the provider that a dynamic resource carries, as Pulumi's own plugin for them does."""

    azure: Azure
    config: Mapping[str, str]
    project: str
    loaded: dict[str, pulumi.dynamic.ResourceProvider]
    """Those unpickled in this run: not for longer, as the program's code may change between runs."""

    def check(self, urn: str, old: Properties | None, new: Properties, taken: str = "") -> Properties:  # noqa: ARG002
        """Run `check`; what it finds wrong is an error."""
        with self._running(new) as provider:
            result = provider.check(_code_inputs(old or {}), _code_inputs(new))
        if result.failures:
            raise EngineError("; ".join(f"{failure.property}: {failure.reason}" for failure in result.failures))
        checked = _with_provider(result.inputs, new)
        return {key: new[key] if _given_back(checked, new, key) else value for key, value in checked.items()}

    def diff(self, old: Resource, new: Properties) -> diff.Comparison:
        """Run `diff`. As with the engine, an answer that leaves `changes` open means: compare the inputs."""
        with self._running(new) as provider:
            result = provider.diff(old.id, _code_inputs(old.outputs), _code_inputs(new))
        changes = diff.compare(old.inputs, new)
        if result.changes is None:
            return diff.Comparison(changes, bool(result.replaces), bool(result.delete_before_replace))
        if not result.changes:
            return diff.Comparison()
        changes = tuple(change for change in changes if not change.path.startswith(PROVIDER))
        changes = diff.mark_replacing(changes, result.replaces or ())
        return diff.Comparison(
            changes, bool(result.replaces), bool(result.delete_before_replace), update_without_changes=True
        )

    def inputs_of(self, resource_id: str, outputs: Properties) -> Properties:  # noqa: ARG002
        """Return what the provider's code has read."""
        return outputs

    def expected_id(self, inputs: Properties) -> str:  # noqa: ARG002
        """Return nothing: only the provider's code knows the id."""
        return ""

    def exists(self, resource_id: str) -> bool:  # noqa: ARG002
        """Return False: only the provider's code knows."""
        return False

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Run `create`."""
        with self._running(inputs) as provider:
            result = provider.create(_code_inputs(inputs))
        return str(result.id), _with_provider(result.outs, inputs)

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        """Run `read`; an empty id in its answer means that the resource is gone."""
        with self._running(known) as provider:
            result = provider.read(resource_id, _code_inputs(known))
        return _with_provider(result.outs, known) if result.id else None

    def update(self, old: Resource, new: Properties) -> Properties:
        """Run `update`."""
        with self._running(new) as provider:
            result = provider.update(old.id, _code_inputs(old.outputs), _code_inputs(new))
        return _with_provider(result.outs, new)

    def delete(self, old: Resource) -> None:
        """Run `delete`."""
        with self._running(old.outputs) as provider:
            provider.delete(old.id, _code_inputs(old.outputs))

    def preview(self, old: Properties | None, new: Properties) -> Properties:  # noqa: ARG002
        """Return nothing beyond the inputs: dynamic providers don't answer previews."""
        return new

    @contextmanager
    def _running(self, properties: Properties) -> Iterator[pulumi.dynamic.ResourceProvider]:
        with intercept(self.azure):
            try:
                yield self._load(str(plain(properties[PROVIDER])))
            except EngineError:
                raise
            except Exception as error:
                raise EngineError(describe_unexpected(error)) from error

    def _load(self, text: str) -> pulumi.dynamic.ResourceProvider:
        if text not in self.loaded:
            provider = dill.loads(base64.b64decode(text))  # noqa: S301 - the program's own code
            provider.configure(pulumi.dynamic.ConfigureRequest(Config(dict(self.config), self.project)))
            self.loaded[text] = provider
        return self.loaded[text]


def _code_inputs(properties: Properties) -> dict[str, Any]:
    """Return values as the plugin hands them to the code: secrets in the clear, numbers as floats,
    unknowns as objects.
    """
    return rpc.deserialize_properties(to_struct(plain(properties)), True)  # type: ignore[no-any-return]  # noqa: FBT003


def _with_provider(result: Mapping[str, Any] | None, source: Properties) -> Properties:
    """Return values as the code gives them, with the provider that the resource carries."""
    given = {key: value for key, value in (result or {}).items() if key != PROVIDER}
    return without_none(_whole(given)) | {PROVIDER: source[PROVIDER]}  # type: ignore[no-any-return]


def _whole(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _given_back(checked: Properties, new: Properties, key: str) -> bool:
    """Return whether `check` left an input as it was, so that its secrets and unknowns are kept."""
    return key in new and (has_unknown(new[key]) or checked[key] == plain(new[key]))
