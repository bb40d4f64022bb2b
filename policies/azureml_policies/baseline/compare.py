"""The values that a planned body would change in what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from azureml_policies.baseline import normalise
from azureml_policies.baseline.model import Difference
from azureml_policies.baseline.normalise import MASK, SIGNATURE, Path
from azureml_policies.requests.unknown import UNKNOWN, has_unknown

READ_ONLY = frozenset(
    {
        "allocationstate",
        "allocationstatetransitiontime",
        "createdat",
        "createdby",
        "createdon",
        "creationtime",
        "currentnodecount",
        "errors",
        "etag",
        "isattachedcompute",
        "lastmodifiedat",
        "lastmodifiedby",
        "modifiedon",
        "nodestatecounts",
        "provisioningerrors",
        "provisioningstate",
        "systemdata",
        "targetnodecount",
        "updatedby",
        "updatedon",
    }
)
"""What only Azure sets, wherever it stands."""
_IDENTITY = frozenset({"principalid", "tenantid", "clientid"})
"""What only Azure sets in an identity; elsewhere these are settings."""


def differences(planned: Any, there: Any, *, complete: bool) -> tuple[Difference, ...]:
    """Return what would change in what is there.

    `complete` says that `there` is all that was planned before, so that what is no longer planned is a difference too;
    otherwise what is there but not planned counts as the service's own default, and a secret that isn't shown as the
    same.
    """
    comparison = _Comparison(complete=complete)
    comparison.compare((), planned, there)
    return tuple(comparison.found)


def dotted_path(path: Path) -> str:
    """Return a path in the words of the body, below `properties` where it is there."""
    inside = path[1:] if len(path) > 1 and path[0].lower() == "properties" else path
    return ".".join(inside)


class _Comparison:
    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.found: list[Difference] = []

    def compare(self, path: Path, new: Any, old: Any) -> None:
        if path and path[-1].lower() == normalise.IDENTITIES:
            new, old = normalise.identities(new), normalise.identities(old)
        if isinstance(new, str) and has_unknown(new):
            self._add(path, old, UNKNOWN)
        elif normalise.is_masked(new) or normalise.is_masked(old):
            self._compare_masked(path, new, old)
        elif normalise.is_absent(new):
            self._compare_absent(path, new, old)
        elif isinstance(new, Mapping) and (isinstance(old, Mapping) or normalise.is_absent(old)):
            self._compare_objects(path, new, old or {})
        elif not self._same(path, new, old):
            self._add(path, old, new)

    def _compare_masked(self, path: Path, new: Any, old: Any) -> None:
        """Add a difference for a masked value whose key doesn't look secret; other masked values can't be compared."""
        if normalise.is_absent(new) and not self.complete:
            return
        appears = self.complete and (normalise.is_absent(new) or normalise.is_absent(old))
        if appears or not normalise.is_secret(path):
            before, after = (None if normalise.is_absent(value) else MASK for value in (old, new))
            self.found.append(Difference(dotted_path(path), before, after, secret=True))

    def _compare_absent(self, path: Path, new: Any, old: Any) -> None:
        if normalise.is_absent(old):
            return
        if isinstance(old, Mapping):
            self._compare_objects(path, {}, old)
        elif self.complete or new is not None:
            self._add(path, old, new)

    def _compare_objects(self, path: Path, new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        if SIGNATURE in new and new.get("hash") and all(new.get(key) == old.get(key) for key in (SIGNATURE, "hash")):
            return  # one asset, wherever its file is
        fold = {normalise.fold_name(key): value for key, value in old.items()}
        for key, value in new.items():
            if key != "__defaults":
                self.compare((*path, key), value, old[key] if key in old else fold.get(normalise.fold_name(key)))
        if not self.complete:
            return
        planned = {normalise.fold_name(key) for key in new}
        for key, value in old.items():
            if normalise.fold_name(key) not in planned and not _is_set_by_azure((*path, key)):
                self.compare((*path, key), None, value)

    def _same(self, path: Path, new: Any, old: Any) -> bool:
        if isinstance(new, list | tuple):
            return isinstance(old, list | tuple) and self._same_lists(path, new, old)
        if isinstance(new, Mapping) or isinstance(old, Mapping | list | tuple):
            return False
        if not self.complete and normalise.is_secret(path) and old in (None, ""):
            return True
        return normalise.same_scalar(new, old, path)

    def _same_lists(self, path: Path, new: Sequence[Any], old: Sequence[Any]) -> bool:
        if len(new) != len(old):
            return False
        if not normalise.in_order(path) and all(_is_scalar(item) for item in [*new, *old]):
            return _count(path, new) == _count(path, old) and not has_unknown(list(new))
        key = normalise.naming_key(new)
        if key and key == normalise.naming_key(old):
            new, old = _sort(path, new, key), _sort(path, old, key)
        inside = _Comparison(complete=self.complete)
        for one, other in zip(new, old, strict=True):
            inside.compare(path, one, other)
        return not inside.found

    def _add(self, path: Path, old: Any, new: Any) -> None:
        secret = normalise.is_secret(path) or _holds_secret(path, new) or _holds_secret(path, old)
        self.found.append(Difference(dotted_path(path), old, new, secret))


def _is_set_by_azure(path: Path) -> bool:
    """Return whether a property that isn't planned any more never was: it came with the answer, or with the engine."""
    name = path[-1].lower()
    in_identity = any(part.lower() in ("identity", normalise.IDENTITIES) for part in path[:-1])
    return name in READ_ONLY or name.startswith("__") or (in_identity and name in _IDENTITY)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _count(path: Path, items: Sequence[Any]) -> Counter[Any]:
    return Counter(normalise.canonical(item, path) for item in items)


def _sort(path: Path, items: Sequence[Any], key: str) -> list[Any]:
    def name(item: Mapping[str, Any]) -> str:
        value = next(value for name, value in item.items() if name.lower() == key)
        return str(normalise.canonical(value, (*path, key)))

    return sorted(items, key=name)


def _holds_secret(path: Path, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(
            normalise.is_secret((*path, key)) or _holds_secret((*path, key), item) for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return any(_holds_secret(path, item) for item in value)
    return normalise.is_masked(value)
