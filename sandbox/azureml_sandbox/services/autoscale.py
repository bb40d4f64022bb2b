"""Microsoft.Insights/autoscaleSettings: rules by which Azure Monitor changes how many instances something has."""

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar

from azureml_sandbox.model.bodies import Body, dig
from azureml_sandbox.model.errors import bad_request
from azureml_sandbox.model.resource import ResourceType, Write

PROFILES, RULES = 20, 10
"""How many a setting, and a profile, has at most
(https://learn.microsoft.com/rest/api/monitor/autoscale-settings/create-or-update)."""
_SCALED = "/onlineEndpoints/"


class AutoscaleSetting(ResourceType):
    """A setting. What it scales has at once as many instances as its bounds allow; its rules are only kept."""

    type = "Microsoft.Insights/autoscaleSettings"
    created_status = 201
    tracked = True
    state = None
    shapes: ClassVar = {
        "properties.targetResourceUri": str,
        "properties.profiles[]!": dict,
        "properties.profiles[].name!": str,
        "properties.profiles[].capacity.minimum!": str,
        "properties.profiles[].capacity.maximum!": str,
        "properties.profiles[].capacity.default!": str,
        "properties.profiles[].rules[]": dict,
        "properties.profiles[].rules[].metricTrigger!": dict,
        "properties.profiles[].rules[].scaleAction!": dict,
        "properties.notifications[]": dict,
    }
    references = ("properties.targetResourceUri",)
    filled: ClassVar = {"enabled": False}

    def check(self, write: Write) -> None:
        """Refuse bounds that are none, and too many profiles or rules."""
        profiles = write.properties.get("profiles") or []
        if not 0 < len(profiles) <= PROFILES:
            raise bad_request(f"An autoscale setting has 1 to {PROFILES} profiles, not {len(profiles)}.")
        for profile in profiles:
            _bounds(profile)
            if len(profile.get("rules") or []) > RULES:
                raise bad_request(f"Profile '{profile['name']}' has more than {RULES} rules.")

    def computed_properties(self, write: Write) -> Body:
        """Return the name, and times in UTC."""
        profiles = [_in_utc(profile) for profile in write.properties.get("profiles") or []]
        return {"name": write.id.name, "profiles": profiles}

    def after(self, write: Write, resource: Body) -> None:
        """Give a deployment as many instances as the usual bounds allow."""
        properties = resource["properties"]
        target = str(properties.get("targetResourceUri") or "")
        if not properties["enabled"] or _SCALED.lower() not in target.lower() or write.azure.is_missing(target):
            return
        profiles = properties["profiles"]
        least, most, _ = _bounds(next((one for one in profiles if '"for":' in one["name"]), profiles[0]))
        deployment = write.azure.get(target)
        now = int(dig(deployment, "sku.capacity") or 1)
        if not least <= now <= most:
            sku = {**deployment["sku"], "capacity": min(max(now, least), most)}
            write.azure.provide(target, {**deployment, "sku": sku})


def _bounds(profile: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the least, the most and the usual number of instances; raise ArmError where these aren't numbers in
    order.
    """
    given = profile["capacity"]
    try:
        least, most, usual = (int(given[name]) for name in ("minimum", "maximum", "default"))
    except ValueError:
        raise bad_request(f"The capacity of profile '{profile['name']}' isn't in whole numbers.") from None
    if not 0 <= least <= usual <= most:
        text = f"The capacity of profile '{profile['name']}' must be minimum <= default <= maximum."
        raise bad_request(text)
    return least, most, usual


def _in_utc(profile: Body) -> Body:
    dates = profile.get("fixedDate")
    if not dates:
        return profile
    moved = {name: _utc(dates[name]) for name in ("start", "end") if name in dates}
    return {**profile, "fixedDate": {**dates, **moved}}


def _utc(text: str) -> str:
    """Return a moment as the service writes it: in UTC and whole seconds."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"'{text}' is not a time.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
