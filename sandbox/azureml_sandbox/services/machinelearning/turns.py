"""What Azure ML changes one at a time: deployments of an endpoint, rules of a managed network."""

from azureml_sandbox.model.errors import conflict
from azureml_sandbox.model.resource import Cloud


def check_turn(azure: Cloud, parent_id: str, type_name: str, own_id: str, what: str) -> None:
    """Refuse a change while another resource of the type below the same parent is being changed."""
    if not azure.operations.enabled:
        return
    for other in azure.list(parent_id, type_name):
        going_on = azure.operations.running(other["id"]) if other["id"].lower() != own_id.lower() else None
        if going_on is not None:
            raise conflict(f"{what}: '{other['name']}' is {going_on.state}. Retry when it is done.")
