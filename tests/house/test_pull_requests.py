"""The story of a repository made from this project: pull requests, merge, drift, by the workflows' own scripts."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from azureml_arm.sandbox import PEOPLE, SUBSCRIPTION
from kit.github_host import PULL, REPOSITORY, GitHubHost, serving_github
from kit.paths import ROOT
from kit.served import serving

pytestmark = pytest.mark.long
PARTS = ("policies", ".github")
"""What the scripts read; the packages are those of the environment."""
FILES = ("Makefile", "Pulumi.yaml", "__main__.py", "requirements.lock")
PLATFORM = Path("platforms/churn")
STACK = "production"
SETTINGS = f"""config:
  azure-native:subscriptionId: {SUBSCRIPTION}
  azureml-infra:description: {PLATFORM}
  azureml-infra:disposable: "true"
"""
CLUSTER = PLATFORM / "computes" / "aml-cluster.yml"
MODEL = """$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json
name: churn
version: 3
path: azureml://datastores/workspaceblobstore/paths/models/churn
"""
HIDDEN = ("ghs_test", "request", "lake-secret-text")


@dataclass
class Repository:
    """A clone of the sample repository, and what GitHub knows of it."""

    folder: Path
    github: GitHubHost
    out: Path
    printed: list[str] = field(default_factory=list)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of the workflows' scripts as its step runs it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
        environment |= {
            **self.github.environment(),
            "ENGINE": "sandbox",
            "STACK": STACK,
            "OUT": str(self.out),
            "GITHUB_STEP_SUMMARY": str(self.out / "step-summary.md"),
            "GITHUB_SHA": "abc123",
            **variables,
        }
        self.out.mkdir(exist_ok=True)
        done = subprocess.run(
            ["bash", f".github/scripts/{script}.sh"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed.append(done.stdout + done.stderr)
        return done

    def preview(self, head: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Return the preview of a pull request, judged by the main branch's policies, on the main branch's state."""
        given = {
            "HEAD": str(head),
            "AUTHOR": self.github.author,
            "FILES_URL": f"https://github.test/{REPOSITORY}/blob/0a1b/",
            "POLICIES": str(self.folder / "policies"),
            "POLICY_CONFIG": str(self.folder / "guardrails.json"),
            **variables,
        }
        shutil.rmtree(head / ".sandbox", ignore_errors=True)
        if (self.folder / ".sandbox").is_dir():
            shutil.copytree(self.folder / ".sandbox", head / ".sandbox")
        previewed = self.run("preview", **given)
        if given.get("FORK") != "true":
            shutil.rmtree(self.out.parent / "previews", ignore_errors=True)
            shutil.copytree(self.out, self.out.parent / "previews" / f"preview-{STACK}")
            posted = self.run("comment", PULL_REQUEST=str(PULL), REVIEWS=str(self.out.parent / "previews"))
            assert posted.returncode == 0, posted.stdout + posted.stderr
        return previewed

    @property
    def comment(self) -> str:
        """Return the text of the one comment that the pull request has, without markup."""
        (found,) = self.github.comments
        return _text(str(found["body"]))

    def branch(self, name: str) -> Path:
        """Check out a new branch, and return its folder."""
        head = self.folder.parent / name
        _git(self.folder, "worktree", "add", "-b", name, str(head))
        (head / ".venv").symlink_to((self.folder / ".venv").readlink(), target_is_directory=True)
        return head

    def merge(self, name: str) -> None:
        """Merge a branch as it stands in its checkout."""
        head = self.folder.parent / name
        _git(head, "add", "--all")
        _git(head, "commit", "-m", name)
        _git(self.folder, "merge", "--no-ff", name)
        self.github.merged, self.github.event = True, "push"


def _text(markdown: str) -> str:
    """Return what a person reads of it, with the places that links lead to."""
    linked = re.sub(r"\]\((https[^)]*?)#L(\d+)\)", r" \1:\2", markdown)
    return re.sub(r"[\\`*\[]", "", linked)


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def _template(folder: Path, github: GitHubHost) -> None:
    """Write what a team has after it made its repository from this one and described its platform."""
    skipped = shutil.ignore_patterns("__pycache__", "azureml_policies")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=skipped)
    for file in FILES:
        shutil.copy2(ROOT / file, folder / file)
    shutil.copytree(ROOT / "examples" / "quickstart", folder / PLATFORM)
    (folder / f"Pulumi.{STACK}.yaml").write_text(SETTINGS, "utf-8")
    people = {f"github:{name}": {"object_id": person.object_id, "name": name} for name, person in PEOPLE.items()}
    config = {
        "guardrails": {
            "github": {"repository": REPOSITORY, "issuer": github.url, "api": f"{github.url}/api"},
            "people": people,
            "baseline": "live",
            "allow": ["pulumi-python:dynamic/azureml:*"],
        }
    }
    (folder / "guardrails.json").write_text(json.dumps(config, indent=2), "utf-8")
    (folder / ".gitignore").write_text(".venv\n.sandbox\n__pycache__\n", "utf-8")


