"""The past by an exported state: what `pulumi stack export` wrote before the run."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from azureml_policies.baseline.model import PlannedChange
from azureml_policies.baseline.past import Old, Past, Writes, old_of, stack_in, unusable
from azureml_policies.requests.planned import Planned
from azureml_policies.requests.write import Write

HOURS = 24
"""How old the file of a state may be, unless a config says otherwise."""
DAYS = 90
"""How long ago the last update or refresh of the stack may be, unless a config says otherwise."""
_STATE = "a Pulumi state"


class ExportedState(Past):
    """A stack as an exported state has it; BaselineUnavailableError where it isn't one, or isn't that of the plan."""

    def __init__(self, exported: Mapping[str, Any], writes: Writes, source: str = "the exported state") -> None:
        super().__init__(_resources(exported, source), writes, source)
        self._stacks = {stack_in(urn) for urn in self._resources if urn.startswith("urn:pulumi:")}

    @classmethod
    def read(cls, path: Path, writes: Writes, hours: int = HOURS, days: int = DAYS) -> ExportedState:
        """Return the state in a file that was written some hours ago at most, of a stack that was updated or refreshed
        some days ago at most.
        """
        content = _content(path)
        written, updated = (time.time() - path.stat().st_mtime) / 3600, _days_since_update(content, str(path))
        if written > hours:
            what = f"was written {written:.0f} hours ago, and what is there may be another since"
            raise unusable(str(path), f"{what} (`baseline_hours` is {hours})", _remedy(path.name))
        if updated > days:
            what = f"is of a stack that was last updated {updated:.0f} days ago, and Azure may be another since"
            remedy = f"run `pulumi refresh`, then {_remedy(path.name)}"
            raise unusable(str(path), f"{what} (`baseline_days` is {days})", remedy)
        return cls(content, writes, f"the exported state {path}")

    def change(self, write: Write) -> PlannedChange:
        """Return what a write would do to what the stack had."""
        self._check_stack(write.planned)
        return super().change(write)

    def removals(self, planned: Collection[Planned]) -> list[Write]:
        """Return what the stack had and isn't planned any more."""
        for item in islice(planned, 1):
            self._check_stack(item)
        return super().removals(planned)

    def _check_stack(self, planned: Planned) -> None:
        """Raise BaselineUnavailableError where the state is another stack's, or several stacks'."""
        if not self._stacks or self._stacks == {stack_in(planned.urn)}:
            return
        theirs, ours = " and ".join(sorted(self._stacks)), stack_in(planned.urn)
        what = f"is the state of {theirs} (stack::project), and this is a run of {ours}"
        raise unusable(self.source, what, _remedy())


def _content(path: Path) -> Mapping[str, Any]:
    try:
        exported = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise unusable(str(path), "there is no such file", _remedy(path.name)) from None
    except OSError as error:
        raise unusable(str(path), f"can't be read ({error.strerror})", _remedy(path.name)) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise unusable(str(path), f"isn't JSON ({error})", _remedy(path.name)) from error
    except RecursionError as error:
        raise unusable(str(path), f"is nested too deeply for {_STATE}", _remedy(path.name)) from error
    if not isinstance(exported, Mapping):
        raise unusable(str(path), f"isn't {_STATE}: it is no JSON object", _remedy(path.name))
    return exported


def _resources(exported: Mapping[str, Any], source: str) -> list[Old]:
    deployment = _deployment(exported, source)
    entries = deployment.get("resources") or []
    if not isinstance(entries, list):
        raise unusable(source, f"isn't {_STATE}: `resources` is no list", _remedy())
    for index, entry in enumerate(entries):
        if not _is_resource(entry):
            raise unusable(source, f"isn't {_STATE}: resources[{index}] has no urn and type", _remedy())
    _check_is_settled(deployment, entries, source)
    providers = {entry["urn"]: entry.get("inputs") or {} for entry in entries if _is_provider(entry)}
    return [old_of(entry, providers) for entry in entries if is_there(entry)]


def _deployment(exported: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """Return the deployment in an export, in a backend's checkpoint, or by itself; an empty one for a stack never
    updated.
    """
    found: Any = exported
    if "checkpoint" in found:
        found = (found["checkpoint"] or {}).get("latest") if isinstance(found["checkpoint"], Mapping | None) else 0
    elif "deployment" in found:
        found = found["deployment"]
    elif not {"resources", "manifest"} & set(found):
        raise unusable(source, f"isn't {_STATE}: it has neither `deployment` nor `resources`", _remedy())
    if found is not None and not isinstance(found, Mapping):
        raise unusable(source, f"isn't {_STATE}: its deployment is no JSON object", _remedy())
    return found or {}


def _check_is_settled(deployment: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], source: str) -> None:
    """Raise BaselineUnavailableError where an update ended half way, so that Azure may have anything."""
    pending = deployment.get("pending_operations") or deployment.get("pendingOperations")
    failed = next((entry["urn"] for entry in entries if entry.get("initErrors")), None)
    if pending or failed:
        what = f"{failed} was made or changed in part only" if failed else "an update of it was interrupted"
        raise unusable(source, f"{what}, so it isn't known what is there", f"run `pulumi refresh`, then {_remedy()}")


def _days_since_update(exported: Mapping[str, Any], source: str) -> float:
    """Return how long ago the engine last wrote the state, by its manifest; 0 where that says no time."""
    manifest = _deployment(exported, source).get("manifest")
    try:
        written = datetime.fromisoformat(str(manifest.get("time")) if isinstance(manifest, Mapping) else "")
    except ValueError:
        return 0
    return (time.time() - written.replace(tzinfo=written.tzinfo or UTC).timestamp()) / 86400


def is_there(entry: Mapping[str, Any]) -> bool:
    """Return whether a state's entry is a resource of the stack: not a read one, nor one that is deleted or about to
    be.
    """
    return not (entry.get("delete") or entry.get("external") or entry.get("pendingReplacement"))


def _is_resource(entry: Any) -> bool:
    texts = isinstance(entry, Mapping) and all(isinstance(entry.get(key), str) for key in ("urn", "type"))
    return texts and isinstance(entry.get("inputs") or {}, Mapping)


def _is_provider(entry: Mapping[str, Any]) -> bool:
    return bool(entry["type"].startswith("pulumi:providers:"))


def _remedy(name: str = "state.json") -> str:
    return f"make it with `pulumi stack export --file {name}` before the run, or set `baseline` to live"
