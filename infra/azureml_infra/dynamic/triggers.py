"""A trigger of Data Factory is stopped before it is changed or deleted, and started afterwards.

Azure makes each trigger stopped, and refuses to change one that is started (TriggerEnabledCannotUpdate,
https://github.com/Azure/Azure-DataFactory/issues/539). So there are two of these to a trigger: one before it, which
stops it where it will change, and one after it, which starts it.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, UpdateResult

from azureml_infra.dynamic.clients import api_version
from azureml_infra.dynamic.patience import retry
from azureml_infra.dynamic.provider import DynamicResource, Provider

SUFFIX = "/runtimeState"
_PROVISIONING = "during provisioning"
"""What a start is refused with while Event Grid still makes the subscription of one that waits for blobs
(https://learn.microsoft.com/answers/questions/5835380)."""
_PATIENCE_SECONDS = 300


class TriggerProvider(Provider):
    """Stops or starts the trigger that `trigger_id` names, as `state` says, when its `content` changes."""

    identity = ("trigger_id",)
    settings = ("content", "state")

    def create(self, props: Any) -> CreateResult:
        """Bring the trigger into the state."""
        self._bring(props["trigger_id"], props["state"])
        return CreateResult(f"{props['trigger_id']}{SUFFIX}/{props['state']}", dict(props))

    def update(self, _id: str, _olds: Any, _news: Any) -> UpdateResult:
        """Bring the trigger into the state again."""
        self._bring(_news["trigger_id"], _news["state"])
        return UpdateResult(dict(_news))

    def delete(self, _id: str, _props: Any) -> None:
        """Stop the trigger, which goes after this. Idempotent."""
        self._bring(_props["trigger_id"], "Stopped")

    def _bring(self, trigger_id: str, state: str) -> None:
        arm, version = self.arm(), api_version(trigger_id)
        there = arm.get(trigger_id, version)
        if there is None or there["properties"].get("runtimeState") == state:
            return
        action = f"{trigger_id}/{'start' if state == 'Started' else 'stop'}"
        retry(lambda: arm.post(action, version), lambda error: _PATIENCE_SECONDS if _PROVISIONING in str(error) else 0)


class TriggerSwitch(DynamicResource, module="azureml", name="TriggerSwitch"):
    """Stops a trigger, or starts it; stops it, too, when it leaves the program."""

    trigger_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        trigger_id: pulumi.Input[str],
        *,
        state: str,
        content: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register what is done with a trigger. `content` is another one whenever the trigger is."""
        props = {"trigger_id": trigger_id, "state": state, "content": content}
        super().__init__(TriggerProvider(), name, props, opts)
