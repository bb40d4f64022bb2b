"""From a preview's text to a review."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from azureml_arm.errors import explain
from azureml_infra.description.overrides import SETTING
from azureml_policies.baseline.past import name_in, type_in
from azureml_policies.previews.read import Message, Objection, Preview, read_preview
from azureml_review.capacity import capacity_of
from azureml_review.changes import Planning, changes_of
from azureml_review.described import Described
from azureml_review.fingerprint import fingerprint_of
from azureml_review.mistakes import mistakes_in
from azureml_review.model import Change, Denial, Op, Review, SourceLine
from azureml_review.secrets import mask_secrets
from azureml_review.security import beyond_a_scientist
from azureml_review.words import noun_of

_DESCRIPTION = "azureml-infra:description"
_SUBSCRIPTION = "azure-native:subscriptionId"


def review_of(
    text: str, source: str, *, base: Path, description: Path | None = None, requester: str = "", stack: str = ""
) -> Review:
    """Return a review of a preview's output. Raises PreviewError where it is none.

    `base` is the project's folder, which places are relative to; `description` is the folder of platform.yml below it,
    by default the one that the stack's config names. `stack` is for a preview that failed before it named any.
    """
    preview = mask_secrets(read_preview(text, source, failed_too=True))
    folder = description or Path(str(preview.config.get(_DESCRIPTION) or "."))
    name = _stack(preview) or stack
    described = Described.read(folder, base, _overrides(preview), name.rpartition("/")[2])
    planning = Planning(preview, described, str(preview.config.get(_SUBSCRIPTION) or ""))
    changes = with_warnings(changes_of(planning), preview.messages)
    real = [change for change in changes if change.op is not Op.SAME]
    denials = _denials(preview.objections, {change.urn: change for change in changes})
    is_whole = not preview.failed and not any(denial.mandatory for denial in denials)
    mistakes, messages = mistakes_in(preview.messages, folder, base)
    urns = {change.urn for change in changes}
    return Review(
        stack=name,
        changes=tuple(changes),
        unchanged=sum(change.op is Op.SAME for change in changes) + preview.left_out,
        denials=denials,
        capacity=capacity_of(planning, real),
        messages=tuple(
            replace(message, text=explain(message.text))
            for message in messages
            if not _is_repetition(message.text) and not (_is_warning(message) and message.urn in urns)
        ),
        mistakes=tuple(one for one in mistakes if not one.is_warning),
        warnings=tuple(one for one in mistakes if one.is_warning),
        failed=preview.failed,
        packs=preview.packs,
        requester=requester,
        needs_admin=beyond_a_scientist(real),
        fingerprint=fingerprint_of(planning, changes) if is_whole else "",
    )


def with_warnings(changes: Sequence[Change], messages: Sequence[Message]) -> list[Change]:
    """Return the changes, each with the warnings about its resource."""
    about: dict[str, list[str]] = {}
    for message in messages:
        if _is_warning(message) and message.urn:
            about.setdefault(message.urn, []).append(message.text)
    return [replace(one, details=(*one.details, *dict.fromkeys(about.get(one.urn, ())))) for one in changes]


def _is_warning(message: Message) -> bool:
    return message.severity == "warning"


def _overrides(preview: Preview) -> Any:
    """Return the stack's overrides: structured config, which is JSON in previews."""
    text = preview.config.get(SETTING)
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None


def _stack(preview: Preview) -> str:
    """Return ``project/stack`` of any URN."""
    urn = next((step.urn for step in preview.steps), "")
    parts = urn.split("::")
    return f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else ""  # noqa: PLR2004


def _denials(objections: Sequence[Objection], changes: Mapping[str, Change]) -> tuple[Denial, ...]:
    """Return the policies' objections, the mandatory first, each with the line that it is about."""
    found = [_denial(one, changes.get(one.urn)) for one in objections]
    return tuple(sorted(found, key=_rank))


_RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}


def _rank(denial: Denial) -> tuple[bool, int, str]:
    return not denial.mandatory, _RANKS.get(denial.objection.severity, 9), denial.objection.policy


def _denial(objection: Objection, change: Change | None) -> Denial:
    if change is not None:
        return Denial(objection, change.noun, change.name, _place(objection, change))
    kind = type_in(objection.urn)
    if kind == "pulumi:pulumi:Stack":
        return Denial(objection, "stack", objection.urn.split("::")[0].rpartition(":")[2])
    return Denial(objection, noun_of(kind, None), name_in(objection.urn))


def _place(objection: Objection, change: Change) -> SourceLine | None:
    """Return the line of the first changed value that the message names, else the resource's own."""
    named = next((field.place for field in change.fields if field.place and field.word in objection.message), None)
    return named or change.place


_REPETITIONS = (
    "preview failed",
    "update failed",
    "error: preview failed",
    "denied by ",
    "an unhandled error occurred: program exited with non-zero exit code",
)


def _is_repetition(text: str) -> bool:
    """Return whether a message only repeats that a run failed."""
    return not text or text.startswith(_REPETITIONS)
