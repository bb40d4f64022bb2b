"""The workflows' scripts where the engine is Pulumi's: how they call it, and how it signs in to Azure."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from kit import warm
from kit.github_host import GitHubHost, serving_github
from kit.paths import ROOT
from kit.shell import run

KEY = "azurekeyvault://kv-state.vault.azure.net/keys/pulumi"
PULUMI = """#!{python}
import json, os, pathlib, sys, time
log = pathlib.Path(os.environ["CALLS"])
file = os.environ.get("AZURE_FEDERATED_TOKEN_FILE", "")
first = pathlib.Path(file).read_text() if file else ""
last = first
while file and last == first and os.environ.get("UNTIL_RENEWED"):
    time.sleep(0.01)
    last = pathlib.Path(file).read_text()
names = [name for name in os.environ if name.startswith("AZURE_")]
call = {{"words": sys.argv[1:], "tokens": [first, last], "env": {{name: os.environ[name] for name in names}}}}
with log.open("a") as stream:
    stream.write(json.dumps(call) + "\\n")
if sys.argv[1:3] == ["stack", "ls"]:
    print("[]")
"""


@pytest.fixture
def github() -> Iterator[GitHubHost]:
    with serving_github() as host:
        yield host


class Job:
    """A job whose pulumi writes down how it was called."""

    def __init__(self, folder: Path, github: GitHubHost) -> None:
        self.folder, self.github = folder, github
        tools = folder / "tools"
        tools.mkdir()
        pulumi = tools / "pulumi"
        pulumi.write_text(PULUMI.format(python=sys.executable), "utf-8")
        pulumi.chmod(0o755)
        (folder / "guardrails.json").write_text("{}", "utf-8")
        self.path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        self.checkout = folder / "main"
        shutil.copytree(ROOT / ".github" / "scripts", self.checkout / ".github" / "scripts")
        warm.link(self.checkout, warm.environment())

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": self.path,
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "CALLS": str(self.folder / "calls.jsonl"),
            "HEAD": str(self.folder),
            "POLICIES": "policies",
            "POLICY_CONFIG": "guardrails.json",
            **self.github.environment(),
            **variables,
        }
        line = ["bash", str(self.checkout / ".github" / "scripts" / f"{script}.sh")]
        return subprocess.run(
            line, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "calls.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def job(tmp_path: Path, github: GitHubHost) -> Job:
    return Job(tmp_path, github)


SIGN_IN = {"ARM_USE_OIDC": "true", "ARM_CLIENT_ID": "client", "ARM_TENANT_ID": "tenant", "TOKEN_SECONDS": "0.1"}


def test_pulumis_state_and_key_are_opened_by_tokens_that_stay_fresh(job: Job) -> None:
    done = job.run("destroy", STACK="pr-12", UNTIL_RENEWED="yes", **SIGN_IN)
    assert done.returncode == 0, done.stdout + done.stderr
    call = job.calls()[0]
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in call["tokens"]]
    assert {claim["aud"] for claim in claims} == {"api://AzureADTokenExchange"}
    assert claims[0]["number"] < claims[1]["number"]
    assert (call["env"]["AZURE_CLIENT_ID"], call["env"]["AZURE_TENANT_ID"]) == ("client", "tenant")
    assert call["env"]["AZURE_AUTHORITY_HOST"] == "https://login.microsoftonline.com"
    assert not Path(call["env"]["AZURE_FEDERATED_TOKEN_FILE"]).exists()


def test_in_another_cloud_its_own_authority_takes_them(job: Job) -> None:
    assert job.run("destroy", STACK="pr-12", ARM_ENVIRONMENT="usgovernment", **SIGN_IN).returncode == 0
    assert job.calls()[0]["env"]["AZURE_AUTHORITY_HOST"] == "https://login.microsoftonline.us"


def test_other_ci_systems_give_a_token_or_a_file(job: Job, tmp_path: Path) -> None:
    elsewhere = {"ACTIONS_ID_TOKEN_REQUEST_URL": "", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "", **SIGN_IN}
    (tmp_path / "given").write_text("of a file", "utf-8")
    job.run("destroy", STACK="pr-12", ARM_OIDC_TOKEN="of GitLab", **elsewhere)
    job.run("destroy", STACK="pr-12", ARM_OIDC_TOKEN_FILE_PATH=str(tmp_path / "given"), **elsewhere)
    assert [call["tokens"][0] for call in job.calls()] == ["of GitLab", "of GitLab", "of a file", "of a file"]
    done = job.run("destroy", STACK="pr-12", **elsewhere)
    assert done.returncode != 0
    assert "error: there is no token to sign in to Azure with: expected ARM_OIDC_TOKEN" in done.stderr


def test_without_them_nothing_is_touched(job: Job) -> None:
    assert job.run("destroy", STACK="pr-12").returncode == 0
    assert job.calls()[0]["env"] == {}


@pytest.mark.parametrize("written", [KEY, f'"{KEY}"', f"'{KEY}' # x"])
def test_a_stack_to_try_has_the_files_secrets_provider(written: str, job: Job) -> None:
    (job.folder / "Pulumi.ephemeral.yaml").write_text(
        f"secretsprovider: {written}\nencryptedkey: x\nconfig: {{}}\n", "utf-8"
    )
    done = job.run("try", PULL_REQUEST="12", PULUMI_BACKEND_URL="azblob://state?storage_account=a")
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.calls()[0]["words"] == ["stack", "select", "--create", "pr-12", "--secrets-provider", KEY]


def test_a_stack_to_try_without_one_says_what_to_do(job: Job) -> None:
    (job.folder / "Pulumi.ephemeral.yaml").write_text("config: {}\n", "utf-8")
    done = job.run("try", PULL_REQUEST="12", PULUMI_BACKEND_URL="azblob://state?storage_account=a")
    assert done.returncode == 1
    assert "::error::Pulumi.ephemeral.yaml: there is no `secretsprovider`" in done.stdout
    given = job.run("try", PULL_REQUEST="12", PULUMI_BACKEND_URL="azblob://s", PULUMI_CONFIG_PASSPHRASE="")
    assert given.returncode == 0, given.stdout + given.stderr
    assert job.calls()[0]["words"] == ["stack", "select", "--create", "pr-12"]


def test_a_stack_to_try_is_judged_before_anything_is_made(job: Job) -> None:
    (job.folder / "Pulumi.ephemeral.yaml").write_text("config: {}\n", "utf-8")
    done = job.run("try", PULL_REQUEST="12", POLICIES="/base/policies", POLICY_CONFIG=str(job.folder / "none.json"))
    assert done.returncode == 1
    assert "::error::there is no" in done.stdout
    done = job.run("try", PULL_REQUEST="12", POLICIES="/base/policies")
    assert done.returncode == 0, done.stdout + done.stderr
    up = job.calls()[-1]["words"]
    assert up[up.index("--policy-pack") + 1] == "/base/policies"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a pull request's checkout that would say so if anything of it ran."""
    head = tmp_path / "head"
    head.mkdir()
    ran = tmp_path / "ran"
    (head / "Makefile").write_text(f".venv/.ready:\n\ttouch {ran}\n", "utf-8")
    (head / "pyproject.toml").write_text(f"[tool.uv]\nindex-url = '{ran}'\n[build-system]\nrequires = ['x']\n", "utf-8")
    (head / "sitecustomize.py").write_text(f"open({str(ran)!r}, 'w')\n", "utf-8")
    (head / "requirements.lock").write_text("", "utf-8")
    (head / "Pulumi.yaml").write_text("name: x\nplugins: {providers: [{name: azure-native, path: ./bin}]}\n", "utf-8")
    return head


