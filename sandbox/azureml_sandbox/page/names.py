"""What people call things: who an object id is, and where an id is, in a few words."""

import json
import re
from collections.abc import Iterable

from azureml_arm import ids
from azureml_sandbox.model import people

_SUBSCRIPTION = re.compile(r"^(/subscriptions/[^/]+|/[0-9a-f-]{36}(?=/oauth2))(?=/)", re.IGNORECASE)
_ASSIGNMENT = '/roleAssignments"'


def identities(values: Iterable[str]) -> dict[str, str]:
    """Return the name and type of the resource that each identity belongs to, by object id; from resources as JSON."""
    found = {}
    for value in values:
        if '"principalId"' in value and _ASSIGNMENT not in value:
            body = json.loads(value)
            of = body.get("identity") or body["properties"]
            if isinstance(of, dict) and isinstance(of.get("principalId"), str):
                found[of["principalId"].lower()] = f"{body['name']} ({str(body['type']).rpartition('/')[2]})"
    return found


def known_name(object_id: str) -> str:
    """Return who an object id is, of those that the sandbox knows from the start; empty for others."""
    person = people.by_object_id(object_id)
    if person is not None:
        return person.name
    return "the sandbox's application" if object_id.lower() == people.CALLER else ""


def place(text: str) -> str:
    """Return an id without what goes without saying: ``rg-acme / storageAccounts/stacme``."""
    if not ids.is_id(text):
        return text
    parsed = ids.parse(text)
    if parsed.type == ids.SUBSCRIPTION:
        return "the subscription"
    if parsed.type == ids.RESOURCE_GROUP:
        return parsed.name
    own = "/".join(part for pair in zip(parsed.type.split("/")[1:], parsed.names, strict=True) for part in pair)
    return f"{place(parsed.scope)} / {own}" if parsed.scope else own


def brief(path: str) -> str:
    """Return a request's path in the same way: also that of a list, or of an action on a resource."""
    if ids.is_id(path):
        return place(path)
    listed = f"{path.rstrip('/')}/-"
    shown = place(listed).removesuffix("/-") if ids.is_id(listed) else "-"
    return shown if shown != "-" else _SUBSCRIPTION.sub("", path)
