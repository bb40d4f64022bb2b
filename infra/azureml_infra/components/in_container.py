"""Fetch a model and code with the identity of a container group, then start what serves them.

This file is sent as it is, as the text of ``python3 -c``: it imports the standard library alone, and runs on Python
3.8, which the oldest images of Azure ML have. Its arguments: how many seconds to go on asking, the address of a token;
three for each thing to fetch, which are its container's address, its path there, and the folder that it is put into;
then ``--``, and the command that it becomes. docs/container-instances.md has the sources.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener
from xml.etree import ElementTree

_TRIES = 60
_TIMEOUT = 60
_DIRECT, _ANY = build_opener(ProxyHandler({})), build_opener()
"""No proxy leads to the address of tokens."""


def ask(opener: Any, address: str, headers: dict[str, str], patience: float) -> Any:
    """Return the open answer to a GET; asked again while Azure doesn't know the identity or its role everywhere."""
    end, said = time.monotonic() + patience, ""
    while True:
        try:
            return opener.open(Request(address, headers=headers), timeout=_TIMEOUT)  # noqa: S310  (an address of ours)
        except OSError as error:
            failure = f"{address.partition('?')[0]}: {error}"
        if failure != said:
            sys.stderr.write(f"fetching: {failure}\n")
        if time.monotonic() >= end:
            raise SystemExit("fetching: given up; may the group's identity read blobs, and is the way there open?")
        said = failure
        time.sleep(patience / _TRIES)


class BlobReader:
    """A container of blobs, as one identity sees it."""

    def __init__(self, address: str, token: str, patience: float) -> None:
        """Keep what each request takes; `address` is the container's."""
        self._address, self._patience = address, patience
        self._headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2021-12-02"}

    def names(self, path: str) -> Iterator[str]:
        """Yield the blob at a path, and those below it."""
        query = {"restype": "container", "comp": "list", "prefix": path, "marker": ""}
        while True:
            with ask(_ANY, f"{self._address}?{urlencode(query)}", self._headers, self._patience) as answer:
                page = ElementTree.parse(answer).getroot()  # noqa: S314  (an answer of Azure's)
            for blob in page.iter("Blob"):
                name, kind = blob.findtext("Name") or "", blob.findtext("Properties/ResourceType")
                if kind != "directory" and (name == path or name.startswith(f"{path}/")):
                    yield name
            query["marker"] = page.findtext("NextMarker") or ""
            if not query["marker"]:
                return

    def fetch(self, path: str, folder: str) -> int:
        """Put what is at a path, a blob or a folder of them, into a folder; return how many files that are."""
        count, above = 0, path.rpartition("/")[0]
        for name in self.names(path):
            file = Path(folder, name[len(above) :].lstrip("/"))
            if ".." in file.parts:
                raise SystemExit(f"fetching: {name} leads out of the folder")
            file.parent.mkdir(parents=True, exist_ok=True)
            with ask(_ANY, f"{self._address}/{quote(name)}", self._headers, self._patience) as answer:
                with file.open("wb") as stream:
                    shutil.copyfileobj(answer, stream)
                if str(file.stat().st_size) != answer.headers["Content-Length"]:
                    raise SystemExit(f"fetching: {name} came in part")
            count += 1
        return count


def main(arguments: list[str]) -> None:
    """Fetch all, and become the command."""
    patience, token_address = float(arguments[0]), arguments[1]
    end = arguments.index("--")
    with ask(_DIRECT, token_address, {"Metadata": "true"}, patience) as answer:
        token = json.load(answer)["access_token"]
    for at in range(2, end, 3):
        address, path, folder = arguments[at : at + 3]
        count = BlobReader(address, token, patience).fetch(path, folder)
        if not count:
            raise SystemExit(f"fetching: {address}/{path} is not there")
        sys.stderr.write(f"fetching: {count} of {address}/{path}\n")
    sys.stderr.flush()
    os.execvp(arguments[end + 1], arguments[end + 1 :])  # noqa: S606  (that is what it is for)


if __name__ == "__main__":
    main(sys.argv[1:])
