"""The files below a project's ``.sandbox`` that a server keeps."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from azureml_sandbox.model.statefile import StateFileError

HOME = ".sandbox"
"""Below the project's folder: the state of every entrance."""
DATABASE = "state.db"
"""The one cloud that they share."""


@dataclass(frozen=True)
class Home:
    """The folder ``.sandbox`` of a project."""

    folder: Path

    @classmethod
    def of(cls, project: Path) -> Home:
        """Return the folder of a project, made if need be; only its owner can read it, as the state holds secrets."""
        home = project / HOME
        try:
            home.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError:
            raise StateFileError(home, "a file; expected the folder of the sandbox's state") from None
        ignored = home / ".gitignore"
        if not ignored.is_file():
            ignored.write_text("*\n", encoding="utf-8")
        return cls(home)

    @property
    def database(self) -> Path:
        """Return the state that all entrances share."""
        return self.folder / DATABASE

    @property
    def ca(self) -> Path:
        """Return the certificate authority, and the key that signs tokens."""
        return self.folder / "ca"

    @property
    def bundle(self) -> Path:
        """Return the certificates that a client is to trust: everybody else's too."""
        return self.ca / "bundle.pem"

    @property
    def record(self) -> Path:
        """Return the file with the running server's process and port."""
        return self.folder / "server.json"

    @property
    def lock(self) -> Path:
        """Return the lock that the running server holds."""
        return self.folder / "server.lock"

    @property
    def log(self) -> Path:
        """Return the log of a server in the background."""
        return self.folder / "server.log"

    @property
    def issuers(self) -> Path:
        """Return the file of issuers whose tokens are exchanged for Entra's."""
        return self.folder / "issuers.json"

    @property
    def snapshots(self) -> Path:
        """Return the folder of states to go back to."""
        return self.folder / "snapshots"


def free_name(path: Path) -> Path:
    """Return a name beside a path that nothing has."""
    return next(
        name for number in itertools.count(1) if not (name := path.with_name(f"{path.name}.aside-{number}")).exists()
    )


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    made.replace(file)
