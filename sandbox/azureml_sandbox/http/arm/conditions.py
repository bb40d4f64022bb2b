"""ETags: a write that goes on only where nobody else has written, and a read only of what has changed.

https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling says nothing of them:
they are RFC 9110's (section 13), in the services that have etags, and ``If-None-Match: *`` in all.
"""

import json

from azureml_arm import ids
from azureml_sandbox.http.arm.call import Call
from azureml_sandbox.http.message import Response
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError

ANY = "*"


def check(call: Call, current: Body | None) -> None:
    """Refuse a write whose condition doesn't hold of what is there."""
    etag = (current or {}).get("etag") if call.kind.etag else None
    wanted, unwanted = _etags(call, "if-match"), _etags(call, "if-none-match")
    if wanted and (call.kind.etag or ANY in wanted) and not _is_among(wanted, current, etag):
        raise _precondition_failed(call, "If-Match")
    if unwanted and _is_among(unwanted, current, etag):
        raise _precondition_failed(call, "If-None-Match")


def with_etag(call: Call, answer: Response) -> Response:
    """Return the answer with its resource's etag as a header; 304 for a read of what the caller has already."""
    if b'"etag"' not in answer.body or not ids.is_id(call.path):
        return answer
    etag = json.loads(answer.body).get("etag")
    if not isinstance(etag, str):
        return answer
    headers = {**answer.headers, "ETag": etag}
    if call.request.method == "GET" and etag in _etags(call, "if-none-match"):
        return Response(304, {"ETag": etag})
    return Response(answer.status, headers, answer.body)


def _etags(call: Call, header: str) -> set[str]:
    return {part.strip() for part in call.request.header(header).split(",") if part.strip()}


def _is_among(etags: set[str], current: Body | None, etag: str | None) -> bool:
    return current is not None and (ANY in etags or etag in etags)


def _precondition_failed(call: Call, header: str) -> ArmError:
    text = f"The condition in the header {header} doesn't hold of '{call.target.name}' as it is."
    return ArmError(412, "PreconditionFailed", text)