@pytest.fixture(scope="module")
def main_branch(tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Iterator[Repository]:
    """Yield the repository with its platform made."""
    folder = tmp_path_factory.mktemp("story") / "main"
    folder.mkdir()
    with serving_github() as github:
        _template(folder, github)
        _git(folder, "init", "-b", "main")
        _git(folder, "add", "--all")
        _git(folder, "commit", "-m", "Our platform")
        (folder / ".venv").symlink_to(warm, target_is_directory=True)
        line = [".venv/bin/python", "-m", "azureml_sandbox", "up", "--door", "in-process", "--stack", STACK]
        subprocess.run(line, cwd=folder, check=True, capture_output=True)
        yield Repository(folder, github, folder.parent / "out")


@pytest.fixture
def repository(main_branch: Repository, tmp_path: Path) -> Repository:
    """Return the same, with nobody's pull request yet."""
    github = main_branch.github
    github.comments.clear()
    github.issues.clear()
    github.author = github.actor = "dana"
    github.event, github.merged = "pull_request", False
    github.committers, github.rerun_by = (), ""
    return Repository(main_branch.folder, github, tmp_path / "out")


def _grow(head: Path, most: int = 20) -> None:
    file = head / CLUSTER
    file.write_text(file.read_text("utf-8").replace("max_instances: 5", f"max_instances: {most}"), "utf-8")


def test_a_scientists_model_passes_and_code_that_the_preview_runs_is_said(repository: Repository) -> None:
    head = repository.branch("model")
    (head / PLATFORM / "churn.yml").write_text(MODEL, "utf-8")
    platform = head / PLATFORM / "platform.yml"
    platform.write_text(platform.read_text("utf-8") + "\nmodels: [churn.yml]\n", "utf-8")
    (head / "yaml").mkdir()
    (head / "yaml" / "__init__.py").write_text("", "utf-8")
    (head / PLATFORM / "notes.py").write_text("", "utf-8")
    _git(head, "add", "--all")
    _git(head, "commit", "-m", "code")
    outputs = repository.out.parent / "outputs"
    listed = repository.run("stacks", PROJECT=str(head), BASE_SHA="main", GITHUB_OUTPUT=str(outputs))
    assert listed.returncode == 0, listed.stderr
    (notice,) = [line.removeprefix("notice=") for line in outputs.read_text("utf-8").splitlines() if "notice" in line]
    assert notice.startswith("⚠️ This pull request changes code that its preview runs: `yaml/__init__.py`. Read that")
    shutil.rmtree(head / "yaml")
    done = repository.preview(head, NOTICE=notice)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "## ✅ Safe · azureml-infra/production" in repository.comment
    assert "model churn:3" in repository.comment
    assert "churn.yml:1" in repository.comment
    assert "dana" in repository.comment
    assert notice.replace("`", "") in repository.comment


def test_a_scientists_bigger_cluster_is_refused_and_an_admins_passes(repository: Repository) -> None:
    """The main branch judges it, whatever the request changes of what judges."""
    head = repository.branch("bigger")
    _grow(head)
    (head / "guardrails.json").write_text('{"guardrails": {}, "compute-admins-only": "disabled"}', "utf-8")
    (head / "policies" / "__main__.py").write_text("raise SystemExit('a pack of its own')\n", "utf-8")
    (head / ".github" / "scripts" / "preview.sh").write_text("exit 0\n", "utf-8")
    refused = repository.preview(head)
    assert refused.returncode == 1
    assert "## ⛔ Refused by policy" in repository.comment
    assert "Microsoft.MachineLearningServices/workspaces/computes/write" in repository.comment
    assert f"{CLUSTER.name}:6" in repository.comment
    assert "max_instances 5 -&gt; 20" in repository.comment
    repository.github.author = repository.github.actor = "olga"
    allowed = repository.preview(head)
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert "## 🔑 Needs an admin" in repository.comment
    assert "Refused" not in repository.comment


def test_everybody_behind_a_request_must_be_allowed_and_a_replacement_is_called_one(repository: Repository) -> None:
    """An earlier commit counts, and who runs it again: tests/policies/requester/test_github.py has everybody else."""
    head = repository.branch("together")
    _grow(head)
    github = repository.github
    github.author, github.actor, github.committers, github.rerun_by = "olga", "olga", ("dana",), "carl"
    assert repository.preview(head).returncode == 1
    assert "dana" in repository.comment
    github.committers, github.rerun_by = (), "olga"
    file = head / PLATFORM / "computes" / "workstation.yml"
    file.write_text(file.read_text("utf-8").replace("STANDARD_DS3_v2", "STANDARD_DS4_v2"), "utf-8")
    replaced = repository.preview(head)
    assert replaced.returncode == 0, replaced.stdout + replaced.stderr
    assert "## 🔥 Loses data" in repository.comment
    assert "compute instance quickstart-dana" in repository.comment
    assert "STANDARD_DS3_V2 → STANDARD_DS4_V2" in repository.comment


def test_nobody_has_no_rights(repository: Repository) -> None:
    head = repository.branch("by-mallory")
    _grow(head)
    repository.github.author = repository.github.actor = "mallory"
    assert repository.preview(head).returncode == 1
    assert "Refused by policy" in repository.comment
    assert "the login 'mallory' has no entry in" in repository.comment


def test_a_fork_is_previewed_without_credentials(repository: Repository) -> None:
    head = repository.branch("fork")
    _grow(head)
    done = repository.preview(head, FORK="true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert repository.github.comments == []
    assert ("POST", "/token") not in repository.github.asked
    summary = (repository.out / "step-summary.md").read_text("utf-8")
    assert "1 updated" in summary
    assert "checked by no policy pack" in summary


def test_a_mistake_is_reported_with_its_line(repository: Repository) -> None:
    head = repository.branch("mistake")
    file = head / CLUSTER
    file.write_text(file.read_text("utf-8").replace("max_instances", "max_instance"), "utf-8")
    assert repository.preview(head).returncode == 1
    assert "❌ The preview failed" in repository.comment
    assert "aml-cluster.yml:6" in repository.comment
    assert 'unknown field "max_instance"' in repository.comment


def test_merge_applies_what_was_previewed_and_drift_is_found(repository: Repository) -> None:
    """The last of the module: it changes the main branch."""
    head = repository.branch("merged")
    _grow(head, 8)
    repository.github.author = repository.github.actor = "olga"
    assert repository.preview(head).returncode == 0
    repository.merge("merged")
    policies = {"POLICIES": "policies", "POLICY_CONFIG": "guardrails.json"}

    other = str(repository.github.comments[0]["body"])
    repository.github.comments[0]["body"] = other.replace("plan: sha256:", "plan: sha256:0")[:-1]
    different = repository.run("up", **policies)
    assert different.returncode == 1
    assert "this isn't what was previewed" in different.stdout + different.stderr
    assert _most(repository) == 5

    repository.github.comments[0]["body"] = other
    applied = repository.run("up", **policies)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert _most(repository) == 8

    repository.github.comments[0]["body"] = "no plan"
    again = repository.run("up", **policies)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"{STACK}: Azure is as described already" in again.stdout

    _drift(repository, 50)
    with serving(repository.folder):
        assert repository.run("drift").returncode == 0
    (issue,) = repository.github.issues
    assert issue["title"] == "azureml-infra/production has drifted: 1 changes"
    assert "aml-cluster" in issue["body"]
    assert "0-50" in issue["body"]
    assert f"--- a/{CLUSTER}\n+++ b/{CLUSTER}" in issue["body"]
    assert "-max_instances: 8\n+max_instances: 50\n" in issue["body"]
    assert f"`azureml-infra export --accept --stack {STACK}`" in issue["body"]
    _drift(repository, 8)
    assert repository.run("drift").returncode == 0
    assert issue["state"] == "closed"
    assert repository.github.issues == [issue]


def _most(repository: Repository) -> int:
    """Return how many nodes the cluster in the sandbox may have."""
    from azureml_sandbox import Azure
    from azureml_sandbox.model.store import SqliteStore

    azure = Azure(SqliteStore(repository.folder / ".sandbox" / "state.db"))
    (found,) = [one for one in azure.resources(_COMPUTE) if one["name"] == "aml-cluster"]
    azure.close()
    return int(found["properties"]["properties"]["scaleSettings"]["maxNodeCount"])


def _drift(repository: Repository, most: int) -> None:
    """Somebody changes the cluster by other means."""
    from azureml_sandbox import Azure
    from azureml_sandbox.model.store import SqliteStore

    azure = Azure(SqliteStore(repository.folder / ".sandbox" / "state.db"))
    (found,) = [one for one in azure.resources(_COMPUTE) if one["name"] == "aml-cluster"]
    found["properties"]["properties"]["scaleSettings"]["maxNodeCount"] = most
    azure.update(found)
    azure.close()


_COMPUTE = "Microsoft.MachineLearningServices/workspaces/computes"


def test_nothing_secret_was_printed(main_branch: Repository) -> None:
    text = "".join(str(one["body"]) for one in (*main_branch.github.comments, *main_branch.github.issues))
    assert [word for word in HIDDEN if word != "request" and word in text] == []
