"""A review as JSON, for other tools: the shape is part of the project's interface (docs/review.md)."""

import json
from dataclasses import asdict
from typing import Any

from azureml_review.model import Change, Denial, Op, Review, SourceLine
from azureml_review.render import phrases

VERSION = 1
"""The version of the shape: raised when a key changes its meaning or is removed."""


def as_json(review: Review) -> str:
    """Return the review as one JSON object; unchanged resources are only counted."""
    content = {
        "version": VERSION,
        "stack": review.stack,
        "verdict": review.verdict.value,
        "headline": phrases.headline(review),
        "why": phrases.why(review),
        "counts": {op.value: review.count(op) for op in Op},
        "requester": review.requester,
        "fingerprint": review.fingerprint,
        "packs": list(review.packs),
        "needs": list(review.needs_admin),
        "changes": [_change(change) for change in review.real],
        "noise": [{**_subject(change), **asdict(one)} for change in review.changes for one in change.noise],
        "denials": [_denial(denial) for denial in review.denials],
        "compute": _compute(review),
        "mistakes": [{"place": _place(one.place), "text": one.text} for one in review.mistakes],
        "warnings": [{"place": _place(one.place), "text": one.text} for one in review.warnings],
        "messages": [asdict(message) for message in review.messages],
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=str)


def _subject(change: Change) -> dict[str, Any]:
    return {"urn": change.urn, "noun": change.noun, "name": change.name, "type": change.type}


def _change(change: Change) -> dict[str, Any]:
    return {
        **_subject(change),
        "op": change.op.value,
        "id": change.id,
        "place": _place(change.place),
        "fields": [{**asdict(field), "place": _place(field.place)} for field in change.fields],
        "losses": [{"what": loss.what, "harm": loss.harm.value} for loss in change.losses],
        "security": list(change.security),
        "details": list(change.details),
        "retained": change.retained,
    }


def _place(place: SourceLine | None) -> dict[str, Any] | None:
    return asdict(place) if place else None


def _denial(denial: Denial) -> dict[str, Any]:
    return {
        **asdict(denial.objection),
        "mandatory": denial.mandatory,
        "noun": denial.noun,
        "name": denial.name,
        "place": _place(denial.place),
    }


def _compute(review: Review) -> dict[str, Any]:
    capacity = review.capacity
    rows = [
        {
            "noun": one.change.noun,
            "name": one.change.name,
            "before": [asdict(fleet) for fleet in one.before],
            "after": [asdict(fleet) for fleet in one.after],
            "monthly_before": phrases.monthly(capacity, one.before),
            "monthly_after": phrases.monthly(capacity, one.after),
        }
        for one in capacity.computes
    ]
    return {
        "region": capacity.region,
        "resources": rows,
        "prices": [
            {"size": size, "low_priority": low, **asdict(price)} for (size, low), price in capacity.prices.items()
        ],
        "unpriced": capacity.unpriced,
        "rates": {meter: asdict(price) for meter, price in capacity.rates.items()},
    }
