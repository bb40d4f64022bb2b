"""The XML that the blob service speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as Xml

from sandbox.blobs import Blob

MOMENT = "Thu, 01 Jan 2026 00:00:00 GMT"
PAGE = 5000
"""How many entries a list has when nothing is said."""


def error_xml(code: str, message: str) -> bytes:
    """An error's body."""
    root = Xml.Element("Error")
    Xml.SubElement(root, "Code").text = code
    Xml.SubElement(root, "Message").text = message
    return _whole(root)


def staged_blocks(body: bytes) -> list[str]:
    """The blocks that a block list names, in order. ParseError for what isn't XML."""
    return [(element.text or "").strip() for element in Xml.fromstring(body)]  # noqa: S314 - from this process


def listing(container: str, blobs: Sequence[Blob], query: Mapping[str, str]) -> bytes:
    """One page of a container's blobs; with a ``delimiter``, what is further down shows as prefixes."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    entries: dict[str, Blob | None] = {}
    for blob in blobs:
        head, found, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else (blob.name, "", "")
        entries[prefix + head + found if found else blob.name] = None if found else blob
    names = [name for name in entries if name >= query.get("marker", "")]
    size = int(query.get("maxresults") or PAGE)
    root = Xml.Element("EnumerationResults", ContainerName=container)
    Xml.SubElement(root, "Prefix").text = prefix
    page = Xml.SubElement(root, "Blobs")
    for name in names[:size]:
        _entry(page, name, entries[name], metadata="metadata" in query.get("include", ""))
    Xml.SubElement(root, "NextMarker").text = names[size] if len(names) > size else ""
    return _whole(root)


def _entry(page: Xml.Element, name: str, blob: Blob | None, *, metadata: bool) -> None:
    element = Xml.SubElement(page, "BlobPrefix" if blob is None else "Blob")
    Xml.SubElement(element, "Name").text = name
    if blob is None:
        return
    told = {
        "Creation-Time": MOMENT,
        "Last-Modified": MOMENT,
        "Etag": blob.etag.strip('"'),
        "Content-Length": str(blob.size),
        "Content-Type": blob.content_type,
        "Content-MD5": blob.md5,
        "BlobType": "BlockBlob",
        "AccessTier": "Hot",
    }
    properties = Xml.SubElement(element, "Properties")
    for key, value in told.items():
        Xml.SubElement(properties, key).text = value
    if metadata:
        given = Xml.SubElement(element, "Metadata")
        for key, value in blob.metadata.items():
            Xml.SubElement(given, key).text = value


def _whole(root: Xml.Element) -> bytes:
    text: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
