"""How what is there differs from what is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from azureml_arm.compare import documents, masks, values
from azureml_arm.compare.known import NAME, PathRule, Rules, rules_of
from azureml_arm.compare.masks import MASK, SIGNATURE, Path
from azureml_arm.unknown import UNKNOWN, has_unknown

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
_ENVELOPE = frozenset({"id", "name", "type"})
"""What an answer says beside a body, of the resource itself and of each that is inside."""
_IDENTITY = frozenset({"principalid", "tenantid", "clientid"})
"""What only Azure sets in an identity; elsewhere these are settings."""


@dataclass(frozen=True)
class Difference:
    """A value that would change; `path` is dotted, in the words of ARM's body below `properties` where it is there.

    A list is compared as a whole. `secret` values are never to be shown.
    """

    path: str
    old: Any
    new: Any
    secret: bool = False


def differences(meant: Any, there: Any, *, complete: bool, type_name: str = "") -> tuple[Difference, ...]:
    """Return how what is there differs from what is meant: two bodies of a type.

    `complete` says that `there` is all that was meant before. Otherwise it is Azure's answer: what isn't meant but is
    there is a difference, unless it is known to be Azure's own (`read_only.csv`) or what leaving it out means
    (`known.csv`); a secret, and what the type doesn't give back, counts as the same where it isn't shown.
    """
    answer = there if isinstance(there, Mapping) else {}
    comparison = _Comparison(rules_of(type_name, str(answer.get("kind") or "")), complete, answer)
    comparison.compare((), meant, there)
    return tuple(comparison.found)


def dotted_path(path: Path) -> str:
    """Return a path in the words of the body, below `properties` where it is there."""
    inside = path[1:] if len(path) > 1 and path[0].lower() == "properties" else path
    return ".".join(inside)


@dataclass
class _Comparison:
    rules: Rules
    complete: bool
    answer: Mapping[str, Any]
    """All of what is there."""
    found: list[Difference] = field(default_factory=list)

    def apart(self) -> _Comparison:
        """Return a comparison of the same two bodies whose differences are found apart."""
        return replace(self, found=[])

    def compare(self, path: Path, new: Any, old: Any) -> None:
        rule = self.rules.at(path)
        if path and path[-1].lower() == values.IDENTITIES:
            new, old = values.identities(new), values.identities(old)
        if isinstance(new, str) and has_unknown(new):
            self._add(path, old, UNKNOWN)
        elif masks.is_masked(new) or masks.is_masked(old):
            self._compare_masked(path, new, old)
        elif values.is_absent(new):
            self._compare_absent(path, new, old, rule)
        elif rule.document and isinstance(new, str) and isinstance(old, str):
            self._compare_documents(path, new, old)
        elif isinstance(new, Mapping) and (isinstance(old, Mapping) or (values.is_absent(old) and not rule.unsaid)):
            self._compare_objects(path, new, old or {})
        elif not self._same(path, new, old, rule):
            self._add(path, old, new)

    def _compare_masked(self, path: Path, new: Any, old: Any) -> None:
        """Add a difference for a masked value whose key doesn't look secret; other masked values can't be compared."""
        if values.is_absent(new) and not self.complete:
            return
        appears = self.complete and (values.is_absent(new) or values.is_absent(old))
        if appears or not masks.is_secret(path):
            before, after = (None if values.is_absent(value) else MASK for value in (old, new))
            self.found.append(Difference(dotted_path(path), before, after, secret=True))

    def _compare_absent(self, path: Path, new: Any, old: Any, rule: PathRule) -> None:
        if values.is_absent(old) or (not self.complete and self._is_azures(path, old, rule)):
            return
        if isinstance(old, Mapping):
            self._compare_objects(path, {}, old)
        else:
            self._add(path, old, new)

    def _is_azures(self, path: Path, old: Any, rule: PathRule) -> bool:
        """Return whether Azure has a value by itself, or has what leaving it out means."""
        if rule.kept or old == "" or self._is_of_answer(path, old):
            return True
        return any(
            self._same(path, self.answer.get("name") if one == NAME else one, old, rule) for one in rule.defaults
        )

    def _is_of_answer(self, path: Path, old: Any) -> bool:
        """Return whether it is the id, name or type of the resource, or the id or type of one inside it."""
        name = path[-1] if path else ""
        if name not in _ENVELOPE or len(path) == 1:
            return name in _ENVELOPE
        own = str(self.answer.get(name) or "").lower()
        return bool(own) and isinstance(old, str) and old.lower().startswith(f"{own}/")

    def _compare_documents(self, path: Path, new: str, old: str) -> None:
        inside = self.apart()
        inside.compare((*path, documents.ROOT), documents.read(new), documents.read(old))
        if inside.found:
            self._add(path, old, new)

    def _compare_objects(self, path: Path, new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        if SIGNATURE in new and new.get("hash") and all(new.get(key) == old.get(key) for key in (SIGNATURE, "hash")):
            return  # one asset, wherever its file is
        fold = {values.fold_name(key): value for key, value in old.items()}
        for key, value in new.items():
            if key != "__defaults":
                self.compare((*path, key), value, old[key] if key in old else fold.get(values.fold_name(key)))
        meant = {values.fold_name(key) for key in new}
        for key, value in old.items():
            if values.fold_name(key) not in meant:
                self._compare_more((*path, key), value)

    def _compare_more(self, path: Path, old: Any) -> None:
        """Compare what is there with its absence from what is meant."""
        added = self.rules.at(path[:-1]).adds
        if not _is_set_by_azure(path) and not any(fnmatchcase(path[-1].lower(), one) for one in added):
            self.compare(path, None, old)

    def _same(self, path: Path, new: Any, old: Any, rule: PathRule) -> bool:
        if not self.complete and (self._is_unsaid(path, old, rule) or old in rule.answers or rule.client):
            return True
        if isinstance(new, list | tuple):
            return isinstance(old, list | tuple) and self._same_lists(path, new, old, rule)
        if isinstance(new, Mapping) or isinstance(old, Mapping | list | tuple):
            return False
        return values.same_scalar(new, old, path, exact=rule.exact)

    def _is_unsaid(self, path: Path, old: Any, rule: PathRule) -> bool:
        """Return whether Azure doesn't say what it has, so that nothing can differ."""
        return (rule.unsaid and values.is_absent(old)) or (masks.is_secret(path) and old in (None, ""))

    def _same_lists(self, path: Path, new: Sequence[Any], old: Sequence[Any], rule: PathRule) -> bool:
        if rule.adds and not self.complete:
            old = _without_added(new, old, rule.adds)
        if len(new) != len(old):
            return False
        if not values.in_order(path) and all(_is_scalar(item) for item in [*new, *old]):
            return _count(path, new, rule) == _count(path, old, rule) and not has_unknown(list(new))
        key = values.naming_key(new)
        if key and key == values.naming_key(old):
            new, old = _sort(path, new, key), _sort(path, old, key)
        inside = self.apart()
        for one, other in zip(new, old, strict=True):
            inside.compare(path, one, other)
        return not inside.found

    def _add(self, path: Path, old: Any, new: Any) -> None:
        secret = masks.holds_secret(path, new) or masks.holds_secret(path, old)
        self.found.append(Difference(dotted_path(path), old, new, secret))


