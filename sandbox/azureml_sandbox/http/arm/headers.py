"""The headers that every answer of ARM has
(https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
"""

import re
import uuid

from azureml_sandbox.http.message import Request, Response

_PLAIN = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_LIMITS = {"GET": ("reads", 11_999), "HEAD": ("reads", 11_999), "DELETE": ("deletes", 799)}
_WRITES = ("writes", 1_199)


def with_headers(request: Request, response: Response) -> Response:
    """Return the answer with its ids, and with what is left of the caller's limits.

    The limits never run out: `azureml_sandbox.faults` throttles, where somebody asks for it.
    """
    own = str(uuid.uuid4())
    given = request.header("x-ms-correlation-request-id")
    kind, left = _LIMITS.get(request.method, _WRITES)
    scope = "subscription" if request.path.lower().startswith("/subscriptions/") else "tenant"
    headers = {
        "Cache-Control": "no-cache",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "x-ms-correlation-request-id": given if _PLAIN.fullmatch(given) else own,
        f"x-ms-ratelimit-remaining-{scope}-{kind}": str(left),
        "x-ms-request-id": own,
        "x-ms-routing-request-id": f"SANDBOX:{own}",
    }
    client = request.header("x-ms-client-request-id")
    if _PLAIN.fullmatch(client) and request.header("x-ms-return-client-request-id").lower() == "true":
        headers["x-ms-client-request-id"] = client
    return Response(response.status, {**headers, **response.headers}, response.body)
