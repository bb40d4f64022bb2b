"""The evaluation of all rules over a plan; it fails closed: what can't be decided is denied.

Every caller of the rules (the pack, `check`, tests) goes through `Evaluator`, so that a crash, an unknown value or a
source that doesn't answer means the same in each.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from azureml_policies.baseline.model import BaselineUnavailableError, Op
from azureml_policies.config import ConfigError
from azureml_policies.rbac.source import RolesUnavailableError
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.unknown import UnknownError
from azureml_policies.requests.write import Write
from azureml_policies.rule import Finding, Found, Level, Plan, Rule, RuleViolation
from azureml_policies.run import Run


class Evaluator:
    """The rules of a pack in one run. ConfigError: there are none, or two have one id."""

    def __init__(self, rules: Sequence[Rule], run: Run) -> None:
        check_rules(rules)
        self.run = run
        self._active = [rule for rule in rules if run.config.level(rule) is not Level.DISABLED]
        self._settings = {rule.id: run.config.of(rule) for rule in self._active}
        self._by_type: dict[str, list[Rule]] = {}
        self._for_all = [rule for rule in self._active if rule.check_all]
        remediate = [rule for rule in self._active if run.config.level(rule) is Level.REMEDIATE]
        self._remediating = [rule for rule in remediate if rule.remediate]

    def resource(self, planned: Planned) -> list[RuleViolation]:
        """Return what is wrong with one planned resource."""
        found: list[RuleViolation] = []
        try:
            writes = self.run.writes(planned)
        except Exception as error:
            return [self._crash(rule, error, planned.urn) for rule in self._active if rule.decides][:1]
        for write in writes:
            for rule in self._looking_at(write):
                look = _call(rule, write, self.run, self._settings[rule.id])
                found += self._violations_of(rule, planned.urn, look, write)
        return found

    def _of_changes(self, write: Write, found: list[RuleViolation]) -> list[RuleViolation]:
        """Return the violations as remarks where a resource is as it was: it is no matter of whoever asks for others.

        Rules about who may do what see to changes themselves, and what can't be compared counts as changed.
        """
        if all(item.rule.decides or item.level is not Level.MANDATORY for item in found):
            return found
        try:
            is_unchanged = self.run.change(write).op is Op.SAME
        except Exception:
            return found
        return [_remark(item) for item in found] if is_unchanged else found

    def stack(self, planned: Sequence[Planned]) -> list[RuleViolation]:
        """Return what is wrong with the plan as a whole."""
        found: list[RuleViolation] = []
        if not self._for_all:
            return found
        plan = Plan(planned, [write for item in planned for write in self._readable(item)])
        for rule in self._for_all:
            found += self._violations_of(rule, "", _call_all(rule, plan, self.run, self._settings[rule.id]))
        return found

    @property
    def remediates(self) -> bool:
        """Return whether any rule is to remediate inputs."""
        return bool(self._remediating)

    def remediate(self, planned: Planned) -> list[tuple[Rule, Mapping[str, Any]]]:
        """Return the inputs after each remediation, each on top of the one before."""
        remediated: list[tuple[Rule, Mapping[str, Any]]] = []
        inputs = planned.inputs
        for rule in self._remediating:
            better = _remediated_inputs(
                rule, Planned(planned.urn, planned.type, planned.name, inputs), self._settings[rule.id]
            )
            if better is not None:
                inputs = better
                remediated.append((rule, better))
        return remediated

    def _looking_at(self, write: Write) -> list[Rule]:
        """Return the rules for a write: those about what is built have no use for a body without ARM's words."""
        if write.type not in self._by_type:
            checks = [rule for rule in self._active if rule.check or rule.check_run]
            self._by_type[write.type] = [rule for rule in checks if rule.looks_at(write.type)]
        found = self._by_type[write.type]
        return [rule for rule in found if rule.decides] if write.raw or write.action else found

    def _readable(self, planned: Planned) -> tuple[Write, ...]:
        """Return the writes of a resource; unreadable ones were already reported by `resource`."""
        try:
            return self.run.writes(planned)
        except Exception:
            return ()

    def _violations_of(
        self, rule: Rule, urn: str, look: Callable[[], Found], write: Write | None = None
    ) -> list[RuleViolation]:
        """Return the violations of one rule; whatever keeps it from deciding is one itself."""
        level = self.run.config.level(rule)
        found: list[RuleViolation] = []
        try:
            for item in look():
                finding = item if isinstance(item, Finding) else Finding(item)
                found.append(
                    RuleViolation(rule, finding.message, finding.level or level, finding.urn or urn, decided=True)
                )
            found = self._of_changes(write, found) if write else found
        except UnknownError as error:
            found.append(self._undecided_violation(rule, level, str(error), urn))
        except (RolesUnavailableError, BaselineUnavailableError) as error:
            found.append(RuleViolation(rule, f"can't be decided, so it is denied: {error}", level, urn))
        except Exception as error:
            found.append(self._crash(rule, error, urn))
        return found

    def _undecided_violation(self, rule: Rule, level: Level, reason: str, urn: str) -> RuleViolation:
        if rule.decides or not self.run.preview:
            return RuleViolation(rule, f"{reason}, and without it this can't be allowed. {_UNKNOWN_REMEDY}", level, urn)
        return RuleViolation(rule, f"{reason}; it is decided then", Level.ADVISORY, urn)

    def _crash(self, rule: Rule, error: Exception, urn: str) -> RuleViolation:
        reason = f"the rule itself failed ({type(error).__name__}: {error})"
        return RuleViolation(rule, f"{reason}, so nothing is allowed that it looks at. {_CRASH}", Level.MANDATORY, urn)


def _remark(violation: RuleViolation) -> RuleViolation:
    return replace(violation, level=Level.ADVISORY, message=f"{violation.message} (unchanged, so only a remark)")


_UNKNOWN_REMEDY = (
    "Write the value in the description instead of taking it from another resource, or have someone run it who may "
    "do it whatever the value is"
)
_CRASH = "Please report it with this message; a rule that needn't hold can be disabled in the pack's config"


def check_rules(rules: Sequence[Rule]) -> None:
    """Refuse a set of rules that would let something through: CrossGuard lets one of two of the same name win."""
    if not rules:
        raise ConfigError(
            ["the pack has no rules, so it would allow everything; azureml_policies/rules/registry.py lists them"]
        )
    twice = [name for name, count in Counter(rule.id for rule in rules).items() if count > 1]
    if twice:
        raise ConfigError([f"{name}: two rules have this id; each needs its own" for name in twice])
    if any(rule.id == "all" for rule in rules):
        raise ConfigError(["all: a rule can't be called that; in a config it stands for every rule"])


def _call(rule: Rule, write: Write, run: Run, settings: Mapping[str, Any]) -> Callable[[], Found]:
    def look() -> Iterable[str | Finding]:
        if rule.check is not None:
            yield from rule.check(write, settings)
        if rule.check_run is not None:
            yield from rule.check_run(write, run, settings)

    return look


def _call_all(rule: Rule, plan: Plan, run: Run, settings: Mapping[str, Any]) -> Callable[[], Found]:
    check = rule.check_all
    return lambda: check(plan, run, settings) if check else ()


def _remediated_inputs(rule: Rule, planned: Planned, settings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the remediated inputs; where a remediation fails, the rule's check denies."""
    try:
        return rule.remediate(planned, settings) if rule.remediate else None
    except Exception:
        return None
