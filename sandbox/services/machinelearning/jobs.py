"""Azure ML jobs. Nothing runs: a job is completed as soon as it is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arm.names import RULES
from sandbox.errors import bad_request, conflict
from sandbox.resource import Body, ResourceType, Write, action, equal
from sandbox.services.machinelearning.system import workspace_of

if TYPE_CHECKING:
    from sandbox.azure import Azure

CHANGEABLE = frozenset({"description", "displayName", "isArchived", "properties", "status", "tags"})
"""What a PUT of a submitted job may change; the rest is what was run."""


class Job(ResourceType):
    """A job of any kind."""

    type = "Microsoft.MachineLearningServices/workspaces/jobs"
    state = None
    system_data = True
    name_rule = RULES["job"]
    references = ("properties.computeId", "properties.environmentId", "properties.codeId", "properties.componentId")

    def check(self, write: Write) -> None:
        """A submitted job is what it is."""
        changed = [
            name
            for name, value in write.properties.items()
            if write.old is not None and name not in CHANGEABLE and not equal(write.old_properties.get(name), value)
        ]
        if changed:
            raise conflict(
                f"Job '{write.id.name}' was already submitted, and its {', '.join(sorted(changed))} can't be changed. "
                "Submit it under another name.",
                "UserError",
            )

    def defaults(self, write: Write) -> Body:
        """What a job has when nothing is said."""
        return {
            "displayName": write.id.name,
            "experimentName": "Default",
            "isArchived": False,
            "outputs": {},
            "properties": {},
            "tags": {},
        }

    def computed(self, write: Write) -> Body:
        """Where it can be looked at, and how it went."""
        own_id = (write.old or {}).get("id") or write.id.text
        studio = f"https://ml.azure.com/runs/{write.id.name}?wsid={workspace_of(own_id)}&tid={write.azure.tenant}"
        return {
            "services": {"Studio": {"endpoint": studio, "jobServiceType": "Studio"}},
            "status": write.old_properties.get("status") or "Completed",
        }

    @action("cancel")
    def cancel(self, _azure: Azure, resource: Body, _body: Any) -> None:
        """Too late: it is completed."""
        raise bad_request(f"Job '{resource['name']}' is completed and can't be canceled.", "UserError")
