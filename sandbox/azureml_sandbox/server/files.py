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


@dataclass
class Home:
    """The folder ``.sandbox`` of a project."""

    folder: Path

    def __post_init__(self) -> None:
        """Name the files."""
        self.database = self.folder / DATABASE
        """The state that all entrances share."""
        self.ca = self.folder / "ca"
        """The certificate authority, and the key that signs tokens."""
        self.bundle = self.ca / "bundle.pem"
        """The certificates that a client is to trust: everybody else's too."""
        self.record = self.folder / "server.json"
        """The running server's process and port."""
        self.lock = self.folder / "server.lock"
        """What the running server holds."""
        self.log = self.folder / "server.log"
        """What a server in the background says."""
        self.issuers = self.folder / "issuers.json"
        """The issuers whose tokens are exchanged for Entra's."""
        self.snapshots = self.folder / "snapshots"
        """The states to go back to."""

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
