"""Resources that run what the plan doesn't show: shell commands, code, other deployments.

What a function call runs (``command.local.run``) never reaches a policy: only resources do.
"""

import re
from collections.abc import Iterable
from typing import Any

from azureml_policies.requests.request import ArmRequest, PlannedView, opaque
from azureml_policies.requests.unknown import is_unknown

RUNNERS: tuple[tuple[str, str], ...] = (
    (r"command:(local|remote|index)(/\w+)?:command", "a shell command"),
    (r"pulumi-\w+:dynamic(/.*)?:.*", "a dynamic resource, whose code the plan doesn't show"),
    (
        r"pulumiservice:\w+(/\w+)?:(deploymentsettings|deploymentschedule|driftschedule|ttlschedule|templatesource)",
        "another stack's deployment, which runs what its settings say",
    ),
    (r"auto-deploy:.*", "another stack's deployment"),
)
"""Tokens in lower case, as regular expressions, and what is behind them: what a message can say better than that the
type isn't known."""

_RUNNERS = tuple((re.compile(pattern, re.DOTALL), reason) for pattern, reason in RUNNERS)
OPERATORS = re.compile(r"(^|[./])(azure\.com|azure\.upbound\.io|azure\.m\.upbound\.io|azure\.crossplane\.io)(/|$)")
"""API groups of the operators that make Azure's resources from Kubernetes' (Azure Service Operator, Crossplane)."""


def requests(asked: PlannedView) -> Iterable[ArmRequest] | None:
    """Return an opaque request for what runs anything; None for everything else."""
    token = asked.planned.type.lower()
    reason = next((reason for pattern, reason in _RUNNERS if pattern.fullmatch(token)), "")
    if not reason and asked.token.package == "kubernetes" and _has_operator(asked):
        reason = "a resource that a Kubernetes operator makes in Azure"
    return (opaque(reason),) if reason else None


def _has_operator(asked: PlannedView) -> bool:
    version: Any = asked.planned.inputs.get("apiVersion")
    group = version if isinstance(version, str) and not is_unknown(version) else ""
    return bool(OPERATORS.search(asked.token.module) or OPERATORS.search(group.lower()))
