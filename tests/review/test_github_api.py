"""Comments and issues of GitHub, as a review writes them."""

from collections.abc import Iterator

import pytest

from azureml_review.ci.github import GitHubError, GitHubRepository
from kit.github_host import PULL, REPOSITORY, GitHubHost, serving_github

MARKER = "<!-- azureml-infra review ml/dev -->"
PLAN = f"sha256:{'a' * 64}"


@pytest.fixture
def host() -> Iterator[GitHubHost]:
    with serving_github() as one:
        yield one


@pytest.fixture
def github(host: GitHubHost) -> GitHubRepository:
    return GitHubRepository(REPOSITORY, "ghs_test", f"{host.url}/api", pause=0.0)


def test_one_comment_is_kept_up_to_date(host: GitHubHost, github: GitHubRepository) -> None:
    first = github.upsert_comment(PULL, MARKER, f"{MARKER}\none")
    second = github.upsert_comment(PULL, MARKER, f"{MARKER}\ntwo")
    assert first == second
    assert [one["body"] for one in host.comments] == [f"{MARKER}\ntwo"]
    github.upsert_comment(PULL, MARKER, f"{MARKER}\ntwo")
    assert [method for method, _ in host.asked].count("PATCH") == 1


def test_each_stack_has_a_comment_of_its_own(host: GitHubHost, github: GitHubRepository) -> None:
    other = MARKER.replace("dev", "prod")
    github.upsert_comment(PULL, MARKER, f"{MARKER}\none")
    github.upsert_comment(PULL, other, f"{other}\none")
    assert len(host.comments) == 2


def test_the_comment_is_found_behind_many(host: GitHubHost, github: GitHubRepository) -> None:
    for number in range(250):
        github._call("POST", f"issues/{PULL}/comments", {"body": f"hello {number}"})
    github.upsert_comment(PULL, MARKER, f"{MARKER}\none")
    github.upsert_comment(PULL, MARKER, f"{MARKER}\ntwo")
    assert len(host.comments) == 251


@pytest.mark.parametrize(
    "writer", [{"login": "eve", "type": "User"}, {"login": "eve[bot]", "type": "Bot"}, {"login": "github-actions[bot]"}]
)
def test_what_another_wrote_is_left_alone(writer: dict[str, str], host: GitHubHost, github: GitHubRepository) -> None:
    github.upsert_comment(PULL, MARKER, f"{MARKER}\n<!-- plan: {PLAN} -->")
    host.comments[0]["user"] = writer
    host.merged = True
    github.upsert_comment(PULL, MARKER, f"{MARKER}\nours")
    assert host.comments[0]["body"].endswith(f"{PLAN} -->")
    assert github.approved_fingerprint("abc", MARKER) == ""


def test_a_merged_commit_knows_what_was_previewed(host: GitHubHost, github: GitHubRepository) -> None:
    github.upsert_comment(PULL, MARKER, f"{MARKER}\n<!-- plan: {PLAN} -->\n\n## Safe")
    assert github.approved_fingerprint("abc", MARKER) == ""
    host.merged = True
    assert github.approved_fingerprint("abc", MARKER) == PLAN
    host.comments[0]["body"] = f"{MARKER}\n## Failed\n<!-- plan: {PLAN} -->"
    assert github.approved_fingerprint("abc", MARKER) == ""


def test_one_issue_tells_of_drift_and_is_closed(host: GitHubHost, github: GitHubRepository) -> None:
    assert not github.close_issue(MARKER, "drift", "fine")
    github.upsert_issue(MARKER, "drifted", f"{MARKER}\none", "drift")
    github.upsert_issue(MARKER, "drifted more", f"{MARKER}\ntwo", "drift")
    assert [(one["title"], one["labels"], one["state"]) for one in host.issues] == [("drifted more", ["drift"], "open")]
    assert github.close_issue(MARKER, "drift", "fine")
    assert host.issues[0]["state"] == "closed"
    github.upsert_issue(MARKER, "again", f"{MARKER}\nthree", "drift")
    assert len(host.issues) == 2


def test_a_busy_api_is_asked_again(host: GitHubHost, github: GitHubRepository) -> None:
    host.failing = [502, 429]
    assert github.upsert_comment(PULL, MARKER, f"{MARKER}\none")
    assert len(host.comments) == 1


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (401, "the token is no longer valid"),
        (403, "pull-requests: write"),
        (404, "it doesn't exist, or the token may not see it"),
    ],
)
def test_what_cant_be_done_says_what_to_do(host: GitHubHost, github: GitHubRepository, status: int, what: str) -> None:
    host.failing = [status]
    with pytest.raises(GitHubError, match=what) as caught:
        github.upsert_comment(PULL, MARKER, "text")
    assert f"GitHub answered {status} not now" in str(caught.value)
    assert "ghs_test" not in str(caught.value)


def test_an_api_that_isnt_there() -> None:
    github = GitHubRepository(REPOSITORY, "ghs_test", "http://127.0.0.1:1", pause=0.0)
    with pytest.raises(GitHubError, match=r"127\.0\.0\.1:1 can't be reached"):
        github.upsert_comment(PULL, MARKER, "text")


def test_outside_of_a_job() -> None:
    with pytest.raises(GitHubError, match="GITHUB_REPOSITORY and GITHUB_TOKEN not set: run this in GitHub Actions"):
        GitHubRepository.from_environment({})


def test_what_is_not_githubs_api(host: GitHubHost, github: GitHubRepository) -> None:
    host.raw = b"<html>a proxy</html>"
    with pytest.raises(GitHubError, match=r"the answer is not JSON; is .*/api GitHub's API\?"):
        github.close_issue(MARKER, "drift", "fine")


def test_a_token_that_cannot_be_sent_is_not_shown(host: GitHubHost) -> None:
    github = GitHubRepository(REPOSITORY, "ghs_test\nX: y", f"{host.url}/api", pause=0.0)
    with pytest.raises(GitHubError, match=r"can't be used \(the address or a header has a character") as caught:
        github.close_issue(MARKER, "drift", "fine")
    assert "ghs_test" not in str(caught.value)
