"""GitHub's REST API, as far as a review needs it: comments of a pull request, issues, files of a change.

https://docs.github.com/rest/issues/comments and https://docs.github.com/rest/issues/issues. The token is the job's own;
it is sent to the API's host only.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from azureml_arm.web import MEBIBYTE, RequestLimits, WebError, fetch

API = "https://api.github.com"
_RETRIES = 3
_PAGE = 100
_MOST_PAGES = 50
_JOB = "github-actions[bot]"
_PLAN = re.compile(r"<!-- plan: (sha256:[0-9a-f]{64}) -->")


class GitHubError(Exception):
    """The API can't be used; the message has the request, the answer and the remedy."""


@dataclass(frozen=True)
class GitHubRepository:
    """One repository behind the API."""

    repository: str
    token: str
    api: str = API
    pause: float = 1.0
    """Seconds before the first retry; each next one waits twice as long."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> GitHubRepository:
        """Return the repository that GitHub Actions configures. Raises GitHubError where a setting is missing."""
        found = os.environ if environ is None else environ
        missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not found.get(name)]
        if missing:
            how = "run this in GitHub Actions, with `env: {GITHUB_TOKEN: ${{ github.token }}}`"
            raise GitHubError(f"{' and '.join(missing)} not set: {how}")
        return cls(found["GITHUB_REPOSITORY"], found["GITHUB_TOKEN"], found.get("GITHUB_API_URL") or API)

    def upsert_comment(self, number: int, marker: str, body: str) -> str:
        """Create or update the pull request's comment that starts with a marker; return its address.

        Only comments of the job's own bot count: others are never overwritten.
        """
        for comment in self._pages(f"issues/{number}/comments"):
            if str(comment.get("body", "")).startswith(marker) and _is_bot(comment):
                if comment["body"] == body:
                    return str(comment.get("html_url", ""))
                return str(self._call("PATCH", f"issues/comments/{comment['id']}", {"body": body}).get("html_url", ""))
        return str(self._call("POST", f"issues/{number}/comments", {"body": body}).get("html_url", ""))

    def approved_fingerprint(self, commit: str, marker: str) -> str:
        """Return the fingerprint in the comment of the pull request that a commit came from, or an empty text.

        ``<!-- plan: sha256:… -->`` is the comment's second line (`azureml_review.render.markdown`).
        """
        for pull in self._pages(f"commits/{commit}/pulls"):
            if pull.get("merged_at"):
                for comment in self._pages(f"issues/{pull['number']}/comments"):
                    text = str(comment.get("body", ""))
                    if text.startswith(marker) and _is_bot(comment):
                        found = _PLAN.fullmatch("".join(text.splitlines()[1:2]))
                        return found[1] if found else ""
        return ""

    def is_closed(self, number: int) -> bool:
        """Return whether a pull request is merged or closed."""
        return bool(self._call("GET", f"pulls/{number}").get("state") == "closed")

    def upsert_issue(self, marker: str, title: str, body: str, label: str) -> str:
        """Create or update the open issue with a label whose text starts with a marker; return its address."""
        found = self._open_issue(marker, label)
        if found is None:
            made = self._call("POST", "issues", {"title": title, "body": body, "labels": [label]})
        else:
            made = self._call("PATCH", f"issues/{found['number']}", {"title": title, "body": body})
        return str(made.get("html_url", ""))

    def close_issue(self, marker: str, label: str, why: str) -> bool:
        """Close that issue with a comment; return False where none is open."""
        found = self._open_issue(marker, label)
        if found is None:
            return False
        self._call("POST", f"issues/{found['number']}/comments", {"body": why})
        self._call("PATCH", f"issues/{found['number']}", {"state": "closed", "state_reason": "completed"})
        return True

    def _open_issue(self, marker: str, label: str) -> dict[str, Any] | None:
        query = {"state": "open", "labels": label}
        return next((one for one in self._pages("issues", query) if str(one.get("body")).startswith(marker)), None)

    def _pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            asked = urlencode({**(query or {}), "per_page": str(_PAGE), "page": str(page)})
            found = self._call("GET", f"{path}?{asked}")
            if not isinstance(found, list):
                raise GitHubError(f"GET {path}: expected a list; is {self.api} GitHub's API?")
            yield from found
            if len(found) < _PAGE:
                return

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.api}/repos/{self.repository}/{path}"
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "azureml-infra",
        }
        content = None if body is None else json.dumps(body).encode()
        pauses = tuple(self.pause * 2**retry for retry in range(_RETRIES))
        try:
            found = fetch(url, headers, method, content, RequestLimits(20.0, pauses, 32 * MEBIBYTE))
        except WebError as error:
            raise GitHubError(_explanation(method, path, url, error)) from None
        if found is None:
            raise GitHubError(f"{method} {path}: the answer is not JSON; is {self.api} GitHub's API?")
        return found


def _is_bot(comment: Mapping[str, Any]) -> bool:
    """Return whether a job's own token wrote it: other apps are bots, too."""
    user = comment.get("user") or {}
    return user.get("type") == "Bot" and user.get("login") == _JOB


def _explanation(method: str, path: str, url: str, error: WebError) -> str:
    asked, host = f"{method} {path.partition('?')[0]}", urlsplit(url).netloc
    if error.status <= 0:
        return f"{asked}: {host} can't be " + ("reached" if error.passing else "used") + f" ({error})"
    try:
        message = str(json.loads(error.content).get("message", ""))
    except (ValueError, AttributeError):
        message = ""
    hint = {
        401: "the token is no longer valid",
        403: "the job's token may not do this: give it `permissions: {pull-requests: write}` (or `issues: write`)",
        404: "it doesn't exist, or the token may not see it",
    }.get(error.status, "try again later")
    return f"{asked}: GitHub answered {error.status} {message}; {hint}"
