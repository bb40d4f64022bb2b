"""The packs of one run: asked about every resource and about the stack, and what they said."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from azureml_sandbox.pulumi.engine import diff
from azureml_sandbox.pulumi.engine.goal import Goal
from azureml_sandbox.pulumi.engine.judge import ADVISORY, MANDATORY, Violation
from azureml_sandbox.pulumi.engine.operations import Diagnostic
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import Properties, from_struct
from azureml_sandbox.pulumi.packs import config
from azureml_sandbox.pulumi.packs.analyzer import Analyzer, LocalAnalyzer
from azureml_sandbox.pulumi.packs.model import DeniedError, Pack, PackError
from azureml_sandbox.pulumi.packs.process import ProcessAnalyzer
from azureml_sandbox.pulumi.packs.view import View

_LEVELS: Mapping[int, str] = {analyzer_pb2.MANDATORY: MANDATORY, analyzer_pb2.REMEDIATE: MANDATORY}
"""What is still there after a remediation is mandatory."""
_SEVERITIES: Mapping[int, str] = {
    analyzer_pb2.POLICY_SEVERITY_LOW: "low",
    analyzer_pb2.POLICY_SEVERITY_MEDIUM: "medium",
    analyzer_pb2.POLICY_SEVERITY_HIGH: "high",
    analyzer_pb2.POLICY_SEVERITY_CRITICAL: "critical",
}


@dataclass(frozen=True)
class _Running:
    """A pack that has said who it is."""

    analyzer: Analyzer
    name: str
    version: str
    severities: Mapping[str, int]

    def call(self, method: str, request: Any) -> Any:
        answer = self.analyzer.call(method, request)
        if answer is None and method == "Analyze":
            raise PackError(f"the policy pack {self.analyzer.label} can't judge resources: it has no Analyze")
        return answer


@contextlib.contextmanager
def judging(
    packs: Sequence[Pack], view: View, diagnostics: list[Diagnostic], variables: Mapping[str, str]
) -> Iterator[PackJudge]:
    """Start the packs, and end them with the block. `variables` are the environment of those with a process."""
    with contextlib.ExitStack() as stack:
        running = []
        for pack in packs:
            settings = config.load(pack.config)
            analyzer = _analyzer(pack, variables)
            stack.callback(analyzer.close)
            running.append(_introduce(analyzer, settings, view))
        yield PackJudge(running, view, diagnostics)


def _analyzer(pack: Pack, variables: Mapping[str, str]) -> Analyzer:
    return ProcessAnalyzer(pack.source, variables) if isinstance(pack.source, Path) else LocalAnalyzer(pack.source)


def _introduce(analyzer: Analyzer, settings: config.Settings | None, view: View) -> _Running:
    """Introduce the engine to a pack before a run: name the stack, ask who it is, and configure it."""
    target, configuration = view.target, view.configuration
    analyzer.call(
        "ConfigureStack",
        analyzer_pb2.AnalyzerStackConfigureRequest(
            stack=target.stack,
            project=target.project,
            organization=target.organization,
            dry_run=target.preview,
            config=dict(configuration.values),
            config_secret_keys=sorted(configuration.secrets),
        ),
    )
    info = analyzer.call("GetAnalyzerInfo", empty_pb2.Empty())
    if info is None:
        raise PackError(f"the policy pack {analyzer.label} doesn't say what is in it: it has no GetAnalyzerInfo")
    request = config.reconcile(info, settings, analyzer.label)
    if request is not None and request.policyConfig:
        analyzer.call("Configure", request)
    severities = {policy.name: policy.severity for policy in info.policies}
    return _Running(analyzer, info.name, analyzer.version or info.version, severities)


class PackJudge:
    """Asks all packs, keeps what they have against the run, and stops it where that is mandatory."""

    def __init__(self, packs: Sequence[_Running], view: View, diagnostics: list[Diagnostic]) -> None:
        self._packs = packs
        self._view = view
        self._diagnostics = diagnostics
        self._providers: set[str] = set()
        self._violations: dict[Violation, None] = {}

    @property
    def violations(self) -> list[Violation]:
        """Return everything so far, each once."""
        return list(self._violations)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the packs, with their versions."""
        return tuple(f"{pack.name} {pack.version}".strip() for pack in self._packs)

    def resource(self, goal: Goal, inputs: Properties) -> Properties:
        """Return the inputs as remediations leave them. DeniedError at an update, where a mandatory policy is
        violated.
        """
        provider = self._view.provider(goal)
        if provider is not None and provider.urn not in self._view.goals and provider.urn not in self._providers:
            self._providers.add(provider.urn)
            self._judge(provider, provider.inputs)
        for pack in self._packs:
            inputs = self._remediate(pack, goal, inputs)
        self._judge(goal, inputs)
        return inputs

    def stack(self, resources: Iterable[Resource]) -> None:
        """Judge the whole stack, when all of its resources are known. DeniedError as for one of them."""
        request = self._view.stack(resources)
        known = {item.urn for item in request.resources}
        found = []
        for pack in self._packs:
            answer = pack.call("AnalyzeStack", request)
            for item in answer.diagnostics if answer is not None else ():
                found.append(_violation(pack, item, item.urn if item.urn in known else self._view.stack_urn()))
        self._record(found, "Nothing was deleted.")

    def conclude(self) -> None:
        """Raise DeniedError at the end of a preview where an update would be denied."""
        self._deny(self.violations, "Nothing was changed.")

    def _judge(self, goal: Goal, inputs: Properties) -> None:
        request = self._view.resource(goal, inputs)
        answers = [(pack, pack.call("Analyze", request)) for pack in self._packs]
        found = [_violation(pack, item, goal.urn) for pack, answer in answers for item in answer.diagnostics]
        self._record(found, f"{goal.type} ({goal.name}) was not touched.")

    def _record(self, found: Sequence[Violation], spared: str) -> None:
        self._violations |= dict.fromkeys(found)
        if not self._view.target.preview:
            self._deny(found, spared)

    def _deny(self, found: Sequence[Violation], spared: str) -> None:
        names = dict.fromkeys(item.policy for item in found if item.mandatory)
        if names:
            raise DeniedError(f"denied by {', '.join(names)}. {spared}")

    def _remediate(self, pack: _Running, goal: Goal, inputs: Properties) -> Properties:
        answer = pack.call("Remediate", self._view.resource(goal, inputs, internal=True))
        for item in answer.remediations if answer is not None else ():
            if item.diagnostic:
                violation = Violation(
                    pack.name, item.policyName, ADVISORY, item.diagnostic, goal.urn, "", item.description
                )
                self._violations[violation] = None
                continue
            changed = from_struct(item.properties)
            self._note(item.policyName, goal, diff.compare(inputs, changed))
            inputs = changed
        return inputs

    def _note(self, policy: str, goal: Goal, changes: Sequence[diff.ChangedPlace]) -> None:
        summary = ", ".join(f"{change.path}: {_render(change.old)} -> {_render(change.new)}" for change in changes)
        if summary:
            self._diagnostics.append(Diagnostic("info", f"remediated by {policy}: {summary}", goal.urn))


def _render(value: Any) -> str:
    return "(none)" if value is None else value if isinstance(value, str) else json.dumps(value)


def _violation(pack: _Running, item: Any, urn: str) -> Violation:
    severity = _SEVERITIES.get(int(item.severity or pack.severities.get(item.policyName, 0)), "")
    level = _LEVELS.get(item.enforcementLevel, ADVISORY)
    message = item.message.removeprefix(f"{item.description}\n") if item.description else item.message
    return Violation(pack.name, item.policyName, level, message, urn, severity, item.description)
