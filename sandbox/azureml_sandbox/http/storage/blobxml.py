"""The XML that the services of a storage account speak."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from azureml_sandbox.data.blobs import Blob
from azureml_sandbox.model.errors import ArmError

MOMENT = "Thu, 01 Jan 2026 00:00:00 GMT"
PAGE = 5000
"""How many entries a list has where nothing is set."""
_NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""Characters that no XML may hold, escaped or not (https://www.w3.org/TR/xml/#charsets)."""
_DELEGATION = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion")


def error_xml(code: str, message: str) -> bytes:
    """Return an error's body."""
    root = Xml.Element("Error")
    Xml.SubElement(root, "Code").text = code
    Xml.SubElement(root, "Message").text = message
    return whole(root)


def parse(body: bytes) -> Xml.Element:
    """Return a request's XML; ArmError for what is none."""
    try:
        # Neither entities nor doctypes are in any of the service's requests.
        return Xml.fromstring(body if b"<!" not in body else b"")  # noqa: S314 - without entities
    except (Xml.ParseError, ValueError, LookupError):
        raise ArmError(400, "InvalidXmlDocument", "The specified XML is not syntactically valid.") from None


def staged_blocks(body: bytes) -> list[str]:
    """Return the blocks that a block list names, in order."""
    return [(element.text or "").strip() for element in parse(body)]


def block_list(sizes: Mapping[str, int]) -> bytes:
    """Return the blocks that are kept for a blob and not part of it yet."""
    root = Xml.Element("BlockList")
    Xml.SubElement(root, "CommittedBlocks")
    page = Xml.SubElement(root, "UncommittedBlocks")
    for name, size in sizes.items():
        _fields(Xml.SubElement(page, "Block"), {"Name": name, "Size": str(size)})
    return whole(root)


def delegation_key(given: Mapping[str, str], value: str) -> bytes:
    """Return a user delegation key with what it is for, in the order of `azureml_sandbox.data.sas.KEY_FIELDS`."""
    root = Xml.Element("UserDelegationKey")
    _fields(root, {**dict(zip(_DELEGATION, given.values(), strict=True)), "Value": value})
    return whole(root)


def containers(found: Sequence[Mapping[str, Any]], query: Mapping[str, str], kind: str = "Container") -> bytes:
    """Return one page of an account's containers or shares."""
    root = Xml.Element("EnumerationResults")
    Xml.SubElement(root, "Prefix").text = query.get("prefix", "")
    page = Xml.SubElement(root, f"{kind}s")
    names = {str(one["name"]): one for one in found}
    for name in page_names(root, names, query):
        element = Xml.SubElement(page, kind)
        Xml.SubElement(element, "Name").text = name
        properties = {"Last-Modified": MOMENT, "Etag": "0x1", "LeaseStatus": "unlocked", "LeaseState": "available"}
        quota = {"Quota": str(names[name]["properties"].get("shareQuota"))} if kind == "Share" else {}
        _fields(Xml.SubElement(element, "Properties"), {**properties, **quota})
        if "metadata" in query.get("include", ""):
            _fields(Xml.SubElement(element, "Metadata"), names[name]["properties"].get("metadata") or {})
    return whole(root)


def page_names(root: Xml.Element, names: Mapping[str, Any], query: Mapping[str, str]) -> list[str]:
    """Return the names on the page that is asked for, in order; the mark of the next one is written."""
    size = query.get("maxresults") or str(PAGE)
    if not size.isdecimal() or not int(size):
        raise ArmError(400, "OutOfRangeQueryParameterValue", f"maxresults must be a number from 1, not '{size}'.")
    rest = [name for name in sorted(names) if name >= query.get("marker", "")]
    Xml.SubElement(root, "NextMarker").text = rest[int(size)] if len(rest) > int(size) else ""
    return rest[: int(size)]


def listing(container: str, blobs: Sequence[Blob], query: Mapping[str, str]) -> bytes:
    """Return one page of a container's blobs; with a ``delimiter``, what is further down shows as prefixes."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    entries: dict[str, Blob | None] = {}
    for blob in blobs:
        head, found, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else (blob.name, "", "")
        entries[prefix + head + found if found else blob.name] = None if found else blob
    root = Xml.Element("EnumerationResults", ContainerName=container)
    Xml.SubElement(root, "Prefix").text = prefix
    page = Xml.SubElement(root, "Blobs")
    for name in page_names(root, entries, query):
        _entry(page, name, entries[name], metadata="metadata" in query.get("include", ""))
    return whole(root)


def _entry(page: Xml.Element, name: str, blob: Blob | None, *, metadata: bool) -> None:
    element = Xml.SubElement(page, "BlobPrefix" if blob is None else "Blob")
    Xml.SubElement(element, "Name").text = name
    if blob is None:
        return
    properties = {
        "Creation-Time": MOMENT,
        "Last-Modified": MOMENT,
        "Etag": blob.etag.strip('"'),
        "Content-Length": str(blob.size),
        "Content-Type": blob.content_type,
        "Content-MD5": blob.md5,
        "BlobType": blob.kind,
        "AccessTier": "Hot",
        "LeaseStatus": "unlocked",
        "LeaseState": "available",
    }
    _fields(Xml.SubElement(element, "Properties"), properties)
    if metadata:
        _fields(Xml.SubElement(element, "Metadata"), blob.metadata)


def _fields(element: Xml.Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        Xml.SubElement(element, name).text = value


def whole(root: Xml.Element) -> bytes:
    """Return an element as a document."""
    text: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return _NO_XML.sub(b"\xef\xbf\xbd", text)
