"""The page at ``/`` for people: what exists, who may do what, and what goes on. It reads and never changes anything.

It is for a server on loopback and asks for no token, so it shows nothing that grants access. Whoever serves it must
refuse names that aren't loopback's, which keeps other sites from reading it by DNS rebinding; its headers keep them
from framing it.
"""

import hashlib
from functools import cache
from importlib.resources import files

from azureml_sandbox.azure import Azure
from azureml_sandbox.http.message import Request, Response
from azureml_sandbox.http.plane import Found, Plane, Site
from azureml_sandbox.model.errors import ArmError
from azureml_sandbox.page.recent import PREFIX, Recent, is_ours

__all__ = ["Recent", "handle", "is_ours", "make_plane"]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STATIC = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HTML = "text/html; charset=utf-8"


def make_plane(recent: Recent) -> Plane:
    """Return the plane of a server's page, which shows its recent requests."""

    def match(site: Site, request: Request) -> Found | None:
        return Found(site, request) if site.is_local(request) and is_ours(request.path) else None

    return Plane("page", match, lambda found: handle(found.azure, found.request, recent))


def handle(azure: Azure, request: Request, recent: Recent) -> Response:
    """Answer a request for the page, one of its parts or its files."""
    if request.method not in ("GET", "HEAD"):
        return _message(405, "The page only shows: ask with GET.", {"Allow": "GET, HEAD"})
    name = request.path.removeprefix(PREFIX).strip("/")
    if name in _STATIC and request.path != "/":
        return _answer(request, _static(name), _STATIC[name])
    from azureml_sandbox.page import views

    view = views.VIEWS.get(name)
    if view is None:
        return _message(404, f"There is no such page; the first one is at /, not at {request.path[:200]}.")
    try:
        azure.settle()  # time passes, whoever looks
        return _answer(request, view(views.PageRequest(azure, request, recent)).encode(), _HTML)
    except ArmError as error:
        return _message(error.status, error.message)


def _answer(request: Request, body: bytes, kind: str) -> Response:
    """Return an answer, or word that it is the one which the browser has."""
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "Content-Type": kind, "ETag": mark}
    if request.header("if-none-match") == mark:
        return Response(304, headers)
    return Response(200, headers, b"" if request.method == "HEAD" else body)


def _message(status: int, text: str, more: dict[str, str] | None = None) -> Response:
    from azureml_sandbox.page import views

    return Response(status, {**_HEADERS, "Content-Type": _HTML, **(more or {})}, views.message_page(text).encode())


@cache
def _static(name: str) -> bytes:
    return files("azureml_sandbox.page").joinpath("static", name).read_bytes()
