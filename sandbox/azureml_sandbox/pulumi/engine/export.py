"""A stack's state as `pulumi stack export` has it, for packs that compare a plan with what is there.

    {"version": 3, "deployment": {
        "manifest": {"time": "", "magic": "", "version": ""},
        "resources": [{"urn": ..., "custom": true, "id": ..., "type": ..., "inputs": {...}, "outputs": {...},
                       "parent": ..., "dependencies": [...], "propertyDependencies": {...}, "provider": ...,
                       "protect": true, "external": true, "retainOnDelete": true, "deletedWith": ..., "delete": true}],
        "metadata": {}}}

A resource has `urn`, `custom` and `type`, and of the other members those that say anything, as in the engine's own
(https://github.com/pulumi/pulumi, sdk/go/common/apitype/core.go, ResourceV3). A secret is ``{SIGNATURE: SECRET,
"ciphertext": "[secret]"}``: its place is shown, and nothing of its value. `provider` is only there for an explicit
provider: in-process, no default one is in the state. Where there is no stack yet, `resources` is empty.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from azureml_sandbox.pulumi.engine import locking
from azureml_sandbox.pulumi.engine.errors import EngineError
from azureml_sandbox.pulumi.engine.state import Resource
from azureml_sandbox.pulumi.engine.values import SECRET, SIGNATURE, is_secret

FILE = "export.json"
"""In the folder with the sandbox's state; written before each run under packs."""
_LOCK = "packs.lock"
_MASK = "[secret]"


def write(folder: Path, resources: Iterable[Resource]) -> None:
    """Write the state before a run. Only the owner may read it."""
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(as_export(resources), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def as_export(resources: Iterable[Resource]) -> dict[str, Any]:
    """Return the export of a stack with these resources."""
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "", "magic": "", "version": ""},
            "resources": [state_of(item) for item in resources],
            "metadata": {},
        },
    }


def state_of(item: Resource) -> dict[str, Any]:
    """Return one resource as an export, and the engine's events, have it."""
    optional = {
        "id": item.id,
        "inputs": seal(item.inputs),
        "outputs": seal(item.outputs),
        "parent": item.parent,
        "protect": item.protect,
        "external": item.external,
        "dependencies": list(item.dependencies),
        "provider": item.provider,
        "propertyDependencies": {key: list(urns) for key, urns in item.property_dependencies.items()},
        "retainOnDelete": item.retain_on_delete,
        "deletedWith": item.deleted_with,
        "delete": item.pending_delete,
    }
    return {"urn": item.urn, "custom": item.custom, "type": item.type} | {k: v for k, v in optional.items() if v}


def seal(value: Any) -> Any:
    """Return the value with its secrets marked but not shown."""
    if is_secret(value):
        return {SIGNATURE: SECRET, "ciphertext": _MASK}
    if isinstance(value, dict):
        return {key: seal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [seal(item) for item in value]
    return value


def alone(home: Path) -> contextlib.AbstractContextManager[None]:
    """Give the file to one run under packs at a time; EngineError where another one has it."""
    return locking.only_one(home / _LOCK, f"policy packs in {home}")


def forget(home: Path) -> None:
    """Delete what an earlier run wrote: after the next one it no longer holds."""
    with contextlib.suppress(EngineError), alone(home):
        (home / FILE).unlink(missing_ok=True)
