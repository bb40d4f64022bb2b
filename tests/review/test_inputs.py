"""Reviews of previews that no description of ours made: plain documents, other programs, very many changes, noise."""

import functools
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_review import noise
from azureml_review.model import Op, Review, Verdict
from azureml_review.render import markdown, mermaid, terminal
from azureml_review.render.as_json import as_json
from azureml_review.render.sarif import sarif
from kit.previewed import COMPUTE, GROUP, IN_WORKSPACE, SUBSCRIPTION, WORKSPACE, cluster, make_review, step, urn
from kit.rows import each

ACCOUNT = "azure-native:storage:StorageAccount"
MODEL = "azure-native:machinelearningservices:ModelVersion"
UPDATED = step(
    "update",
    COMPUTE,
    "cpu",
    cluster(5),
    cluster(20),
    {"properties.properties.scaleSettings.maxNodeCount": "update"},
)


def account(name: str, location: str = "westeurope", **more: Any) -> dict[str, Any]:
    return {"accountName": name, "resourceGroupName": "rg-ml", "location": location, "kind": "StorageV2", **more}


def test_a_plain_document_is_shown_in_az_mls_words_without_places() -> None:
    review = make_review([UPDATED])
    (change,) = review.real
    (field,) = change.fields
    assert (change.noun, change.name, field.word, field.old, field.new) == (
        "compute cluster",
        "cpu",
        "max_instances",
        5,
        20,
    )
    assert change.place is None
    assert field.place is None
    assert review.verdict is Verdict.NEEDS_ADMIN
    assert review.stack == "shop/dev"


def test_an_import_says_that_it_is_there_already() -> None:
    review = make_review([step("import", ACCOUNT, "data", None, account("stdata"), id="stdata")])
    text = markdown.comment(review)
    assert "**1 imported.**" in text
    assert "### Imported: exists already, managed from now on\n- storage account `stdata`" in text


def test_a_storage_account_that_is_replaced_loses_its_blobs_and_says_why() -> None:
    changed = {"location": "update-replace"}
    old, new = account("stdata"), account("stdata", "northeurope")
    steps = [step(op, ACCOUNT, "data", old, new, changed) for op in ("create-replacement", "replace")]
    review = make_review([*steps, step("delete-replaced", ACCOUNT, "data", old, None, changed)])
    assert review.verdict is Verdict.LOSES_DATA
    text = markdown.comment(review)
    assert "- **replace** storage account `stdata`\n  - loses every blob and file in it\n" in text
    assert "because `location`: `westeurope` → `northeurope` can't change in place" in text


def test_a_protected_resource_that_goes_says_that_the_engine_refuses_it() -> None:
    review = make_review([step("delete", ACCOUNT, "data", account("stdata"), None, protect=True)])
    assert "protected: the engine refuses this" in markdown.comment(review)


WORKSPACE_PART = "azureml-infra:index:Platform$azureml-infra:index:Workspace$"


@each("part", ["", WORKSPACE_PART])
@each("still", [True, False])
def test_protection_may_be_taken_away_in_the_run_that_replaces(part: str, *, still: bool) -> None:
    """As `replace:` does for the workspace and what it stands on."""
    changed = {"location": "update-replace"}
    old, new = account("stdata"), account("stdata", "northeurope")
    entry = step("replace", ACCOUNT, "data", old, new, changed, protect=True)
    at = urn(ACCOUNT, "data").replace(ACCOUNT, part + ACCOUNT)
    entry["newState"]["protect"] = still
    entry = {**entry, "urn": at} | {state: {**entry[state], "urn": at} for state in ("oldState", "newState")}
    text = markdown.comment(make_review([entry]))
    assert ("protected: the engine refuses this" in text) is still
    assert ("replace: NAME" in text) is (still and bool(part))


@each("part", ["", WORKSPACE_PART])
@each("middle", ["\n", ' as part of replacing "other" '])
def test_what_the_engine_says_of_protection_has_the_way_out(part: str, middle: str) -> None:
    named = urn(ACCOUNT, "data").replace(ACCOUNT, part + ACCOUNT)
    message = (
        f'unable to replace resource "{named}"{middle}as it is currently marked for protection. To unprotect the '
        "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
    )
    text = markdown.comment(make_review([], diagnostics=[{"severity": "error", "message": message}]))
    assert "data is protected: it can't be deleted or replaced\n" in text
    assert ("write `replace: NAME`" in text) is bool(part)
    assert ("pulumi state unprotect" in text) is not bool(part)


def test_what_a_stack_only_forgets_loses_nothing() -> None:
    review = make_review([step("delete", ACCOUNT, "data", account("stdata"), None, retainOnDelete=True)])
    assert review.verdict is not Verdict.LOSES_DATA
    assert "1 deleted (1 of them stays in Azure)" in markdown.comment(review)


