"""The settings of Azure Monitor that scale a deployment.

https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints has the metrics and what they are of;
https://learn.microsoft.com/azure/azure-monitor/autoscale/autoscale-multiprofile has the form of times: each is a pair
of profiles, of which the second one, with the usual bounds, begins when the first one ends.
"""

import json
from collections.abc import Iterator
from typing import Any

import pulumi

from azureml_infra.entities.autoscale import WEEK, Autoscale, ScaleIn, ScaleOut, ScaleTimes

TOKEN = "monitor:AutoscaleSetting"  # noqa: S105  (a type's token)
USUAL = "usual"
"""The profile that applies where no other one does."""
_OF_DEPLOYMENT = {
    "cpu": "CpuUtilizationPercentage",
    "memory": "MemoryUtilizationPercentage",
    "gpu": "GpuUtilizationPercentage",
}
_OF_ENDPOINT = {"latency_ms": "RequestLatency"}


def setting(
    autoscale: Autoscale,
    start: int,
    *,
    deployment: pulumi.Input[str],
    endpoint: pulumi.Input[str],
    location: pulumi.Input[str],
    tags: Any,
) -> dict[str, Any]:
    """Return ARM's request body for a deployment that begins with `start` instances."""
    rules = [*_rules(autoscale, deployment, endpoint)]
    return {
        "location": location,
        "tags": tags,
        "properties": {
            "enabled": True,
            "targetResourceUri": deployment,
            "profiles": [*_profiles(autoscale, start, rules)],
        },
    }


def _profiles(autoscale: Autoscale, start: int, rules: list[Any]) -> Iterator[dict[str, Any]]:
    usual = _capacity(autoscale, start)
    if not autoscale.schedule:
        yield {"name": USUAL, "capacity": usual, "rules": rules}
    for times in autoscale.schedule:
        yield {
            "name": times.name,
            "capacity": _capacity(times, start),
            "rules": rules,
            "recurrence": _recurrence(times, times.from_, times.days),
        }
        yield {
            "name": json.dumps({"name": USUAL, "for": times.name}, separators=(",", ":")),
            "capacity": usual,
            "rules": rules,
            "recurrence": _recurrence(times, times.to, _last_days(times)),
        }


def _capacity(bounds: Autoscale | ScaleTimes, start: int) -> dict[str, str]:
    """Return the bounds, and the number where there is no metric: ARM has them as texts."""
    usual = min(max(start, bounds.min), bounds.max)
    return {"minimum": str(bounds.min), "maximum": str(bounds.max), "default": str(usual)}


def _last_days(times: ScaleTimes) -> list[Any]:
    """Return the days on which times end: the next ones where they last over midnight."""
    if times.to > times.from_:
        return [*times.days]
    return [WEEK[(WEEK.index(day) + 1) % len(WEEK)] for day in times.days]


def _recurrence(times: ScaleTimes, at: str, days: list[Any]) -> dict[str, Any]:
    hour, minute = at.split(":")
    named = [day.capitalize() for day in WEEK if day in days]
    schedule = {"timeZone": times.time_zone, "days": named, "hours": [int(hour)], "minutes": [int(minute)]}
    return {"frequency": "Week", "schedule": schedule}


def _rules(autoscale: Autoscale, deployment: Any, endpoint: Any) -> Iterator[dict[str, Any]]:
    if autoscale.out:
        yield from _rules_of(autoscale.out, "Increase", "GreaterThan", autoscale.out.add, deployment, endpoint)
    if autoscale.in_:
        yield from _rules_of(autoscale.in_, "Decrease", "LessThan", autoscale.in_.remove, deployment, endpoint)


def _rules_of(  # noqa: PLR0917
    when: ScaleOut | ScaleIn, direction: str, operator: str, count: int, deployment: Any, endpoint: Any
) -> Iterator[dict[str, Any]]:
    for metric, threshold in when.thresholds.items():
        of_endpoint = metric in _OF_ENDPOINT
        yield {
            "metricTrigger": {
                "metricName": _OF_ENDPOINT[metric] if of_endpoint else _OF_DEPLOYMENT[metric],
                "metricResourceUri": endpoint if of_endpoint else deployment,
                "timeGrain": "PT1M",
                "statistic": "Average",
                "timeWindow": f"PT{when.minutes}M",
                "timeAggregation": "Average",
                "operator": operator,
                "threshold": threshold,
            },
            "scaleAction": {
                "direction": direction,
                "type": "ChangeCount",
                "value": str(count),
                "cooldown": f"PT{when.cooldown_minutes}M",
            },
        }
