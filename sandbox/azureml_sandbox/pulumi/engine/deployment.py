"""One run of a program against what is there: what the engine would do at each registration, and deletes at the end."""

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from azureml_arm import ids
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.pulumi.engine import diff, errors, order, paths, urns
from azureml_sandbox.pulumi.engine.errors import EngineError, RefusedError, StepError, StoppedError
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.judge import Judge
from azureml_sandbox.pulumi.engine.operations import Diagnostic, Observer, Op
from azureml_sandbox.pulumi.engine.providers import Provider, Providers
from azureml_sandbox.pulumi.engine.state import Resource, State
from azureml_sandbox.pulumi.engine.steps import PROVIDER_TYPES, Steps
from azureml_sandbox.pulumi.engine.target import RunTarget
from azureml_sandbox.pulumi.engine.values import UNKNOWN, Properties, has_unknown, keep_secret


class StackDeployment:
    """Turns registrations into operations. After a failure it does nothing more; what was done is in the state."""

    def __init__(self, target: RunTarget, state: State, providers: Providers, observer: Observer | None = None) -> None:
        self.target = target
        self.providers = providers
        self.steps = Steps(state, providers, observer or Observer(), preview=target.preview)
        self.goals: dict[str, Goal] = {}
        self.resources: dict[str, Resource] = {}
        self.outputs: Properties = {}
        self.diagnostics: list[Diagnostic] = []
        self.failure: EngineError | None = None
        self.judge: Judge | None = None
        """The policy packs of this run, if it has any."""
        everything = state.resources()
        self._olds = {item.urn: item for item in everything if not item.pending_delete}
        self._replaced_before = [item for item in everything if item.pending_delete]
        for item in everything:
            if item.type.startswith(PROVIDER_TYPES):
                providers.add(item.urn, item.inputs)
        self._seen: set[str] = set()
        self._replaced: set[str] = set()
        self._gone: dict[str, Resource] = {}
        self._former: dict[str, Sequence[str]] = {}
        self._dependents: dict[str, list[Resource]] | None = None

    @property
    def past(self) -> Iterable[Resource]:
        """Return what the stack had before this run."""
        return self._olds.values()

    def urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN of a resource of this run."""
        return urns.make(self.target.stack, self.target.project, parent, type_, name)

    def register(self, goal: Goal) -> Resource:
        """Do what a registration asks for. EngineError: it failed, or something before it did."""
        return self._answer(goal, self._register)

    def read(self, goal: Goal, resource_id: str) -> Resource:
        """Look up a resource that others manage, for `Resource.get`."""
        return self._answer(goal, lambda goal: self._looked_up(goal, resource_id))

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Keep a component's (or the stack's) outputs."""
        resource = self.resources.get(urn)
        if resource is None:
            return
        if resource.type == urns.STACK_TYPE:
            self.outputs = outputs
        if self.failure is None:
            self.resources[urn] = self.steps.keep(replace(resource, outputs=outputs), resource, None)

    def finish(self) -> None:
        """Delete what the program no longer asks for."""
        if self.failure is not None:
            return
        leaving = [old for urn, old in self._olds.items() if urn not in self._seen]
        leaving += [old for urn, old in self._gone.items() if urn not in self.goals]
        try:
            if self.judge is not None:
                self.judge.stack(self.resources.values())
            self._refuse_protected(leaving)
            self._delete([*leaving, *self._orphans()], [*self._replaced_before, *self.steps.replaced])
            if self.judge is not None:
                self.judge.conclude()
        except EngineError as error:
            self._fail("", error)

    # Finding out what to do

    def _answer(self, goal: Goal, answer: Callable[[Goal], Resource]) -> Resource:
        if self.failure is not None:
            raise StoppedError
        try:
            if goal.urn in self.goals:
                raise RefusedError(errors.duplicate(goal.urn))  # noqa: TRY301 - a failure like any other
            self.goals[goal.urn] = goal
            self.resources[goal.urn] = made = answer(goal)
        except Exception as error:
            raise self._fail(goal.urn, error) from (error.__cause__ or error)
        return made

    def _old(self, goal: Goal) -> Resource | None:
        """Return what the state has of a resource, under its own or a former URN."""
        old = self._olds.get(goal.urn)
        if old is None and len(self._seen) < len(self._olds):
            former = (urn for urn in self._former_urns(goal.urn) if urn not in self._seen)
            old = next((self._olds[urn] for urn in former if urn in self._olds), None)
        if old is not None:
            self._seen.add(old.urn)
        return old

    def _former_urns(self, urn: str) -> Sequence[str]:
        goal = self.goals.get(urn)
        if goal is None:
            return ()
        if urn not in self._former:
            self._former[urn] = tuple(dict.fromkeys(urns.former(self.target, goal, self._former_urns)))
        return self._former[urn]

    def _register(self, goal: Goal) -> Resource:
        old = self._old(goal)
        if not goal.custom:
            return self._component(goal, self._judge(goal, goal.inputs), old)
        if goal.type.startswith(PROVIDER_TYPES):
            return self._provider(goal, self._judge(goal, goal.inputs), old)
        provider = self._provider_of(goal)
        old = None if old is not None and old.external else old
        if goal.import_id and (old is None or old.id != goal.import_id):
            return self._import(goal, provider)
        checked = provider.check(goal.urn, old.inputs if old else None, _ignoring_changes(goal, old))
        inputs = self._judge(goal, checked)
        before = self._gone.get(goal.urn)
        if old is None and before is not None:
            changes = self._difference(goal, before, inputs, provider).changes
            return self.steps.create(goal, inputs, provider, changes=changes, op=Op.REPLACE)
        if old is None:
            return self.steps.create(goal, inputs, provider)
        return self._change(goal, old, inputs, provider)

    def _judge(self, goal: Goal, inputs: Properties) -> Properties:
        """Return the inputs as the policy packs, if any, let them through."""
        return inputs if self.judge is None else self.judge.resource(goal, inputs)

    def _provider_of(self, goal: Goal) -> Provider:
        try:
            return self.providers.find(goal.type, goal.provider)
        except EngineError:
            self.steps.record(Op.CREATE, goal.urn, goal.parent, failed=True)
            raise

    def _change(self, goal: Goal, old: Resource, inputs: Properties, provider: Provider) -> Resource:
        difference = self._difference(goal, old, inputs, provider)
        if difference.replaces:
            return self._replacement(goal, old, inputs, provider, difference)
        if difference.changed:
            return self.steps.update(goal, old, inputs, provider, difference.changes)
        return self.steps.same(goal, old, inputs)

    def _difference(self, goal: Goal, old: Resource, inputs: Properties, provider: Provider) -> diff.Comparison:
        """Return the provider's answer, and what the resource's options make of it."""
        answer = provider.diff(old, inputs)
        changes = diff.mark_replacing(answer.changes, goal.replace_on_changes)
        replaces = (
            answer.replaces
            or any(change.replaces for change in changes)
            or goal.replacement_trigger != old.replacement_trigger
            or bool(self._replaced.intersection(goal.replace_with))
        )
        first = answer.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        return replace(answer, changes=changes, replaces=replaces, delete_before_replace=first)

    # Doing it

    def _component(self, goal: Goal, inputs: Properties, old: Resource | None) -> Resource:
        changed = old is not None and old.inputs != inputs
        op = Op.CREATE if old is None else Op.UPDATE if changed else Op.SAME
        outputs = old.outputs if old else {}
        made = goal.resource(inputs=inputs, outputs=outputs, dependencies=goal.dependencies, protect=goal.protect)
        return self.steps.keep(made, old, None if goal.type == urns.STACK_TYPE else op)

    def _provider(self, goal: Goal, inputs: Properties, old: Resource | None) -> Resource:
        self.providers.add(goal.urn, inputs)
        own_id = old.id if old else goal.name
        made = goal.resource(id=own_id, inputs=inputs, outputs=inputs, protect=goal.protect)
        changed = old is not None and old.inputs != inputs
        return self.steps.keep(made, old, Op.CREATE if old is None else Op.UPDATE if changed else Op.SAME)

    def _replacement(
        self, goal: Goal, old: Resource, inputs: Properties, provider: Provider, difference: diff.Comparison
    ) -> Resource:
        self._refuse_replacement(goal, old)
        self._replaced.add(goal.urn)
        if difference.delete_before_replace:
            self._delete_before(goal, old)
            return self.steps.create(goal, inputs, provider, changes=difference.changes, op=Op.REPLACE)
        taken = old.id.rsplit("/", 1)[-1]
        fresh = self._judge(goal, provider.check(goal.urn, None, _ignoring_changes(goal, old), taken))
        return self.steps.create(goal, fresh, provider, changes=difference.changes, op=Op.REPLACE, replaced=old)

    def _refuse_replacement(self, goal: Goal, old: Resource) -> None:
        """Refuse for what is protected; a preview goes on, to show the change that is the reason."""
        if not (goal.protect and old.protect) and not goal.import_id:
            return
        protected = goal.protect and old.protect
        self._refuse(errors.protected_from_replacement(goal.urn) if protected else errors.IMPORTED, goal, old)

    def _refuse(self, refusal: str, goal: Goal, old: Resource) -> None:
        if not self.target.preview:
            self.steps.record(Op.REPLACE, goal.urn, goal.parent, resource_id=old.id, failed=True)
            raise RefusedError(refusal)
        self.diagnostics.append(Diagnostic("error", refusal, goal.urn))

    def _delete_before(self, goal: Goal, old: Resource) -> None:
        """Delete a resource ahead of its successor, and before it whatever can't live with a changed one."""
        first = self._replaced_with(old)
        for item in first:
            if item.protect:
                self._refuse(errors.protected_with(item.urn, old.urn), goal, old)
        for item in order.for_deletion(first):
            self.steps.delete(item, op=None)
            self._gone[item.urn] = self._olds.pop(item.urn)
        self.steps.delete(old, op=None)

    def _replaced_with(self, old: Resource) -> list[Resource]:
        """Return the dependents that would be replaced if what they take from a replaced resource came out
        differently.
        """
        if self._dependents is None:
            self._dependents = order.dependents_by_urn(self._olds.values())
        going: dict[str, Resource] = {}
        for item in order.dependents(old, self._dependents):
            changing = {old.urn, *going}
            if item.urn in self._olds and item.urn not in self._seen and self._must_be_replaced(item, changing):
                going[item.urn] = item
        return list(going.values())

    def _must_be_replaced(self, item: Resource, changing: set[str]) -> bool:
        if not item.custom or item.external or item.type.startswith(PROVIDER_TYPES):
            return False
        taken = {key for key, needed in item.property_dependencies.items() if changing.intersection(needed)}
        inputs = {key: UNKNOWN if key in taken else value for key, value in item.inputs.items()}
        return self.providers.find(item.type, item.provider).diff(item, inputs).replaces

    def _import(self, goal: Goal, provider: Provider) -> Resource:
        outputs = provider.read(goal.import_id, goal.inputs)
        if outputs is None:
            raise StepError(goal.urn, Op.IMPORT, f"resource '{goal.import_id}' does not exist")
        found = provider.inputs_of(goal.import_id, outputs)
        live = Resource(urn=goal.urn, type=goal.type, custom=True, id=goal.import_id, inputs=found, outputs=outputs)
        checked = provider.check(goal.urn, None, _ignoring_changes(goal, live))
        named = provider.expected_id(checked)
        if named and not ids.same(named, goal.import_id):
            message = "the id to import is not the one that the inputs name"
            raise StepError(goal.urn, Op.IMPORT, message)
        inputs = self._judge(goal, checked)
        difference = self._difference(goal, live, inputs, provider)
        if difference.replaces:
            message = "what is imported can't be replaced in the same run; its inputs differ from the existing resource"
            raise StepError(goal.urn, Op.IMPORT, message)
        if not difference.changed:
            return self.steps.adopt(goal, inputs, outputs)
        made = self.steps.adopt(goal, found, outputs)
        return self.steps.update(goal, made, inputs, provider, difference.changes)

    def _looked_up(self, goal: Goal, resource_id: str) -> Resource:
        old = self._old(goal)
        taken = {"inputs": goal.inputs, "dependencies": goal.dependencies, "provider": goal.provider}
        made = goal.resource(id=resource_id, external=True, **taken)
        if has_unknown(resource_id):
            return replace(made, id="")
        outputs = self._provider_of(goal).read(resource_id, goal.inputs)
        if outputs is None:
            self.steps.record(Op.READ, goal.urn, goal.parent, failed=True)
            raise StepError(goal.urn, Op.READ, f"resource '{resource_id}' does not exist")
        return self.steps.keep(replace(made, outputs=keep_secret(outputs, goal.inputs)), old, Op.READ)

    # Ending

    def _orphans(self) -> list[Resource]:
        """Return what killed runs made without getting round to noting it, and the program doesn't ask for."""
        found = []
        for urn, resource_id in self.steps.begun.items():
            type_ = urns.Urn.parse(urn).type
            if urn not in self.goals and urn not in self._olds and self.providers.find(type_).exists(resource_id):
                found.append(Resource(urn=urn, type=type_, custom=True, id=resource_id))
        return found

    def _refuse_protected(self, leaving: Sequence[Resource]) -> None:
        refusals = [errors.protected_from_delete(item.urn) for item in leaving if item.protect]
        if refusals:
            raise RefusedError("\n".join(refusals))

    def _delete(self, leaving: Sequence[Resource], replaced: Sequence[Resource]) -> None:
        going = {item.urn for item in leaving}
        hidden = {item.key for item in replaced} | {item.key for item in leaving if item.type == urns.STACK_TYPE}
        for item in order.for_deletion([*leaving, *replaced]):
            if item.urn in self._gone:
                self.steps.record(Op.DELETE, item.urn, item.parent, resource_id=item.id)
                continue
            op = None if item.key in hidden else Op.DELETE
            self.steps.delete(item, gone_with=item.deleted_with in going, op=op)

    def _fail(self, urn: str, error: Exception) -> EngineError:
        """Note the failure, which ends the run; one outside any operation gets the resource's name."""
        if isinstance(error, StepError | RefusedError):
            failure: EngineError = error
        else:
            reason = str(error) if isinstance(error, EngineError | ArmError) else errors.describe_unexpected(error)
            failure = StepError(urn, "check", reason)
        self.failure = failure
        self.diagnostics.append(Diagnostic("error", str(failure), urn))
        return failure


def _ignoring_changes(goal: Goal, old: Resource | None) -> Properties:
    """Return the new inputs, with the old values where changes are to be ignored."""
    if old is None or not goal.ignore_changes:
        return goal.inputs
    inputs = copy.deepcopy(goal.inputs)
    for text in goal.ignore_changes:
        pattern = paths.parse(text)
        for path in list(paths.concrete(pattern, old.inputs, inputs)):
            if not paths.reset(old.inputs, inputs, path):
                raise StepError(
                    goal.urn,
                    Op.UPDATE,
                    "cannot ignore changes to the following properties because one or more elements of the path are "
                    f'missing: "{text}"',
                )
    return inputs
