"""Pulumi's analyzer service over the rules.

pulumi_policy's own service reads a resource's properties once for every rule, lets a config switch every rule off and
turns what reads an unknown into advice (pulumi_policy 1.21, policy.py). This one reads them once, refuses such a
config, and leaves unknowns to `azureml_policies.evaluation`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from azureml_policies.config import ConfigError, PackConfig
from azureml_policies.evaluation import Evaluator, check_rules
from azureml_policies.pack.messages import LEVELS, diagnostic, planned_of, policy_info, struct_of
from azureml_policies.requests.planned import Planned
from azureml_policies.rule import Level, Rule, RuleViolation
from azureml_policies.run import Run
from azureml_policies.settings import parse

NAME = "azureml-guardrails"
VERSION = "0.2.0"

Begin = Callable[[PackConfig, bool, str], Run]
"""Makes a run from a config, whether it is a preview, and the stack's name."""


class PackServicer(analyzer_pb2_grpc.AnalyzerServicer):
    """The rules behind Pulumi's protocol. One of them serves one preview or one update."""

    def __init__(self, rules: Sequence[Rule], begin: Begin) -> None:
        check_rules(rules)
        self._rules = rules
        self._begin = begin
        self._config = PackConfig()
        self._preview = os.environ.get("PULUMI_DRY_RUN") != "false"
        self._stack = os.environ.get("PULUMI_STACK", "")
        self._guardrails: Evaluator | None = None
        self._planned: dict[str, Planned] = {}
        self._lock = threading.Lock()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> proto.AnalyzerInfo:  # noqa: N802, ARG002
        """Return the rules."""
        info = proto.AnalyzerInfo(name=NAME, displayName="Azure Machine Learning guardrails", supportsConfig=True)
        info.policies.extend(policy_info(rule) for rule in self._rules)
        return info

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802, ARG002
        """Return the version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Handshake(self, request: Any, context: Any) -> proto.AnalyzerHandshakeResponse:  # noqa: N802, ARG002
        """Accept any engine: nothing is needed of it."""
        return proto.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: Any, context: Any) -> proto.AnalyzerStackConfigureResponse:  # noqa: N802, ARG002
        """Take the stack's name, and whether this is a preview."""
        self._preview, self._stack = request.dry_run, request.stack
        return proto.AnalyzerStackConfigureResponse()

    def Configure(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Take the config. One that would switch off what must hold ends the run."""
        content = {name: _entry(item) for name, item in request.policyConfig.items()}
        try:
            self._config = parse(content, self._rules)
        except ConfigError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, _describe(error))
        return empty_pb2.Empty()

    def Remediate(self, request: Any, context: Any) -> proto.RemediateResponse:  # noqa: N802, ARG002
        """Return the inputs after each remediation."""
        with self._lock:
            guardrails = self._running()
            remediated = guardrails.remediate(planned_of(request)) if guardrails.remediates else []
        response = proto.RemediateResponse()
        for rule, inputs in remediated:
            response.remediations.append(
                proto.Remediation(
                    policyName=rule.id,
                    policyPackName=NAME,
                    policyPackVersion=VERSION,
                    description=rule.title,
                    properties=struct_of(inputs),
                )
            )
        return response

    def Analyze(self, request: Any, context: Any) -> proto.AnalyzeResponse:  # noqa: N802, ARG002
        """Return what is wrong with one resource."""
        planned = planned_of(request)
        with self._lock:
            self._planned[planned.urn] = planned
            return _response(self._running().resource(planned))

    def AnalyzeStack(self, request: Any, context: Any) -> proto.AnalyzeResponse:  # noqa: N802, ARG002
        """Return what is wrong with the whole plan. The engine sends outputs here: the inputs seen before are what
        counts.
        """
        with self._lock:
            there = [self._planned.get(item.urn) or planned_of(item) for item in request.resources]
            return _response(self._running().stack(there))

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802, ARG002
        """Do nothing: nothing runs in the background."""
        return empty_pb2.Empty()

    def _running(self) -> Evaluator:
        if self._guardrails is None:
            self._guardrails = Evaluator(self._rules, self._begin(self._config, self._preview, self._stack))
        return self._guardrails


def _response(violations: Sequence[RuleViolation]) -> proto.AnalyzeResponse:
    return proto.AnalyzeResponse(diagnostics=[diagnostic(item, NAME, VERSION) for item in violations])


_NAMES: Mapping[Any, Level] = {number: level for level, number in LEVELS.items()}


def _entry(config: proto.PolicyConfig) -> dict[str, Any]:
    """Return one rule's config as its JSON."""
    return {"enforcementLevel": _NAMES[config.enforcementLevel].value, **json_format.MessageToDict(config.properties)}


def _describe(error: ConfigError) -> str:
    mistakes = "\n".join(f"  {problem}" for problem in error.problems)
    return f"the config of the policy pack can't be used, so nothing is allowed:\n{mistakes}"
