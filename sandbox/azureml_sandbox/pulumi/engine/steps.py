"""One operation on one resource: done through its provider, written to the state, reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from azureml_sandbox.pulumi.engine import errors
from azureml_sandbox.pulumi.engine.diff import ChangedPlace
from azureml_sandbox.pulumi.engine.errors import EngineError, StepError
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.operations import Observer, Op, Operation
from azureml_sandbox.pulumi.engine.providers import Provider, Providers
from azureml_sandbox.pulumi.engine.state import Resource, State
from azureml_sandbox.pulumi.engine.values import Properties, keep_secret, secret

PROVIDER_TYPES = "pulumi:providers:"


class Steps:
    """Does and records operations; in a preview only records them."""

    def __init__(self, state: State, providers: Providers, observer: Observer, *, preview: bool) -> None:
        self.state = state
        self.providers = providers
        self.preview = preview
        self.operations: list[Operation] = []
        self.replaced: list[Resource] = []
        """The predecessors that go at the end of the run."""
        self._observer = observer
        self.begun = state.pending()
        """The creates that earlier runs began and never finished: URN -> id."""

    def create(
        self,
        goal: Goal,
        inputs: Properties,
        provider: Provider,
        *,
        changes: tuple[ChangedPlace, ...] = (),
        op: Op = Op.CREATE,
        replaced: Resource | None = None,
    ) -> Resource:
        """Make a resource. `replaced` stays until the end of the run."""
        with self.doing(op, goal.urn, goal.parent, changes=changes):
            if self.preview:
                made = self._resource(goal, "", inputs, provider.preview(None, inputs))
            else:
                made = self._make(goal, inputs, provider, replaced)
        self.record(op, goal.urn, goal.parent, resource_id=made.id, changes=changes)
        return made

    def _make(self, goal: Goal, inputs: Properties, provider: Provider, replaced: Resource | None) -> Resource:
        expected = provider.expected_id(inputs)
        if expected:
            if self.begun.get(goal.urn) != expected and provider.exists(expected):
                raise EngineError(errors.already_there(expected))
            self.state.begin(goal.urn, expected)
        resource_id, outputs = provider.create(inputs)
        made = self._resource(goal, resource_id, inputs, outputs)
        left = [replace(replaced, pending_delete=True)] if replaced else []
        self.state.commit(made, *left, done=goal.urn)
        self.replaced += left
        return made

    def update(
        self, goal: Goal, old: Resource, inputs: Properties, provider: Provider, changes: tuple[ChangedPlace, ...]
    ) -> Resource:
        """Change a resource in place."""
        with self.doing(Op.UPDATE, goal.urn, goal.parent, changes=changes):
            outputs = provider.preview(old.outputs, inputs) if self.preview else provider.update(old, inputs)
        made = self._resource(goal, old.id, inputs, outputs)
        self._save(made, old)
        self.record(Op.UPDATE, goal.urn, goal.parent, resource_id=old.id, changes=changes)
        return made

    def same(self, goal: Goal, old: Resource, inputs: Properties) -> Resource:
        """Keep a resource; what Pulumi alone knows of it (options, dependencies, its name) may still change."""
        made = replace(self._resource(goal, old.id, inputs, {}), outputs=old.outputs)
        if made != old:
            self._save(made, old)
        note = "" if old.urn == goal.urn else f"was {old.urn}"
        self.record(Op.SAME, goal.urn, goal.parent, resource_id=old.id, note=note)
        return made

    def adopt(self, goal: Goal, inputs: Properties, outputs: Properties) -> Resource:
        """Take over what is in the cloud already."""
        made = self._resource(goal, goal.import_id, inputs, outputs)
        self._save(made)
        self.record(Op.IMPORT, goal.urn, goal.parent, resource_id=made.id)
        return made

    def keep(self, resource: Resource, old: Resource | None, op: Op | None) -> Resource:
        """Save what has no cloud behind it (a component, a provider) or isn't ours (a read)."""
        if resource != old:
            self._save(resource, old)
        if op is not None:
            self.record(op, resource.urn, resource.parent, resource_id=resource.id)
        return resource

    def delete(self, old: Resource, *, gone_with: bool = False, op: Op | None = Op.DELETE) -> None:
        """Delete a resource, unless it is to be kept or goes with another one."""
        kept = old.retain_on_delete
        owned = old.custom and not old.external and not old.type.startswith(PROVIDER_TYPES)
        with self.doing(Op.DELETE, old.urn, old.parent):
            if owned and not (kept or gone_with or self.preview):
                self.providers.find(old.type, old.provider).delete(old)
        if not self.preview:
            self.state.commit(removed=[old.key], done=old.urn)
        if op is not None and not old.external:
            self.record(op, old.urn, old.parent, resource_id=old.id, note="kept in Azure" if kept and owned else "")

    def record(
        self,
        op: Op,
        urn: str,
        parent: str,
        *,
        resource_id: str = "",
        changes: tuple[ChangedPlace, ...] = (),
        note: str = "",
        failed: bool = False,
    ) -> None:
        """Keep and report what happened."""
        operation = Operation(op, urn, parent, resource_id, changes, note, failed)
        self.operations.append(operation)
        self._observer.on_finish(operation)

    @contextmanager
    def doing(self, op: Op, urn: str, parent: str, *, changes: tuple[ChangedPlace, ...] = ()) -> Iterator[None]:
        """Report the beginning, and a failure with its reason."""
        self._observer.on_start(op, urn)
        try:
            yield
        except Exception as error:
            self.record(op, urn, parent, changes=changes, failed=True)
            cause = error.__cause__ if isinstance(error, EngineError) else None
            raise StepError(urn, op, errors.describe(error)) from (cause or error)

    def _save(self, resource: Resource, old: Resource | None = None) -> None:
        if not self.preview:
            renamed = [old.key] if old is not None and old.key != resource.key else []
            self.state.commit(resource, removed=renamed)

    def _resource(self, goal: Goal, resource_id: str, inputs: Properties, outputs: Properties) -> Resource:
        outputs = keep_secret(outputs, inputs)
        for name in goal.additional_secret_outputs:
            if name in outputs:
                outputs[name] = secret(outputs[name])
        return goal.resource(
            id=resource_id,
            inputs=inputs,
            outputs=outputs,
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            provider=goal.provider,
            protect=goal.protect,
            retain_on_delete=goal.retain_on_delete,
            deleted_with=goal.deleted_with,
            replacement_trigger=goal.replacement_trigger,
        )
