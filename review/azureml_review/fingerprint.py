"""A plan's fingerprint: two previews with the same one would do the same.

An update on merge compares it with that of the approved preview. Secrets and unknown values count by their path alone,
noise and the order of the steps not at all.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from azureml_arm.compare import differences
from azureml_arm.compare.masks import SIGNATURE, is_masked
from azureml_policies.requests.unknown import has_unknown
from azureml_policies.text import SENSITIVE
from azureml_review.changes import Planning
from azureml_review.model import Change, Op

_NEW = (Op.CREATE, Op.IMPORT)


def fingerprint_of(planning: Planning, changes: Iterable[Change]) -> str:
    """Return ``sha256:…`` over each change: its URN, its operation, the paths that change and their new values."""
    lines = sorted(_line(planning, change) for change in changes if change.op is not Op.SAME and not change.is_noise)
    return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


def _line(planning: Planning, change: Change) -> str:
    values = dict(_all_values(planning, change) if change.op in _NEW else _changed_values(change))
    return json.dumps([change.urn, change.op.value, values], sort_keys=True, default=str)


def _changed_values(change: Change) -> Iterable[tuple[str, Any]]:
    return [(field.path, None if field.secret else _open(field.new)) for field in change.fields]


def _all_values(planning: Planning, change: Change) -> Iterable[tuple[str, Any]]:
    """Return all values of a new resource."""
    planned = planning.planned.get(change.urn)
    found = differences(planned.inputs if planned else {}, {}, complete=True)
    return [(item.path, None if item.secret or SENSITIVE.search(item.path) else _open(item.new)) for item in found]


def _open(value: Any) -> Any:
    """Return a value without its secret or unknown parts; a file by its content, wherever it is."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return {"hash": value.get("hash")}
        return {key: None if SENSITIVE.search(key) else _open(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_open(item) for item in value]
    return None if has_unknown(value) or is_masked(value) else value
