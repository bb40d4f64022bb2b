"""GitHub on this machine: ID tokens, a pull request's author, comments, issues, and which request a commit is from."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kit.ci_host import keys, sign, with_times
from kit.http_host import listening, respond

REPOSITORY = "contoso/ml"
PULL = 12
BOT = {"login": "github-actions[bot]", "type": "Bot"}


@dataclass
class GitHubHost:
    """What GitHub knows. `author` opened the pull request, `actor` set off the run, `event` is what did."""

    url: str = ""
    author: str = "dana"
    actor: str = "dana"
    event: str = "pull_request"
    committers: tuple[str, ...] = ()
    """Who else has a commit in the pull request."""
    rerun_by: str = ""
    """Who ran the run again."""
    merged: bool = False
    closed: set[int] = field(default_factory=set)
    """Pull requests that are."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)
    """Statuses of the next answers, instead of what was asked for."""
    raw: bytes = b""
    """What every answer is, instead of JSON."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """Return the environment of a job."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": "ghs_test",
            "GITHUB_API_URL": f"{self.url}/api",
            "GITHUB_ACTOR": self.actor,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
        }

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> tuple[int, Any]:
        """Return the status and the JSON for a path."""
        self.asked.append((method, path))
        if self.failing:
            return self.failing.pop(0), {"message": "not now"}
        if path == "/.well-known/jwks":
            return 200, keys()
        if path == "/token":
            return 200, {"value": self._token(query["audience"][0])}
        rest = path.removeprefix(f"/api/repos/{REPOSITORY}/")
        for pattern, reply in self._routes().items():
            match = re.fullmatch(pattern, f"{method} {rest}")
            if match:
                return reply(match, body, query)
        return 404, {"message": "Not Found"}

    def _token(self, audience: str) -> str:
        ref = f"refs/pull/{PULL}/merge" if self.event == "pull_request" else "refs/heads/main"
        claims = {
            "iss": self.url,
            "aud": audience,
            "number": len(self.asked),
            "repository": REPOSITORY,
            "actor": self.actor,
            "run_id": "77",
            "run_attempt": "2" if self.rerun_by else "1",
            "sha": "3e",
        }
        return sign(with_times({**claims, "event_name": self.event, "ref": ref}))

    def _pull(self, number: int) -> dict[str, Any]:
        state = "closed" if number in self.closed else "open"
        head = {"sha": self._commits()[-1]["sha"]}
        author = {"login": self.author}
        return {"number": number, "user": author, "state": state, "head": head, "merge_commit_sha": "3e"}

    def _commits(self) -> list[dict[str, Any]]:
        people = [{"login": name} for name in (self.author, *self.committers)]
        return [{"sha": f"c{number}", "author": one, "committer": one} for number, one in enumerate(people)]

    def _routes(self) -> dict[str, Callable[..., tuple[int, Any]]]:
        return {
            r"GET pulls/(\d+)": lambda match, *_: (200, self._pull(int(match[1]))),
            r"GET pulls/\d+/commits": lambda _m, _b, query: (200, _page(self._commits(), query)),
            r"GET actions/runs/77/attempts/2": lambda *_: (200, {"triggering_actor": {"login": self.rerun_by}}),
            r"GET commits/\w+/pulls": lambda *_: (200, [{"number": PULL, "merged_at": "x"}] if self.merged else []),
            rf"GET issues/{PULL}/comments": lambda _m, _b, query: (200, _page(self.comments, query)),
            rf"POST issues/{PULL}/comments": lambda _m, body, _q: (201, self._add(self.comments, body)),
            r"PATCH issues/comments/(\d+)": lambda match, body, _q: (200, _change(self.comments, match, body)),
            r"GET issues": lambda _m, _b, query: (200, _page([i for i in self.issues if i["state"] == "open"], query)),
            r"POST issues": lambda _m, body, _q: (201, self._add(self.issues, {**body, "state": "open"})),
            r"PATCH issues/(\d+)": lambda match, body, _q: (200, _change(self.issues, match, body)),
            r"POST issues/(\d+)/comments": lambda *_: (201, {"html_url": ""}),
        }

    def _add(self, to: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        number = len(to) + 100
        made = {**body, "id": number, "number": number, "user": BOT, "html_url": f"https://github.test/{number}"}
        to.append(made)
        return made


def _page(found: list[dict[str, Any]], query: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"][0]), int(query["page"][0])
    return found[size * (page - 1) : size * page]


def _change(found: list[dict[str, Any]], match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
    one = next(item for item in found if item["id"] == int(match[1]))
    one |= body
    return one


@contextmanager
def serving_github() -> Iterator[GitHubHost]:
    """Yield a GitHub that answers until the block ends."""
    github = GitHubHost()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"null")
            status, document = github.answer(self.command, parts.path, parse_qs(parts.query), body)
            respond(self, github.raw or json.dumps(document).encode(), status)

        do_POST = do_PATCH = do_GET  # noqa: N815 - http.server's names

    with listening(Handler) as github.url:
        yield github
