"""JSON over HTTP, against servers that redirect, are busy, answer too much, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from azureml_arm.web import RequestLimits, WebError, fetch
from kit.http_host import listening, respond
from kit.rows import each

SECRET = {"Authorization": "Bearer s3cret"}


@dataclass
class Host:
    """Answers in order, the last one again and again: status, headers, content."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and token of each request."""
    url: str = ""


@pytest.fixture
def host() -> Iterator[Host]:
    state = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, self.headers.get("Authorization", "")))
            status, headers, content = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            respond(self, content, status, headers)

    with listening(Handler) as state.url:
        yield state


def refusal(host: Host, limits: RequestLimits | None = None) -> WebError:
    with pytest.raises(WebError) as caught:
        fetch(f"{host.url}/one", SECRET, limits=limits)
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_a_redirect_takes_the_token_nowhere(host: Host) -> None:
    host.answers = [(302, {"Location": f"{host.url}/other"}, b""), (200, {}, b"{}")]
    assert refusal(host, RequestLimits(pauses=(0.0,))).status == 302
    assert host.asked == [("/one", SECRET["Authorization"])]


def test_a_redirect_is_followed_where_it_is_wanted(host: Host) -> None:
    host.answers = [(302, {"Location": f"{host.url}/other"}, b""), (200, {}, b"[1]")]
    assert fetch(f"{host.url}/one", {}, limits=RequestLimits(redirects=True)) == [1]
    assert [path for path, _ in host.asked] == ["/one", "/other"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(host: Host, status: int) -> None:
    host.answers = [(status, {}, b""), (200, {}, b'{"a": 1}')]
    assert fetch(host.url, {}, limits=RequestLimits(pauses=(0.0,))) == {"a": 1}


def test_what_the_server_says_decides_how_long_to_wait(host: Host) -> None:
    host.answers = [(429, {"Retry-After": "0"}, b""), (200, {}, b"{}")]
    assert fetch(host.url, {}, limits=RequestLimits(pauses=(3600.0,))) == {}


def test_the_last_refusal_is_what_is_raised(host: Host) -> None:
    host.answers = [(500, {}, b""), (503, {}, b"closed")]
    error = refusal(host, RequestLimits(pauses=(0.0, 0.0)))
    assert (error.status, error.content, len(host.asked)) == (503, b"closed", 3)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_for_good_is_not_asked_again(host: Host, status: int) -> None:
    host.answers = [(status, {}, b"")]
    assert str(refusal(host, RequestLimits(pauses=(0.0,)))).startswith(f"HTTP {status} ")
    assert len(host.asked) == 1


@pytest.mark.parametrize("content", [b"<html>", b"", b"\xff", b"[" * 100_000], ids=["html", "empty", "bytes", "deep"])
def test_what_is_no_json_is_nothing(host: Host, content: bytes) -> None:
    host.answers = [(200, {}, content)]
    assert fetch(host.url, {}, limits=RequestLimits(pauses=(0.0,))) is None
    assert len(host.asked) == 1


def test_an_answer_has_a_bound(host: Host) -> None:
    host.answers = [(200, {}, b'"123456"')]
    assert fetch(host.url, {}, limits=RequestLimits(most_bytes=8)) == "123456"
    assert "longer than 7 bytes" in str(refusal(host, RequestLimits(most_bytes=7)))


def test_nobody_listens() -> None:
    with pytest.raises(WebError, match="refused") as caught:
        fetch("http://127.0.0.1:1", {}, limits=RequestLimits(pauses=(0.0,)))
    assert (caught.value.status, caught.value.passing) == (0, True)


@each(
    ("url", "headers"),
    [
        ("file:///etc/s3cret", {}),
        ("s3cret", {}),
        ("http://127.0.0.1:1/a s3cret", {}),
        ("http://127.0.0.1:1/\ns3cret", {}),
        ("http://[s3cret/", {}),
        ("http://127.0.0.1:1", {"Authorization": "Bearer s3cret\nX: y"}),
        ("http://127.0.0.1:1", {"Authorization": "Bearer s3cret\N{SNOWMAN}"}),
    ],
)
def test_what_cannot_be_sent_is_refused_without_showing_it(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(WebError) as caught:
        fetch(url, headers, limits=RequestLimits(pauses=(0.0,)))
    assert (caught.value.status, "s3cret" in str(caught.value)) == (-1, False)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