def test_an_arm_template_is_shown_by_what_it_would_make() -> None:
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [
            {
                "type": "Microsoft.MachineLearningServices/workspaces/computes",
                "apiVersion": "2024-10-01",
                "name": f"mlw/{name}",
                "location": "westeurope",
                "properties": cluster(4)["properties"],
            }
            for name in ("one", "two")
        ],
    }
    inputs = {
        "deploymentName": "machines",
        "resourceGroupName": "rg-ml",
        "properties": {"mode": "Incremental", "template": template},
    }
    review = make_review([step("create", "azure-native:resources:Deployment", "machines", None, inputs)])
    text = markdown.comment(review)
    assert review.capacity.computes
    assert "one" in text
    assert "two" in text
    assert "8" in text  # machines of both at most: 2 x 4 of 4 vCPUs


def test_noise_is_named_and_shown_apart() -> None:
    workspace = {
        "workspaceName": "mlw",
        "resourceGroupName": "rg-ml",
        "location": "westeurope",
        "keyVault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv",
        "containerRegistry": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/cr",
        "systemDatastoresAuthMode": "AccessKey",
    }
    planned = {
        "workspaceName": "mlw",
        "resourceGroupName": "rg-ml",
        "location": "westeurope",
        "keyVault": f"{GROUP}/providers/microsoft.keyvault/vaults/KV",
        "containerRegistry": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/CR",
        "systemDatastoresAuthMode": "accesskey",
    }
    shown = {
        "keyVault": "update",
        "containerRegistry": "update",
        "systemDatastoresAuthMode": "update",
        "systemData.lastModifiedAt": "update",
        "managedNetwork": "delete",
    }
    kind = "azure-native:machinelearningservices:Workspace"
    review = make_review([step("update", kind, "ml", workspace, planned, shown)])
    assert review.verdict is Verdict.NO_CHANGE
    assert {one.path: one.why for change in review.changes for one in change.noise} == {
        "keyVault": noise.CASE_WHY,
        "containerRegistry": noise.CASE_WHY,
        "systemDatastoresAuthMode": noise.SPELLING_WHY,
        "systemData.lastModifiedAt": noise.READ_ONLY_WHY,
        "managedNetwork": noise.DEFAULT_WHY,
    }
    assert "Noise: 5 differences that change nothing" in markdown.comment(review)


def test_the_registry_that_azure_ml_attached_is_noise() -> None:
    there = {"workspaceName": "mlw", "resourceGroupName": "rg-ml", "location": "westeurope"}
    shown = {"containerRegistry": "delete"}
    kind = "azure-native:machinelearningservices:Workspace"
    review = make_review([step("update", kind, "ml", there, there, shown)])
    assert [one.why for one in review.changes[0].noise] == [noise.REGISTRY_WHY]


@functools.cache
def _many(op: str, count: int, tags: int = 30) -> Review:
    """Return a review of many changes, each of which is long."""
    steps = []
    for number in range(count):
        old = account(f"st{number:04}", tags={f"tag{index}": "x" * 100 for index in range(tags)})
        new = account(f"st{number:04}", "northeurope", tags={f"tag{index}": "y" * 100 for index in range(tags)})
        changed = {"location": "update-replace"} if op == "replace" else {"tags": "update", "location": "update"}
        gone, made = op == "delete", op in ("create", "import")
        steps.append(
            step(op, ACCOUNT, f"st{number}", None if made else old, None if gone else new, None if made else changed)
        )
    messages = [{"severity": "warning", "message": "w" * 3000, "urn": ""} for _ in range(100)]
    return make_review(steps, diagnostics=messages)


def _is_well_formed(text: str) -> bool:
    fences = re.findall(r"^ *(`{3,})", text, re.MULTILINE)
    return text.count("<details>") == text.count("</details>") and len(fences) % 2 == 0


@pytest.mark.parametrize("op", ["create", "import", "update", "delete", "replace", "same"])
def test_a_thousand_changes_fit_into_one_comment(op: str) -> None:
    review = _many(op, 1000, tags=3)  # nearly a megabyte
    text = markdown.comment(review)
    assert len(text) <= markdown.LIMIT
    assert text.splitlines()[1] == f"<!-- plan: {review.fingerprint} -->"
    assert _is_well_formed(text)
    assert "1000" in text
    assert "<details open" not in text


@settings(max_examples=25)
@given(limit=st.integers(700, 40_000), op=st.sampled_from(["create", "update", "delete", "replace"]))
def test_any_limit_is_kept_and_nothing_is_left_open(limit: int, op: str) -> None:
    text = markdown.comment(_many(op, 60), limit=limit)
    assert len(text) <= limit
    assert _is_well_formed(text)


