"""Previews that contradict themselves: whatever is taken out of a real one, or put into it, is found."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azureml_policies.previews.consistency import check_consistent
from azureml_policies.previews.read import PreviewError, read_preview
from kit.rows import each

PREVIEWS = Path(__file__).parent / "previews"
DOCUMENT: dict[str, Any] = json.loads((PREVIEWS / "shop.json").read_text())
EVENTS: list[dict[str, Any]] = [json.loads(line) for line in (PREVIEWS / "shop.jsonl").read_text().splitlines()]
STEPS = range(len(DOCUMENT["steps"]))
RESOURCES = [at for at, event in enumerate(EVENTS) if "resourcePreEvent" in event]
COUNTED = ("same", "create", "update", "delete", "replace", "import")
Document = dict[str, Any]


def lines(events: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, events))


def refusal(text: str) -> str:
    with pytest.raises(
        PreviewError, match=r"isn't a (whole )?preview.*; make it with `pulumi preview --json"
    ) as raised:
        check_consistent(read_preview(text, "p.json"))
    return str(raised.value)


@each("file", ["shop.json", "shop.jsonl"])
def test_a_real_preview_agrees_with_itself(file: str) -> None:
    preview = read_preview((PREVIEWS / file).read_text(), file)
    check_consistent(preview)
    assert preview.counts == {"create": 1, "delete": 1, "replace": 1, "same": 8, "update": 3}


@each("at", STEPS)
def test_a_step_that_is_missing_is_found(at: int) -> None:
    found = copy.deepcopy(DOCUMENT)
    gone = found["steps"].pop(at)
    assert f"of {gone['op']!r} and shows" in refusal(json.dumps(found))


@each("at", RESOURCES)
def test_an_event_that_is_missing_is_found(at: int) -> None:
    op = EVENTS[at]["resourcePreEvent"]["metadata"]["op"]
    rest = lines(EVENTS[:at] + EVENTS[at + 1 :])
    if op in COUNTED:
        assert f"of {op!r} and shows" in refusal(rest)
    else:
        check_consistent(read_preview(rest))


@each("at", STEPS)
def test_a_step_that_comes_twice_is_found(at: int) -> None:
    found = copy.deepcopy(DOCUMENT)
    found["steps"].append(found["steps"][at])
    assert "it counts" in refusal(json.dumps(found))
    found["changeSummary"][found["steps"][at]["op"]] += 1
    assert " together" in refusal(json.dumps(found))


@each("by", [1, -1])
@each("op", COUNTED)
def test_a_count_that_is_another_is_found(op: str, by: int) -> None:
    found = copy.deepcopy(DOCUMENT)
    found["changeSummary"][op] = found["changeSummary"].get(op, 0) + by
    refusal(json.dumps(found))


@each("counts", [None, 5, {"same": True}, {"same": "8"}, {"same": -1}, {}, {"recreate": 1}])
def test_counts_that_count_nothing_are_found(counts: Any) -> None:
    refusal(json.dumps({**DOCUMENT, "changeSummary": counts}))
    events = copy.deepcopy(EVENTS)
    next(event for event in events if "summaryEvent" in event)["summaryEvent"]["resourceChanges"] = counts
    refusal(lines(events))


def test_a_preview_that_counts_nothing_is_refused_though_it_shows_nothing() -> None:
    assert "doesn't count its steps" in refusal('{"steps": []}')
    assert "counts 3 of 'create' and shows 0" in refusal('{"steps": [], "changeSummary": {"create": 3}}')


@each("at", STEPS)
@each("op", ["recreate", "Same", "", None, "none", "create", "delete", "update", "same", "replace"])
def test_another_operation_than_the_engines_is_found(at: int, op: Any) -> None:
    found = copy.deepcopy(DOCUMENT)
    before = found["steps"][at]["op"]
    if before == op:
        return
    found["steps"][at]["op"] = op
    refusal(json.dumps(found))
    if op in COUNTED and {before, op} - {"same", "update", "replace"}:
        found["changeSummary"][before] -= 1
        found["changeSummary"][op] = found["changeSummary"].get(op, 0) + 1
        assert " it; make it with" in refusal(json.dumps(found))


OTHERS: dict[str, Callable[[Document], object]] = {
    "of another resource": lambda state: state.update(urn=state["urn"] + "x"),
    "without its name": lambda state: state.pop("urn"),
    "of another type": lambda state: state.update(type="random:index/randomPet:RandomPet"),
    "without its type": lambda state: state.pop("type"),
}


@each("name", OTHERS)
@each("at", [at for at in STEPS if "newState" in DOCUMENT["steps"][at]])
def test_a_state_that_is_not_the_steps_is_found(name: str, at: int) -> None:
    found = copy.deepcopy(DOCUMENT)
    OTHERS[name](found["steps"][at]["newState"])
    assert "is about the" in refusal(json.dumps(found))


def test_what_comes_before_its_parent_or_its_provider_is_found() -> None:
    found = copy.deepcopy(DOCUMENT)
    found["steps"].reverse()
    assert "which it needs" in refusal(json.dumps(found))
    found = copy.deepcopy(DOCUMENT)
    found["steps"].append(found["steps"].pop(1))
    assert "comes before urn:pulumi:sandbox::shop::pulumi:providers:azure-native::elsewhere" in refusal(
        json.dumps(found)
    )


@each("part", [3, 10, 50, 90])
def test_the_beginning_of_a_document_is_none(part: int) -> None:
    text = (PREVIEWS / "shop.json").read_text()
    with pytest.raises(PreviewError):
        check_consistent(read_preview(text[: len(text) * part // 100]))
