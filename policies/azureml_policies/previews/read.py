"""Reading the output of `pulumi preview --json`, as one document or as lines of events."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from azureml_arm import ids
from azureml_arm.compare.masks import MASK, is_secret
from azureml_policies.baseline import wire
from azureml_policies.baseline.model import BaselineUnavailableError
from azureml_policies.baseline.past import planned_from, provider_from
from azureml_policies.requests.planned import Planned, PlannedProvider
from azureml_policies.requests.unknown import UNKNOWN

PLANNING = frozenset({"same", "create", "update", "replace", "create-replacement", "import", "import-replacement"})
"""Operations whose resource is in the plan; others read, delete, or take up what has changed."""
REPLACING = frozenset({"replace", "create-replacement", "import-replacement", "delete-replaced"})
"""Operations of a resource that is deleted and made anew."""
_SEVERITIES = frozenset({"error", "warning", "info", "info#err"})
HOW = "make it with `pulumi preview --json --show-sames > preview.json`"


class PreviewError(BaselineUnavailableError):
    """A text that isn't a whole preview; the message says what is wrong and how to make one."""


@dataclass(frozen=True)
class PreviewStep:
    """What a preview would do with one resource.

    `changed` are the inputs that differ, in dotted paths, and `replacing` those of them that make a new resource; None
    where the preview doesn't say.
    """

    op: str
    urn: str
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None
    changed: tuple[str, ...] | None = None
    replacing: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Objection:
    """What a policy has against a resource. `level` and `severity` in Pulumi's words."""

    policy: str
    pack: str
    level: str
    severity: str
    message: str
    urn: str


