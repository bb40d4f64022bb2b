"""How Azure ML answers what takes time where nothing more is known of it: as others do, but none of its recorded
answers has ``Retry-After``.
"""

from __future__ import annotations

from dataclasses import replace

from azureml_sandbox.model import operations

ACCEPTED = replace(operations.ACCEPTED, retry_after=False)
BY_LOCATION = replace(operations.BY_LOCATION, retry_after=False)
PATCH_WITH_STATUS = replace(operations.PATCH_WITH_STATUS, retry_after=False)
PUT_WITH_STATUS = replace(operations.PUT_WITH_STATUS, retry_after=False)