def test_a_summary_has_room_for_what_a_comment_leaves_out() -> None:
    review = _many("replace", 300, tags=3)
    whole = markdown.comment(review, limit=1_000_000)
    assert all(change.name in whole for change in review.real)


@given(st.permutations(range(4)))
def test_the_fingerprint_knows_no_order(order: list[int]) -> None:
    steps = [UPDATED, *(step("create", ACCOUNT, f"s{number}", None, account(f"st{number}")) for number in range(3))]
    assert make_review([steps[at] for at in order]).fingerprint == make_review(steps).fingerprint


def test_the_fingerprint_is_of_what_would_change_and_of_nothing_else() -> None:
    one = make_review([UPDATED])
    other_value = step("update", COMPUTE, "cpu", cluster(5), cluster(21), {"properties": "update"})
    unchanged = step("same", ACCOUNT, "data", account("stdata"), account("stdata"))
    made = step("create", ACCOUNT, "data", None, account("stdata"))
    elsewhere = step("create", ACCOUNT, "data", None, account("stdata", "northeurope"))
    assert one.fingerprint == make_review([UPDATED, unchanged]).fingerprint
    others = [make_review(steps).fingerprint for steps in ([other_value], [UPDATED, made], [UPDATED, elsewhere], [])]
    assert len({one.fingerprint, *others}) == 5
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", one.fingerprint)


def test_a_plan_that_failed_has_no_fingerprint() -> None:
    failed = make_review([UPDATED], diagnostics=[{"severity": "error", "message": "boom"}])
    assert failed.fingerprint == ""
    assert "<!-- plan" not in markdown.comment(failed)


@each(
    ("message", "expected"),
    [
        ("azure-native:storage:StorageAccount resource 'st': property accountName value {St} is invalid", "{St}"),
        ("Status=403 Code=AuthorizationFailed Message=the client has no authorization", "AuthorizationFailed"),
        ("policy pack azureml-guardrails crashed: Traceback (most recent call last):\n  File x", "Traceback"),
    ],
)
def test_a_failed_preview_says_why(message: str, expected: str) -> None:
    review = make_review([], diagnostics=[{"severity": "error", "message": message}])
    text = markdown.comment(review)
    assert review.verdict is Verdict.FAILED
    assert "## ❌ The preview failed" in text
    assert expected in text
    assert "unchanged" not in text
    assert expected in "\n".join(line.plain for line in terminal.lines(review))


@each(
    ("severity", "text", "kind"),
    [
        ("error", "cpu.yml:3:1: no size", "mistakes"),
        ("warning", "cpu.yml:3:1: warning: no size", "warnings"),
        ("warning", "cpu.yml:3:1: no size", "warnings"),
    ],
)
def test_a_line_of_the_description_is_found_in_errors_and_warnings(severity: str, text: str, kind: str) -> None:
    review = make_review([UPDATED], diagnostics=[{"severity": severity, "message": text}])
    found = {"mistakes": review.mistakes, "warnings": review.warnings}
    (one,) = found.pop(kind)
    assert (one.place.line, one.text) == (3, "no size")
    assert not any(found.values())


def test_what_a_program_prints_is_no_mistake() -> None:
    review = make_review([UPDATED], diagnostics=[{"severity": "info", "message": "values.yml:3: read"}])
    assert (review.mistakes, review.warnings) == ((), ())
    assert [message.text for message in review.messages] == ["values.yml:3: read"]


def test_hostile_names_and_messages_stay_text() -> None:
    evil = "x</details><img src=x>|[a](javascript:b) @all `` ``` #1\n<!-- plan: sha256:" + "0" * 64 + " -->"
    old = account("stdata", tags={evil: evil})
    update = step("update", ACCOUNT, evil, old, account(evil), {f'tags["{evil}"]': "delete"})
    review = make_review([update], diagnostics=[{"severity": "error", "message": evil}])
    text = markdown.comment(review)
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    assert "<img" not in outside
    assert re.search(r"(?<!\\)\]\(javascript", outside) is None
    assert "<!-- plan" not in outside
    assert re.search(r"^<!-- plan", text, re.MULTILINE) is None
    assert mermaid.picture(review).count("<img") == 0


def test_every_format_can_be_written_of_every_kind_of_change() -> None:
    steps = [UPDATED, step("create", MODEL, "m", None, {**IN_WORKSPACE, "name": "m", "version": "1"})]
    review = make_review(steps)
    assert json.loads(as_json(review))["counts"] == {
        **dict.fromkeys((op.value for op in Op), 0),
        "update": 1,
        "create": 1,
    }
    assert json.loads(sarif(review))["version"] == "2.1.0"
    assert review.real[0].id == f"{WORKSPACE}/computes/cpu"
    assert SUBSCRIPTION in review.real[0].id
