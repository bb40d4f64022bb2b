"""Secrets never appear: whatever form a preview has them in, no rendering shows one."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_review.model import Verdict
from azureml_review.render import markdown, terminal
from azureml_review.render.as_json import as_json
from azureml_review.render.sarif import sarif
from azureml_review.review import review_of
from kit.previewed import COMPUTE, IN_WORKSPACE, SECRET, cluster, document, make_review, step
from kit.rows import each

SECRETS = ("hunter2-Zq81-old", "hunter2-Zq81-new")
DATASTORE = "azure-native:machinelearningservices:Datastore"
CONNECTION = "azure-native:machinelearningservices:WorkspaceConnection"
UPLOAD = "pulumi-python:dynamic/azureml:Upload"
NAMES = ("accountKey", "sasToken", "clientSecret", "password", "connectionString", "API_KEY", "pat", "value", "note")


def plaintext(value: Any) -> dict[str, Any]:
    """Return a secret as ``--show-secrets`` writes it."""
    return {**SECRET, "plaintext": json.dumps(value)}


def secret_object(value: Any) -> dict[str, Any]:
    """Return a secret as programs send it."""
    return {**SECRET, "value": value}


def every_rendering(text: str) -> str:
    review = review_of(text, "preview.json", base=Path("/nowhere"))
    shown = [as_json(review), sarif(review), markdown.comment(review), markdown.comment(review, limit=2000)]
    return "\n".join([*shown, review.fingerprint, *(line.plain for line in terminal.lines(review))])


@functools.cache
def bodies(wrap: Callable[[Any], Any], secret: str) -> st.SearchStrategy[Any]:
    """Nested values with a secret somewhere in them."""
    return st.recursive(
        st.sampled_from([wrap(secret), "plain", 1, None]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
        max_leaves=6,
    )


@settings(max_examples=150)
@given(st.data(), st.sampled_from([DATASTORE, CONNECTION, COMPUTE, UPLOAD, "random:index:RandomPassword"]))
def test_what_is_marked_as_a_secret_never_appears(data: st.DataObject, kind: str) -> None:
    wrap = data.draw(st.sampled_from([plaintext, secret_object]))
    old, new = (
        {**IN_WORKSPACE, "name": "one", "properties": data.draw(bodies(wrap, secret)), "extra": wrap(secret)}
        for secret in SECRETS
    )
    op = data.draw(st.sampled_from(["create", "update", "replace", "delete", "same", "import"]))
    changed = {"properties": "update", "extra": "update-replace"}
    messages = [{"severity": "error", "message": f"Azure says: {SECRETS[1]} is no key"}]
    text = document([step(op, kind, "one", old, new, changed)], diagnostics=messages)
    shown = every_rendering(text)
    assert SECRETS[0] not in shown
    assert SECRETS[1] not in shown


@given(st.sampled_from(NAMES[:6]), st.booleans())
def test_what_is_a_secret_by_its_name_never_appears(name: str, nested: bool) -> None:
    bodies = [
        {"tags": {name: secret}} if nested else {"properties": {"credentials": {name: secret}}} for secret in SECRETS
    ]
    old, new = ({**IN_WORKSPACE, "name": "one", **body} for body in bodies)
    shown = every_rendering(document([step("update", DATASTORE, "one", old, new, {"properties": "update"})]))
    assert SECRETS[0] not in shown
    assert SECRETS[1] not in shown


@each("wrap", [plaintext, secret_object])
def test_a_secret_in_a_list_hides_the_list_and_the_rest_is_shown(wrap: Any) -> None:
    old = cluster(5, secretsOfMine=[wrap(SECRETS[0])])
    new = cluster(9, secretsOfMine=[wrap(SECRETS[1])])
    text = document([step("update", COMPUTE, "cpu", old, new, {"properties": "update"})])
    shown = every_rendering(text)
    assert not any(secret in shown for secret in SECRETS)
    assert "max_instances" in shown


def datastore(key: Any) -> dict[str, Any]:
    properties = {"datastoreType": "AzureBlob", "credentials": {"accountKey": key}}
    return {**IN_WORKSPACE, "name": "one", "properties": properties}


def test_a_changed_secret_is_shown_without_its_value() -> None:
    old, new = (datastore(plaintext(secret)) for secret in SECRETS)
    changed = {"properties.credentials.accountKey": "update"}
    review = make_review([step("update", DATASTORE, "one", old, new, changed)])
    assert review.verdict is not Verdict.NO_CHANGE
    assert [field.secret for change in review.real for field in change.fields] == [True]
    assert "*(a secret)*" in markdown.comment(review)


def test_the_fingerprint_says_nothing_of_a_secrets_value() -> None:
    found = {make_review([step("create", DATASTORE, "one", None, datastore(value))]).fingerprint for value in SECRETS}
    assert len(found) == 1