def _is_set_by_azure(path: Path) -> bool:
    """Return whether a property that isn't planned any more never was: it came with the answer, or with the engine."""
    name = path[-1].lower()
    in_identity = any(part.lower() in ("identity", values.IDENTITIES) for part in path[:-1])
    return name in READ_ONLY or name.startswith("__") or (in_identity and name in _IDENTITY)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _without_added(new: Sequence[Any], old: Sequence[Any], patterns: Iterable[str]) -> Sequence[Any]:
    """Return what is there without the entries, by name, that come without being meant."""
    key = values.naming_key(old)
    if not key or values.naming_key(new) != key:
        return old
    meant = {values.key_value(item, key) for item in new}
    names = [values.key_value(item, key) for item in old]
    added = {name for name in names if name not in meant and any(fnmatchcase(name, one) for one in patterns)}
    return [one for one, name in zip(old, names, strict=True) if name not in added]


def _count(path: Path, items: Sequence[Any], rule: PathRule) -> Counter[Any]:
    return Counter(values.canonical(item, path, exact=rule.exact) for item in items)


def _sort(path: Path, items: Sequence[Any], key: str) -> list[Any]:
    def name(item: Mapping[str, Any]) -> str:
        return str(values.canonical(values.key_value(item, key), (*path, key)))

    return sorted(items, key=name)
