"""What GitHub's REST API says of a run: the author and the commits of its pull request, and who ran it again.

https://docs.github.com/rest/pulls/pulls and https://docs.github.com/rest/actions/workflow-runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from azureml_policies.requester import web
from azureml_policies.requester.model import UnidentifiedError
from azureml_policies.requester.settings import GitHub

MOST_COMMITS = 250
"""The API lists no more of a pull request: https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request."""
_ITSELF = "web-flow"
"""GitHub, which commits what people do on its pages, and signs it: only then is it GitHub."""
_PULLS, _RUNS = "pull-requests", "actions"


@dataclass(frozen=True)
class PullRequest:
    """A pull request as it is now."""

    number: str
    author: str
    head: str
    """The commit that is proposed; empty where the API doesn't say it."""
    merged_as: str
    """The commit that GitHub made to try the merge, on which runs are."""
    commits: int | None

    def changed_error(self) -> UnidentifiedError:
        """Return the refusal of a run that isn't of the newest commit."""
        return UnidentifiedError(
            f"pull request {self.number} has changed since this run began, so it can't be known who is behind it: "
            "the run of its newest commit decides"
        )


@dataclass(frozen=True)
class GitHubApi:
    """One repository. Every method raises UnidentifiedError where the answer names nobody."""

    settings: GitHub
    secret: str

    def pull_request(self, number: str) -> PullRequest:
        """Return a pull request."""
        what = f"the author of pull request {number}"
        found = self._read(f"pulls/{number}", what, _PULLS)
        author, head = _login(found.get("user")), found.get("head")
        if not author:
            raise self._unread(what, "it names no user", _PULLS)
        return PullRequest(
            number,
            author,
            str(head.get("sha") or "") if isinstance(head, dict) else "",
            str(found.get("merge_commit_sha") or ""),
            found["commits"] if isinstance(found.get("commits"), int) else None,
        )

    def commit_logins(self, pull: PullRequest) -> Iterator[str]:
        """Yield who wrote and who committed each commit of a pull request."""
        what = f"the commits of pull request {pull.number}"
        try:
            commits = web.fetch_pages(self._url(f"pulls/{pull.number}/commits"), self._headers())
        except web.WebError as error:
            raise self._unread(what, str(error), _PULLS) from None
        expected = len(commits) if pull.commits is None else pull.commits
        if len(commits) != expected or not 0 < len(commits) <= MOST_COMMITS:
            raise UnidentifiedError(
                f"of {expected} commits of pull request {pull.number} GitHub lists {len(commits)}, and all that are "
                f"in it are asked for: propose at most {MOST_COMMITS} at once, and run it again if it has just changed"
            )
        if pull.head and pull.head not in [commit.get("sha") for commit in commits]:
            raise pull.changed_error()
        for commit in commits:
            yield from self._logins_of(commit)

    def _logins_of(self, commit: Mapping[str, Any]) -> Iterator[str]:
        written = commit.get("commit")
        verification = written.get("verification") if isinstance(written, dict) else None
        signed = isinstance(verification, dict) and verification.get("verified") is True
        name = f"commit {str(commit.get('sha'))[:10]}"
        if self.settings.signed_commits and not signed:
            raise UnidentifiedError(
                f"{name} of the pull request has no signature that GitHub has verified, which "
                "`guardrails.github.signed_commits` wants: sign it, and push it again"
            )
        for part in ("author", "committer"):
            login = _login(commit.get(part))
            if not login:
                raise UnidentifiedError(
                    f"{name} of the pull request has no {part} whom GitHub knows: "
                    "commit with an address of your GitHub account, and push it again"
                )
            if not (signed and login == _ITSELF):
                yield login

    def holds(self, commit: str, head: str) -> bool:
        """Return whether a commit that tries a merge is of a pull request's head."""
        found = self._read(f"git/commits/{quote(commit, safe='')}", f"commit {commit}", "contents")
        parents = found.get("parents")
        return isinstance(parents, list) and any(isinstance(one, dict) and one.get("sha") == head for one in parents)

    def rerun_login(self, run: str, attempt: str) -> str:
        """Return who started an attempt of a run."""
        what = f"who started attempt {attempt} of run {run}"
        path = f"actions/runs/{quote(run, safe='')}/attempts/{quote(attempt, safe='')}"
        login = _login(self._read(path, what, _RUNS).get("triggering_actor"))
        if not login:
            raise self._unread(what, "it names no user", _RUNS)
        return login

    def _url(self, path: str) -> str:
        return f"{self.settings.api}/repos/{quote(self.settings.repository)}/{path}"

    def _headers(self) -> dict[str, str]:
        given = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        return {"Accept": "application/vnd.github+json"} | given

    def _read(self, path: str, what: str, permission: str) -> dict[str, Any]:
        try:
            return web.fetch(self._url(path), self._headers())
        except web.WebError as error:
            raise self._unread(what, str(error), permission) from None

    def _unread(self, what: str, why: str, permission: str) -> UnidentifiedError:
        return UnidentifiedError(
            f"{what} in {self.settings.repository} can't be read ({why}): give the job "
            f"`permissions: {{{permission}: read}}` and the step `env: {{GITHUB_TOKEN: ${{{{ github.token }}}}}}`"
        )


def _login(user: Any) -> str:
    """Return a user's login, or nothing: a commit's user is null or empty where the address is nobody's."""
    login = user.get("login") if isinstance(user, dict) else None
    return login if isinstance(login, str) else ""
