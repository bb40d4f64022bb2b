"""Traffic that moves in steps, each of which is held and looked at; where it goes badly, all goes back.

The figures are those of Azure Monitor of the endpoint, by deployment
(https://learn.microsoft.com/azure/machine-learning/how-to-monitor-online-endpoints): `RequestsPerMinute` by class of
status, and `RequestLatency_P95`.
"""

import datetime
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azureml_infra.dynamic.clients import ArmClient, AzureRefusedError

METRICS = "/providers/Microsoft.Insights/metrics"
API_VERSION = "2018-01-01"
_ALL = 100
Shares = Mapping[str, int]


class RolloutStoppedError(AzureRefusedError):
    """A deployment did badly, and the requests go where they went before."""


def roll_out(  # noqa: PLR0917
    arm: ArmClient,
    endpoint_id: str,
    rollout: Mapping[str, Any],
    before: Shares,
    after: Shares,
    write: Callable[[Shares], None],
) -> None:
    """Move the traffic of an endpoint from `before` to `after`, in steps. `write` sets shares in Azure.

    Raises RolloutStoppedError where a deployment that gains requests does badly, and whatever else fails, after the
    traffic is back.
    """
    gaining = sorted(name for name, share in after.items() if share > before.get(name, 0))
    for step in (int(step) for step in rollout["steps"]):
        try:
            write(after if step == _ALL else mix(before, after, step))
            fault = _fault(arm, endpoint_id, rollout, gaining)
        except BaseException:
            write(before)
            raise
        if fault:
            write(before)
            text = f"{endpoint_id}: the rollout stopped at {step}%: {fault}; the requests go back to {_text_of(before)}"
            raise RolloutStoppedError(text)


def mix(before: Shares, after: Shares, percent: int) -> dict[str, int]:
    """Return the shares part of the way from one split to another: whole numbers that add up to 100."""
    exact = {
        name: (before.get(name, 0) * (_ALL - percent) + after.get(name, 0) * percent) / _ALL
        for name in sorted({*before, *after})
    }
    shares = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_rest[: _ALL - sum(shares.values())]:
        shares[name] += 1
    return shares


def is_staged(rollout: Mapping[str, Any] | None, before: Shares, after: Shares, earlier: Shares) -> bool:
    """Return whether a change of traffic goes in steps: not the first one, not one to nothing, and not the way back to
    what was there before the last change.
    """
    return bool(rollout) and any(before.values()) and any(after.values()) and dict(after) != dict(earlier)


def _fault(arm: ArmClient, endpoint_id: str, rollout: Mapping[str, Any], names: list[str]) -> str:
    """Return what is wrong with one of the deployments after the time of a step; empty where nothing is."""
    begun = datetime.datetime.now(datetime.UTC)
    time.sleep(60 * float(rollout["hold_minutes"]))
    for name in names:
        failed = _failed_percent(arm, endpoint_id, name, begun)
        if failed is not None and failed > rollout["failed_percent"]:
            return f"{name} answers {failed:.3g}% of its requests by 5xx, more than {rollout['failed_percent']:g}%"
        most = rollout.get("latency_ms")
        slow = _average(_series(arm, endpoint_id, name, begun, "RequestLatency_P95")) if most else None
        if most and slow is not None and slow > most:
            return f"{name} takes {slow:.0f} ms for 95% of its requests, more than {most:.0f} ms"
    return ""


def _failed_percent(arm: ArmClient, endpoint_id: str, name: str, begun: datetime.datetime) -> float | None:
    """Return the percentage of answers that are 5xx; None where there was no request."""
    by_class: dict[str, float] = {}
    for series in _series(arm, endpoint_id, name, begun, "RequestsPerMinute", " and statusCodeClass eq '*'"):
        told = {one["name"]["value"].lower(): one["value"] for one in series.get("metadatavalues") or ()}
        key = str(told.get("statuscodeclass", "")).lower()
        by_class[key] = by_class.get(key, 0) + sum(one.get("average") or 0 for one in series.get("data") or ())
    total = sum(by_class.values())
    return by_class.get("5xx", 0) / total * _ALL if total else None


def _average(series: Iterator[Mapping[str, Any]]) -> float | None:
    values = [one["average"] for found in series for one in found.get("data") or () if one.get("average") is not None]
    return sum(values) / len(values) if values else None


def _series(  # noqa: PLR0917
    arm: ArmClient, endpoint_id: str, deployment: str, begun: datetime.datetime, metric: str, more: str = ""
) -> Iterator[Mapping[str, Any]]:
    """Yield the time series of a metric of a deployment since a step began, by minute."""
    until = max(datetime.datetime.now(datetime.UTC), begun + datetime.timedelta(minutes=1))
    query = {
        "metricnames": metric,
        "aggregation": "Average",
        "interval": "PT1M",
        "timespan": f"{begun:%Y-%m-%dT%H:%M:00Z}/{until:%Y-%m-%dT%H:%M:%SZ}",
        "$filter": f"deployment eq '{deployment}'{more}",
    }
    for found in arm.list(f"{endpoint_id}{METRICS}", API_VERSION, **query):
        yield from found.get("timeseries") or ()


def _text_of(shares: Shares) -> str:
    return ", ".join(f"{name} {share}%" for name, share in sorted(shares.items()) if share)
