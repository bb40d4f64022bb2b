"""The traffic of an online endpoint: the rules that Azure ML has for it, and which deployment gets a request.

https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from azureml_arm import limits
from azureml_sandbox.model.bodies import Body
from azureml_sandbox.model.errors import ArmError, bad_request
from azureml_sandbox.model.operations import CREATING
from azureml_sandbox.model.resource import Cloud, Write
from azureml_sandbox.model.tables import ENDPOINT_REQUESTS

WHOLE = 100
DEPLOYMENT_HEADER = "azureml-model-deployment"
"""The header of a scoring request that names its deployment, whatever the traffic."""
_STRIDE = 37
"""Has no divisor in common with 100, so that 100 requests in a row meet every percent once, well mixed."""


def check(write: Write) -> None:
    """Refuse traffic to deployments that aren't there, and shares that aren't all or nothing."""
    live, mirror = _shares(write, "traffic"), _shares(write, "mirrorTraffic")
    for name in {**live, **mirror}:
        check_deployment(write, name)
    total = sum(live.values())
    if any(share < 0 for share in live.values()) or total not in (0, WHOLE):
        raise bad_request(f"The traffic of endpoint '{write.id.name}' adds up to {total}; expected 0 or 100.")
    copied = {name: share for name, share in mirror.items() if share}
    if len(copied) > 1 or any(not 0 <= share <= limits.MIRROR for share in mirror.values()):
        raise bad_request(f"Mirrored traffic goes to one deployment, at most {limits.MIRROR} percent of it.")
    both = [name for name in copied if live.get(name)]
    if both:
        raise bad_request(
            f"Deployment '{both[0]}' gets live traffic, so that none can be mirrored to it; set one of both to 0."
        )


def check_deployment(write: Write, name: str) -> None:
    """Refuse the name of a deployment that the endpoint doesn't have."""
    if not _is_name(name) or write.azure.is_missing(f"{write.id.text}/deployments/{name}"):
        raise bad_request(
            f"Endpoint '{write.id.name}' has no deployment '{name}'. Deploy it before requests are sent to it."
        )


def share_of(endpoint: Body, deployment: str) -> tuple[int, str]:
    """Return a deployment's percent of the traffic, live or mirrored, and which of both it is."""
    for kind in ("traffic", "mirrorTraffic"):
        for name, share in (endpoint["properties"].get(kind) or {}).items():
            if share and name.lower() == deployment.lower():
                return share, kind
    return 0, "traffic"


def route(azure: Cloud, endpoint: Body, deployment: str = "") -> Body:
    """Return the deployment that gets a scoring request; ArmError (404) where none does.

    `deployment` is the request's header `DEPLOYMENT_HEADER`. Without it every percent of the traffic gets its turn, so
    that of 100 requests in a row each deployment gets exactly its share.
    """
    if deployment:
        found = _ready(azure, endpoint, deployment)
        if found is None:
            raise ArmError(404, "NotFound", f"Specified deployment could not be found: '{deployment}'.")
        return found
    shares = _live(azure, endpoint)
    if not shares:
        raise ArmError(404, "NotFound", "The endpoint doesn't have any valid deployment with positive weight.")
    upto = list(accumulate(shares.values()))
    at = _next(azure, endpoint) * _STRIDE % WHOLE * upto[-1] / WHOLE
    return azure.get(_deployment_id(endpoint, list(shares)[bisect_right(upto, at)]))


def _live(azure: Cloud, endpoint: Body) -> dict[str, int]:
    shares: Mapping[str, int] = endpoint["properties"].get("traffic") or {}
    return {name: share for name, share in shares.items() if share > 0 and _ready(azure, endpoint, name)}


def _ready(azure: Cloud, endpoint: Body, name: str) -> Body | None:
    """Return a deployment that has machines to answer."""
    target = _deployment_id(endpoint, name)
    if not _is_name(name) or azure.is_missing(target):
        return None
    going_on = azure.operations.running(target)
    if going_on is not None and going_on.state == CREATING:
        return None
    found = azure.get(target)
    return found if found["properties"]["provisioningState"] == "Succeeded" else None


def _next(azure: Cloud, endpoint: Body) -> int:
    key = str(endpoint["id"]).lower()
    with azure.changing():
        number = int(azure.store.get(ENDPOINT_REQUESTS, key) or 0)
        azure.store.set(ENDPOINT_REQUESTS, key, str((number + 1) % WHOLE))
    return number


def _shares(write: Write, kind: str) -> Mapping[str, int]:
    shares = write.properties.get(kind) or {}
    if not isinstance(shares, dict) or any(type(share) is not int for share in shares.values()):
        raise bad_request(f"'{kind}' must say a whole number of percent for each deployment.", "InvalidPropertyValue")
    return shares


def _is_name(name: str) -> bool:
    return bool(name) and "/" not in name


def _deployment_id(endpoint: Body, name: str) -> str:
    return f"{endpoint['id']}/deployments/{name}"