def _environment(head: Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / ".github" / "scripts" / "environment.sh"
    if not (ROOT / ".venv" / "bin" / "python").exists() or not (shutil.which("uv") or (ROOT / ".uv/bin/uv").exists()):
        pytest.skip("no .venv and uv, which make .venv/.ready makes")
    return run(["bash", script], head, {"HEAD": str(head)})


def test_a_pull_requests_environment_is_made_without_running_it(checkout: Path) -> None:
    done = _environment(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (checkout.parent / "ran").exists()
    assert (checkout / "Pulumi.yaml").read_bytes() == (ROOT / "Pulumi.yaml").read_bytes()
    assert "::warning::Pulumi.yaml: the base branch's is used" in done.stdout
    paths = (checkout / ".venv").glob("lib/*/site-packages/_azureml_infra.pth")
    folders = next(paths).read_text("utf-8").splitlines()
    assert str(checkout / "infra") in folders
    assert all(folder.startswith(f"{checkout}/") for folder in folders)


@pytest.mark.parametrize(
    "line",
    [
        *("../evil", "-e .", "git+https://example.com/x", "idna==3.10", "./x.tar.gz --hash=sha256:" + "0" * 64),
        *("--no-binary :all:", "-r other.txt", "--index-url https://example.com", "  --no-binary=idna", "\t-e ."),
    ],
    ids=["folder", "editable", "git", "no hash", "source", "build", "file", "index", "build indented", "tab"],
)
def test_a_lock_that_would_run_something_is_refused(line: str, checkout: Path) -> None:
    (checkout / "requirements.lock").write_text(f"{line}\n", "utf-8")
    assert _environment(checkout).returncode != 0
    assert not (checkout.parent / "ran").exists()


def test_a_linked_project_file_is_replaced_and_not_followed(checkout: Path) -> None:
    other = checkout.parent / "other.yaml"
    other.write_text("kept", "utf-8")
    (checkout / "Pulumi.yaml").unlink()
    (checkout / "Pulumi.yaml").symlink_to(other)
    assert _environment(checkout).returncode == 0
    assert other.read_text("utf-8") == "kept"
    assert not (checkout / "Pulumi.yaml").is_symlink()


def test_the_scripts_python_takes_nothing_from_where_it_is_called(job: Job) -> None:
    """A pull request may bring a package of any name."""
    (job.checkout / ".venv").unlink()
    warm.link(job.checkout, Path(sys.prefix))
    for name in ("azureml_review", "yaml", "json"):
        (job.folder / name).mkdir()
        (job.folder / name / "__init__.py").write_text("raise SystemExit('it ran')\n", "utf-8")
    done = job.run("destroy", STACK="pr-12", PYTHONPATH=str(job.folder), **SIGN_IN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "it ran" not in done.stdout + done.stderr


def test_a_linked_comment_is_not_posted(job: Job) -> None:
    secret = job.folder / "secret"
    secret.write_text("<!-- marker -->\nsecret", "utf-8")
    for name in ("preview-a", "preview-b"):
        (job.folder / "previews" / name).mkdir(parents=True)
    (job.folder / "previews" / "preview-a" / "comment.md").symlink_to(secret)
    (job.folder / "previews" / "preview-b" / "comment.md").write_text("<!-- marker -->\nseen", "utf-8")
    done = job.run("comment", REVIEWS=str(job.folder / "previews"), PULL_REQUEST="12")
    assert done.returncode == 0, done.stderr
    assert [one["body"] for one in job.github.comments] == ["<!-- marker -->\nseen"]