@dataclass(frozen=True)
class Message:
    """A diagnostic of the run. `severity` in Pulumi's words; `urn` is empty for one about the whole stack."""

    severity: str
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Preview:
    """What a preview said.

    `counts` are its own of each operation, None where it has none.
    `left_out` counts the unchanged resources that it doesn't show: plain `--json` has them with `--show-sames` only.
    `objections` are what policies have against it; plain `--json` leaves them out. One that `failed` shows only as much
    of the plan as was made until then; a policy's refusal ends it, too.
    """

    source: str
    steps: tuple[PreviewStep, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    left_out: int = 0
    counts: Mapping[str, int] | None = None
    objections: tuple[Objection, ...] = ()
    packs: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    failed: bool = False


def read_preview(text: str, source: str = "the preview", *, failed_too: bool = False) -> Preview:
    """Read either form; PreviewError where it is neither, or only the beginning of one, or one that failed.

    `failed_too`: one that failed is returned, with why in its `messages` and in `objections`.
    """
    preview = _read(text.lstrip("\ufeff"), source)
    if preview.failed and not failed_too:
        raise _failure(preview)
    return preview


def _read(text: str, source: str) -> Preview:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return _from_events(_lines(text, source, error), source)
    except RecursionError:
        raise PreviewError(f"{source}: isn't a preview: it is nested too deeply; {HOW}") from None
    if isinstance(document, Mapping) and "sequence" in document:
        return _from_events([document], source)
    if not isinstance(document, Mapping) or not ("steps" in document or "changeSummary" in document):
        raise PreviewError(f"{source}: isn't the output of `pulumi preview --json`: it has no steps; {HOW}")
    return _from_document(document, source)


def planned_of(preview: Preview) -> list[Planned]:
    """Return the planned resources, in the preview's order.

    A value that the preview masks as a secret although its name isn't a secret's counts as unknown: a preview isn't
    to say less than the engine knows.
    """
    latest = {step.urn: step for step in preview.steps if step.op in PLANNING and step.new is not None}
    providers = {urn: (step.new or {}).get("inputs") or {} for urn, step in latest.items() if _names_provider(urn)}
    return [_plan_step(step, providers, preview.config) for step in latest.values()]


def _plan_step(step: PreviewStep, providers: Mapping[str, Mapping[str, Any]], config: Mapping[str, Any]) -> Planned:
    new = step.new or {}
    provider = _provider(new, step.old or {}, providers, config)
    return planned_from({**new, "inputs": _unmask(wire.plain(new.get("inputs") or {}), ())}, provider, step.urn)


def _provider(
    new: Mapping[str, Any],
    old: Mapping[str, Any],
    providers: Mapping[str, Mapping[str, Any]],
    config: Mapping[str, Any],
) -> PlannedProvider | None:
    """Return the provider with its inputs. Previews don't show default ones, whose inputs are those of the config."""
    reference = str(new.get("provider") or "")
    found = provider_from(reference, providers)
    if found is None or found.urn in providers:
        return found
    if found.name == "default" or found.name.startswith("default_"):
        inputs = settings_of(found.type, config)
    elif old.get("provider") == reference and ids.is_id(str(old.get("id"))):
        inputs = {"subscriptionId": ids.parse(str(old["id"])).subscription or UNKNOWN}
    else:
        inputs = {"subscriptionId": UNKNOWN}
    return PlannedProvider(found.type, found.name, found.urn, inputs)


def settings_of(provider_type: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that a default provider takes from a stack's config."""
    prefix = provider_type.removeprefix("pulumi:providers:") + ":"
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def _names_provider(urn: str) -> bool:
    return "::pulumi:providers:" in urn or "$pulumi:providers:" in urn


def _unmask(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {key: _unmask(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmask(item, path) for item in value]
    return UNKNOWN if value == MASK and not is_secret(path) else value


def _from_document(document: Mapping[str, Any], source: str) -> Preview:
    messages = _messages(document.get("diagnostics") or ())
    failed = any(message.severity == "error" for message in messages)
    entries = document.get("steps") or []
    if not isinstance(entries, list):
        raise PreviewError(f"{source}: isn't a preview: its steps are no list; {HOW}")
    steps = tuple(_step(step, source, _PLAIN) for step in entries)
    shown = sum(step.op == "same" for step in steps)
    counts = _counts(document.get("changeSummary"), "changeSummary", source)
    left_out = max(0, (counts or {}).get("same", 0) - shown)
    config = _mapping(document.get("config"))
    return Preview(source, steps, config, left_out, counts, messages=messages, failed=failed)


def _counts(summary: Any, name: str, source: str) -> Mapping[str, int] | None:
    """Return how many resources each operation is for; None where nothing says it."""
    if summary is None:
        return None
    if not isinstance(summary, Mapping) or not all(type(count) is int and count >= 0 for count in summary.values()):
        raise PreviewError(f"{source}: isn't a preview: its {name} counts nothing; {HOW}")
    return summary


class _Names(NamedTuple):
    """What a step's parts are called in one of the two formats, and the step itself."""

    step: str
    old: str
    new: str
    diff: str
    replacing: str


_PLAIN = _Names("a step", "oldState", "newState", "diffReasons", "replaceReasons")
_EVENT = _Names("an event of a resource", "old", "new", "diffs", "keys")


def _step(step: Any, source: str, names: _Names) -> PreviewStep:
    if not isinstance(step, Mapping) or not isinstance(step.get("urn"), str):
        raise PreviewError(f"{source}: isn't a preview: {names.step} has no urn; {HOW}")
    detailed = step.get("detailedDiff")
    diff = detailed or step.get(names.diff)
    return PreviewStep(
        str(step.get("op")),
        step["urn"],
        _state(step.get(names.old), source),
        _state(step.get(names.new), source),
        tuple(diff) if diff else None,
        _replacing(step.get(names.replacing), detailed),
    )


def _replacing(keys: Any, detailed: Any) -> tuple[str, ...] | None:
    """Return the properties that make a new resource: by the nested paths where a provider gives them, else by their
    keys.
    """
    if isinstance(detailed, Mapping):
        found = [path for path, diff in detailed.items() if str(_mapping(diff).get("diffKind")).endswith("replace")]
        if found:
            return tuple(found)
    return tuple(map(str, keys)) if isinstance(keys, list) and keys else None


def _lines(text: str, source: str, error: json.JSONDecodeError) -> list[Mapping[str, Any]]:
    try:
        events = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (json.JSONDecodeError, RecursionError):
        raise PreviewError(f"{source}: isn't JSON ({error}); {HOW}") from None
    if not events or not all(isinstance(event, Mapping) for event in events):
        raise PreviewError(f"{source}: isn't the output of a preview; {HOW}")
    return events


def _from_events(events: Sequence[Mapping[str, Any]], source: str) -> Preview:
    summary = next((event["summaryEvent"] for event in events if "summaryEvent" in event), None)
    if not isinstance(summary, Mapping):
        raise PreviewError(f"{source}: the preview's events end before their summary; {HOW}")
    prelude = _mapping(next(_of(events, "preludeEvent"), None))
    found = [_mapping(event).get("metadata") for event in _of(events, "resourcePreEvent")]
    return Preview(
        source,
        tuple(_step(item, source, _EVENT) for item in found),
        _mapping(prelude.get("config")),
        counts=_counts(summary.get("resourceChanges"), "resourceChanges", source),
        objections=tuple(_objection(event) for event in _of(events, "policyEvent")),
        packs=_packs(summary.get("PolicyPacks")),
        messages=_messages(_of(events, "diagnosticEvent")),
        failed=summary.get("result") == "failed",
    )


def _of(events: Sequence[Mapping[str, Any]], name: str) -> Iterator[Any]:
    return (event[name] for event in events if name in event)


def _objection(event: Any) -> Objection:
    found = _mapping(event)
    names = ("policyName", "policyPackName", "enforcementLevel", "severity", "message", "resourceUrn")
    return Objection(*(str(found.get(name) or "").strip() for name in names))


def _packs(summary: Any) -> tuple[str, ...]:
    """Return ``name|local|/its/folder`` -> ``name`` with its version."""
    found = _mapping(summary).items()
    return tuple(f"{str(name).partition('|')[0]} {version}".strip() for name, version in found)


def _messages(diagnostics: Iterable[Any]) -> tuple[Message, ...]:
    """Return what a run has to say, without what is for those who debug it."""
    found = [_mapping(item) for item in diagnostics]
    return tuple(
        Message(str(item.get("severity")), str(item.get("message") or "").strip(), str(item.get("urn") or ""))
        for item in found
        if item.get("severity") in _SEVERITIES
    )


def _state(state: Any, source: str) -> Mapping[str, Any] | None:
    if state is None:
        return None
    if not isinstance(state, Mapping) or not isinstance(state.get("inputs") or {}, Mapping):
        raise PreviewError(f"{source}: isn't a preview: a resource's state is no object with inputs; {HOW}")
    return state


def _failure(preview: Preview) -> PreviewError:
    """Return the error about a preview that failed, with the first line of why."""
    errors = (message.text for message in preview.messages if message.severity == "error")
    reason = next((text.splitlines()[0] for text in errors if text), "")
    because = f" ({reason})" if reason else ""
    return PreviewError(
        f"{preview.source}: the preview failed{because}, so it doesn't show the whole plan; fix that first"
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
