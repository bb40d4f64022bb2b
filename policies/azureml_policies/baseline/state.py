"""The past by an exported state: what `pulumi stack export` wrote before the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azureml_policies.baseline.past import Old, Past, Writes, old_of, unusable

_STATE = "a Pulumi state"


class ExportedState(Past):
    """A stack as an exported state has it; BaselineUnavailableError where it isn't one."""

    def __init__(self, exported: Mapping[str, Any], writes: Writes, source: str = "the exported state") -> None:
        super().__init__(_resources(exported, source), writes, source)

    @classmethod
    def read(cls, path: Path, writes: Writes) -> ExportedState:
        """Return the state in a file."""
        return cls(_content(path), writes, f"the exported state {path}")


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
    entries = _deployment(exported, source).get("resources") or []
    if not isinstance(entries, list):
        raise unusable(source, f"isn't {_STATE}: `resources` is no list", _remedy())
    for index, entry in enumerate(entries):
        if not _is_resource(entry):
            raise unusable(source, f"isn't {_STATE}: resources[{index}] has no urn and type", _remedy())
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
