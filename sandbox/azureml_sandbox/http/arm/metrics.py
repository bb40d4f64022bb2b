"""Azure Monitor's metrics of an online endpoint: ``{id}/providers/Microsoft.Insights/metrics``.

https://learn.microsoft.com/rest/api/monitor/metrics/list. Modelled are `RequestsPerMinute` and the latencies, for one
deployment at a time.
"""

import datetime
import re
from collections.abc import Iterator

from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.services.machinelearning.metrics import Minutes, answers_of

_KNOWN = re.compile(r"requestsperminute|requestlatency(_p\d+)?", re.IGNORECASE)
_DEPLOYMENT = re.compile(r"deployment eq '([^']+)'", re.IGNORECASE)
_BY_CLASS = re.compile(r"statuscodeclass eq '\*'", re.IGNORECASE)


def metrics(call: Call, match: re.Match[str]) -> Response:
    """Return a metric of an endpoint's deployment, by minute."""
    endpoint = str(call.azure.get(match[1])["id"])
    name, asked = call.query.get("metricnames", ""), call.query.get("$filter", "")
    deployment = _DEPLOYMENT.search(asked)
    if not _KNOWN.fullmatch(name) or deployment is None:
        text = f"The sandbox has RequestsPerMinute and RequestLatency of one deployment, not '{name}' by '{asked}'."
        raise bad_request(text)
    first, last = _span(call.query.get("timespan", ""))
    found = answers_of(call.azure, f"{endpoint}/deployments/{deployment[1]}")
    within = {minute: classes for minute, classes in found.items() if first <= minute <= last}
    latency = name.lower().startswith("requestlatency")
    series = [*_latency(within)] if latency else [*_requests(within, by_class=bool(_BY_CLASS.search(asked)))]
    metric = {
        "id": f"{endpoint}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": "MilliSeconds" if latency else "Count",
        "timeseries": series,
        "errorCode": "Success",
    }
    return Response.json(200, {"cost": 0, "timespan": call.query.get("timespan", ""), "value": [metric]})


def _span(text: str) -> tuple[int, int]:
    """Return the first and the last minute of ``START/END``, both since 1970."""
    try:
        first, last = (int(datetime.datetime.fromisoformat(one).timestamp() // 60) for one in text.split("/"))
    except ValueError:
        raise bad_request(f"'{text}' is not a timespan.") from None
    return first, last


def _requests(minutes: Minutes, *, by_class: bool) -> Iterator[Body]:
    classes = sorted({key for one in minutes.values() for key in one})
    for wanted in [[key] for key in classes] if by_class else [classes]:
        told = [{"name": {"value": "statuscodeclass"}, "value": wanted[0]}] if by_class else []
        data = [
            {"timeStamp": _moment(minute), "average": sum(one.get(key, (0, 0.0))[0] for key in wanted)}
            for minute, one in sorted(minutes.items())
        ]
        yield {"metadatavalues": told, "data": data}


def _latency(minutes: Minutes) -> Iterator[Body]:
    data = []
    for minute, one in sorted(minutes.items()):
        count, took = sum(count for count, _ in one.values()), sum(took for _, took in one.values())
        data.append({"timeStamp": _moment(minute), "average": took / count if count else None})
    yield {"metadatavalues": [], "data": data}


def _moment(minute: int) -> str:
    return datetime.datetime.fromtimestamp(minute * 60, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
