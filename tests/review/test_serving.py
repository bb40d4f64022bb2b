"""What fails where an endpoint's requests lead to no deployment any more; what isn't known yet is no loss."""

from typing import Any

from azureml_arm.unknown import UNKNOWN
from azureml_review.serving import NO_DEFAULT, NOWHERE
from kit.previewed import IN_WORKSPACE, make_review, step
from kit.rows import each

ML = "azure-native:machinelearningservices"


def endpoint(kind: str, properties: Any) -> dict[str, Any]:
    own = {f"{kind[0].lower()}{kind[1:]}Properties": properties}
    return {**IN_WORKSPACE, "endpointName": "churn", "location": "westeurope", **own}


ONLINE = {"authMode": "AADToken", "traffic": {"blue": 100}}
BATCH = {"authMode": "AADToken", "defaults": {"deploymentName": "blue"}}


@each(
    ("kind", "before", "after", "lost"),
    [
        ("OnlineEndpoint", ONLINE, {**ONLINE, "traffic": {"blue": 0}}, [NOWHERE]),
        ("OnlineEndpoint", ONLINE, {**ONLINE, "traffic": {}}, [NOWHERE]),
        ("OnlineEndpoint", ONLINE, {**ONLINE, "traffic": {"green": UNKNOWN}}, []),
        ("OnlineEndpoint", ONLINE, {**ONLINE, "traffic": UNKNOWN}, []),
        ("OnlineEndpoint", ONLINE, UNKNOWN, []),
        ("BatchEndpoint", BATCH, {"authMode": "AADToken"}, [NO_DEFAULT]),
        ("BatchEndpoint", BATCH, {**BATCH, "defaults": {"deploymentName": UNKNOWN}}, []),
        ("BatchEndpoint", BATCH, {**BATCH, "defaults": UNKNOWN}, []),
        ("BatchEndpoint", BATCH, UNKNOWN, []),
    ],
)
def test_what_an_update_of_an_endpoint_breaks(kind: str, before: Any, after: Any, lost: list[Any]) -> None:
    changed = {f"{kind[0].lower()}{kind[1:]}Properties": "update"}
    update = step("update", f"{ML}:{kind}", "churn", endpoint(kind, before), endpoint(kind, after), changed)
    (change,) = make_review([update]).real
    assert list(change.losses) == lost
