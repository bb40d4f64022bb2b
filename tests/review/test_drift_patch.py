"""Drift as a patch in an issue: fenced, of a bounded size, and without what looks like a credential."""

from azureml_review.ci.patch import LONGEST, as_section

CLUSTER = """\
--- a/platform/computes/cpu.yml
+++ b/platform/computes/cpu.yml
@@ -3 +3 @@
-max_instances: 5
+max_instances: 9 # not ``` more
"""


def change(name: str, line: str) -> str:
    return f"--- /dev/null\n+++ b/platform/{name}.yml\n@@ -0,0 +1 @@\n+{line}\n"


def test_a_patch_is_fenced_and_says_how_it_is_accepted() -> None:
    text = as_section(CLUSTER, "", "prod")
    assert f"````diff\n{CLUSTER.rstrip()}\n````" in text
    assert "`azureml-infra export --accept --stack prod`" in text
    assert "not shown" not in text


def test_what_looks_like_a_credential_is_named_alone() -> None:
    token = "ghp_" + "a" * 36
    shown = change("named", 'password: "${{secrets.LAKE}}"') + change("place", "key_vault: kv-contoso")
    for hidden in ("API_KEY: hush-hush", f"url: https://x/?t={token}", "db_password: 'hush-hush'"):
        text = as_section(CLUSTER + change("endpoint/blue", hidden) + shown, "", "prod")
        assert "- not shown: `platform/endpoint/blue.yml` has what looks like a credential" in text
        assert "hush" not in text
        assert token not in text
        assert "+max_instances: 9" in text
        assert "secrets.LAKE" in text


def test_a_long_patch_is_cut_between_files() -> None:
    text = as_section(change("big", f"description: {'x' * LONGEST}") + CLUSTER, "left out: something", "prod")
    assert "- not shown: `platform/big.yml` is too long for this" in text
    assert "+max_instances: 9" in text
    assert "left out: something" in text
    assert len(as_section(CLUSTER * 9999, "n" * 9999, "prod", room=3000)) < LONGEST
