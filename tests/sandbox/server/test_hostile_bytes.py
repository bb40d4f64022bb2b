"""Bytes that are no request: the server says so, and nothing changes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azureml_arm.sandbox import SUBSCRIPTION, TENANT
from kit.hostile import GROUP, GROUPS, LOCATION, VERSION, Target


def wire(target: Target, *lines: str, body: bytes = b"") -> bytes:
    """Return the bytes of a PUT of a group with these lines as its last headers."""
    head = [
        f"PUT {GROUPS}/rg-smuggled{VERSION} HTTP/1.1",
        f"Host: {target.host}",
        f"Authorization: Bearer {target.token}",
    ]
    return "\r\n".join([*head, *lines, "", ""]).encode() + body


def chunks(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 26", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Content-Length: 26", "Content-Length: 2"),
        ("Content-Length: -1",),
        ("Content-Length: 0x1a",),
        ("Content-Length: +26",),
        ("Content-Length: 99999999999999999999999",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding : chunked",),
        ("X-Folded: a\r\n b", "Content-Length: 26"),
        ("X: a\nTransfer-Encoding: chunked",),
        ("Host: evil.example", "Content-Length: 26"),
    ],
)
def test_a_request_with_two_ends_is_none(target: Target, lines: tuple[str, ...]) -> None:
    before = target.state()
    for body in (LOCATION, chunks(LOCATION), b"0\r\n\r\n" + wire(target, "Content-Length: 26", body=LOCATION)):
        answer = target.raw(wire(target, *lines, body=body))
        assert answer.status == 400
        assert answer.error
    assert target.state() == before


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\nHost: localhost\n\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET subscriptions HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_arms_words(target: Target, sent: bytes) -> None:
    answer = target.raw(sent)
    assert answer.status == 400
    assert answer.error["code"] == "BadRequest"


def test_a_body_that_never_ends_does_nothing(target: Target) -> None:
    before = target.state()
    target.raw(wire(target, "Content-Length: 100", body=LOCATION), is_short=True)
    target.raw(wire(target, "Transfer-Encoding: chunked", body=chunks(LOCATION)[:-5]), is_short=True)
    assert target.ask("GET", f"{GROUP}{VERSION}").status == 200  # after those two: they were received first
    assert target.state() == before


def test_a_body_in_chunks_is_a_body(target: Target) -> None:
    name = "rg-chunks"
    sent = wire(target, "Transfer-Encoding: chunked", "Connection: close", body=chunks(LOCATION))
    assert target.raw(sent.replace(b"rg-smuggled", name.encode())).status == 201
    assert target.ask("DELETE", f"{GROUPS}/{name}{VERSION}").status < 300
    target.settle()


def test_nobody_gets_a_websocket(target: Target) -> None:
    answer = target.ask("GET", f"{GROUP}{VERSION}", Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Key="eA==")
    assert answer.status == 200
    assert json.loads(answer.body)["name"] == "rg-hostile"


@settings(max_examples=60)
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD"]),
    parts=st.lists(
        st.sampled_from(
            [
                "subscriptions",
                SUBSCRIPTION,
                "resourceGroups",
                "rg-hostile",
                "providers",
                "..",
                "%00",
                "Microsoft.Storage",
                "storageAccounts",
                "sthostile",
                "blob",
                "vault",
                "secrets",
                "*",
                TENANT,
                "oauth2",
                "_page",
                "static",
                "metadata",
                "identity",
                "history",
                "v1.0",
            ],
        ),
        max_size=9,
    ),
    body=st.sampled_from([b"", b"{}", b"[1]", b"\xff", b"a=b"]),
    authorization=st.sampled_from([None, "", "Bearer x", "Bearer \xe9"]),
)
def test_no_request_breaks_it(
    target: Target, method: str, parts: list[str], body: bytes, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = target.ask(method, f"/{'/'.join(parts)}{VERSION}", body, **headers)
    assert answer.status < 500 or answer.status == 501
    if answer.status >= 400 and method != "HEAD" and answer.body[:1] == b"{":
        assert json.loads(answer.body)["error"]
