"""Whether an endpoint's requests still lead to a deployment: its traffic, and what is left behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from azureml_infra.entities.resources import ML
from azureml_policies.requests.unknown import is_unknown
from azureml_policies.requests.values import member
from azureml_review.model import Change, Harm, Loss, Op

_DEPLOYMENTS = f"{ML}/onlineendpoints/deployments"
NOWHERE = Loss("requests fail: no deployment gets any traffic", Harm.SERVICE)
NO_DEFAULT = Loss("callers that name no deployment fail: there is no default one", Harm.SERVICE)
STOPS = Loss("its instances stop", Harm.SERVICE)
ALONE = {
    Op.DELETE: Loss("its instances stop; its endpoint has no other deployment, so requests fail", Harm.SERVICE),
    Op.REPLACE: Loss(
        "its instances stop; its endpoint has no other deployment, so requests fail until it is back", Harm.SERVICE
    ),
}


def unserved_by(noun: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[Loss]:
    """Return the loss where traffic, or the default deployment, is taken away; by the inputs of its resource."""
    if noun in ("traffic", "online endpoint"):
        return [NOWHERE] if _flows(_routing(old, "traffic")) and not _flows(_routing(new, "traffic")) else []
    if noun in ("default deployment", "batch endpoint"):
        before, after = (_default(inputs) for inputs in (old, new))
        return [NO_DEFAULT] if before and not after else []
    return []


def _routing(inputs: Mapping[str, Any], name: str) -> Any:
    """Return an input of our resource, or the same inside ARM's properties; UNKNOWN where these aren't known yet."""
    inside = next((inputs[key] for key in inputs if key.lower().endswith("properties")), None)
    return inputs.get(name) or member(inside, name)


def _flows(traffic: Any) -> bool:
    """Return whether somebody gets requests; what isn't known yet counts."""
    shares = traffic.values() if isinstance(traffic, Mapping) else ()
    return is_unknown(traffic) or any(share not in (0, 0.0, "0", None) for share in shares)


def _default(inputs: Mapping[str, Any]) -> Any:
    return inputs.get("default_deployment") or member(_routing(inputs, "defaults"), "deploymentName")


def serving(changes: Sequence[Change]) -> list[Change]:
    """Return the changes, with what a deployment loses where no other one is beside it, or its endpoint goes, too."""
    staying = {_endpoint(one) for one in changes if one.type.lower() == _DEPLOYMENTS and one.op not in ALONE}
    going = {one.id.lower() for one in changes if one.op is Op.DELETE and one.id}
    return [_adjust(change, staying, going) for change in changes]


def _adjust(change: Change, staying: set[str], going: set[str]) -> Change:
    if change.type.lower() != _DEPLOYMENTS or not change.losses:
        return change
    endpoint = _endpoint(change)
    if endpoint in going:
        return replace(change, losses=(STOPS,))
    return change if endpoint in staying else replace(change, losses=(ALONE[change.op],))


def _endpoint(change: Change) -> str:
    return change.id.lower().rpartition("/deployments/")[0]
