"""The smoke run: what is asked before anything is made, the stack's coming and going, and that nothing is left."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from azureml_infra.dynamic.clients import AzureRefusedError
from azureml_infra.dynamic.purge import deleted_vault
from azureml_infra.smoke import checks, project
from azureml_infra.smoke.azure import AzureReader, first_of, nulls
from azureml_infra.smoke.engine import Engine, EngineFailedError
from azureml_infra.smoke.report import CheckOutcome, SmokeReport

_T = TypeVar("_T")
_TRIES, _PAUSE_SECONDS = 20, 15
_WORKSPACE = "Microsoft.MachineLearningServices/workspaces"
_VAULT = "Microsoft.KeyVault/vaults"


class StoryStoppedError(Exception):
    """A check failed without which the next ones can't be made."""


@dataclass
class Smoke:
    """One run in one resource group."""

    reader: AzureReader
    engine: Engine
    folder: Path
    report: SmokeReport
    who: Mapping[str, str]
    """Whoever runs it, as an entry of `access` names them."""
    location: str = ""
    before: set[str] = field(default_factory=set)
    """What was in the group, by id."""
    made: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Make every check, and clean up whatever happens."""
        with suppress(StoryStoppedError):
            self._look()
            try:
                self._come()
            finally:
                self._go()
        done = {check.name for check in self.report.checks}
        for name in checks.MEANINGS:
            if name not in done:
                self.report.add(name, CheckOutcome.SKIPPED, "")

    def _look(self) -> None:
        self.location = (
            self._ask(checks.GROUP, self.reader.location, lambda found: found or "there is none", bool) or ""
        )
        self._ask(checks.PROVIDERS, self.reader.unregistered_namespaces, _lines_or("all are registered"), _is_empty)
        self._ask(checks.RIGHTS, self.reader.missing_rights, _lines_or("all that it takes"), _is_empty)
        if project.is_there(self.folder):
            self._ask(checks.LEFT_OVER, self._clear, lambda _: "an earlier run's, destroyed", _is_well)
        else:
            self.report.add(checks.LEFT_OVER, CheckOutcome.OK, "nothing")
        self.before = self._there()

    def _come(self) -> None:
        self._write(project.WORDS[0])
        self._ask(checks.PREVIEW, self._first_preview, _count, lambda found: set(found) == {"create"})
        self._ask(checks.UP, self.engine.up, lambda _: "all is made", _is_well)
        self.made = sorted(self._there() - self.before)
        self._ask(checks.AGAIN, self.engine.preview, _count, _is_empty, stops=False)
        self._ask(checks.REFRESH, lambda: self.engine.preview(refresh=True), _count, _is_empty, stops=False)
        with suppress(AzureRefusedError):
            self.report.facts |= self._facts()
        self._write(project.WORDS[1])
        self._ask(checks.EDIT, self.engine.preview, _count, lambda found: found == {"update": 1}, stops=False)
        self._ask(checks.EDITED, self.engine.up, lambda _: "applied", _is_well)

    def _go(self) -> None:
        try:
            self._ask(checks.DESTROY, self.engine.destroy, lambda _: "all is deleted", _is_well)
            project.remove(self.folder)
        finally:
            left = _patiently(lambda: sorted(self._there() - self.before))
            self._ask(checks.GONE, left, _lines_or("nothing"), _is_empty, stops=False)
            self._ask(checks.PURGED, _patiently(self._soft_deleted), _lines_or("all of them"), _is_empty, stops=False)

    def _first_preview(self) -> dict[str, int]:
        self.engine.begin()
        return self.engine.preview()

    def _clear(self) -> None:
        self.engine.begin()
        self.engine.destroy()

    def _write(self, words: str) -> None:
        place = project.SmokePlace(self.reader.subscription, self.reader.name, self.location, self.who)
        project.write(self.folder, place, words)

    def _there(self) -> set[str]:
        return {*self.reader.resources(), *(str(one["id"]) for one in self.reader.assignments())}

    def _soft_deleted(self) -> list[str]:
        vault = first_of(self.made, _VAULT)
        kept = deleted_vault(vault, self.location) if vault else ""
        return [kept] if kept and self.reader.get(kept, _VAULT) is not None else []

    def _facts(self) -> dict[str, Any]:
        workspace = first_of(self.made, _WORKSPACE) or ""
        cluster = self.reader.get(f"{workspace}/computes/{project.CLUSTER}") or {}
        store = self.reader.get(f"{workspace}/datastores/workspaceblobstore") or {}
        shown = ("principalId", "roleDefinitionId", "scope")
        assignments = [
            {name: one["properties"].get(name) for name in shown} | {"name": one.get("name")}
            for one in self.reader.assignments()
            if one["id"] in self.made
        ]
        return {
            "Role assignments after the first up: which of them did Azure ML make by itself?": assignments,
            "What Azure keeps of the cluster as null, though it may have been sent": sorted(nulls(cluster)),
            "Where workspaceblobstore is": store.get("properties"),
            "The workspace": self.reader.get(workspace),
        }

    def _ask(
        self,
        name: str,
        question: Callable[[], _T],
        shown: Callable[[_T], str],
        is_well: Callable[[_T], bool],
        *,
        stops: bool = True,
    ) -> _T:
        """Make one check and return its answer; StoryStoppedError where it isn't well and the next ones need it."""
        from azure.core.exceptions import AzureError

        try:
            found = question()
            well, answer = is_well(found), shown(found)
        except (EngineFailedError, AzureRefusedError, AzureError) as error:
            self.report.add(name, CheckOutcome.FAILED, str(error) or type(error).__name__, checks.MEANINGS[name])
            raise StoryStoppedError(name) from None
        self.report.add(name, CheckOutcome.OK if well else CheckOutcome.FAILED, answer, checks.MEANINGS[name])
        if stops and not well:
            raise StoryStoppedError(name)
        return found


def _patiently(question: Callable[[], list[str]]) -> Callable[[], list[str]]:
    """Return a question that is asked again for a while: Azure's lists are minutes behind."""

    def ask() -> list[str]:
        for _ in range(_TRIES):
            if not question():
                return []
            time.sleep(_PAUSE_SECONDS)
        return question()

    return ask


def _is_well(_: object) -> bool:
    return True


def _is_empty(found: Any) -> bool:
    return not found


def _lines_or(none: str) -> Callable[[list[str]], str]:
    return lambda found: "\n".join(found) or none


def _count(changes: dict[str, int]) -> str:
    return ", ".join(f"{count} {op}" for op, count in sorted(changes.items())) or "nothing to do"
