"""How Azure ML answers what takes time, by kind of resource; where nothing more is known of one, as others do. None of
its recorded answers has ``Retry-After``.
"""

from dataclasses import replace

from azureml_sandbox.model import operations
from azureml_sandbox.model.operations import CREATING, LOCATION_HEADER, STATUS_HEADER, UPDATING, LongRunning

ACCEPTED = replace(operations.ACCEPTED, retry_after=False)
BY_LOCATION = replace(operations.BY_LOCATION, retry_after=False)
PATCH_WITH_STATUS = replace(operations.PATCH_WITH_STATUS, retry_after=False)
PUT_WITH_STATUS = replace(operations.PUT_WITH_STATUS, retry_after=False)

OF_COMPUTES = ("computeOperationsStatus", "computeOperationsResults")
OF_ENDPOINTS = ("mfeOperationsStatus", "mfeOperationResults")
OF_WORKSPACES = ("workspaceOperationsStatus", "workspaceOperationsStatus")
OF_REGISTRIES = ("registryOperationsStatus", "registryOperationsStatus")
PUT_COMPUTE = LongRunning(201, 201, updating_state=CREATING, places=OF_COMPUTES, poll="short", retry_after=False)
"""How Azure ML answers a PUT of a compute, the first and any other."""
COMPUTE_ACTION = LongRunning(202, 202, body=False, places=OF_COMPUTES, poll="short", retry_after=False)
"""202 without a body, to be polled by Azure-AsyncOperation alone: what is done to a compute."""
PUT_ENDPOINT = LongRunning(
    201,
    201,
    headers=(STATUS_HEADER, LOCATION_HEADER),
    at_itself=True,
    timeout="PT30M",
    places=OF_ENDPOINTS,
    poll="timed",
    polled=UPDATING,
    retry_after=False,
)
"""How Azure ML answers a PUT of an endpoint, a deployment, a schedule or a feature set, the first and any other."""
DELETE_ENDPOINT = replace(PUT_ENDPOINT, status=202, updating=202, body=False, at_itself=False)
"""How Azure ML answers a DELETE of these."""
PUT_WORKSPACE, PUT_REGISTRY = (
    LongRunning(
        202,
        202,
        headers=(STATUS_HEADER, LOCATION_HEADER),
        body=False,
        places=places,
        poll="short",
        retry_after=False,
    )
    for places in (OF_WORKSPACES, OF_REGISTRIES)
)
"""How Azure ML answers all that is done to a workspace or a registry, but for workspaces' actions."""
WORKSPACE_ACTION = replace(PUT_WORKSPACE, headers=(LOCATION_HEADER,))
"""How it answers an action of a workspace."""
