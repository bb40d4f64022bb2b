"""A file with this job's newest token for Azure, for programs that read one and can't ask for it."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from azureml_arm.oidc import OidcError


def write_token(file: Path, token: str) -> None:
    """Write a token, at once: a reader finds the last one or this one, whole. Only its owner can read it."""
    handle, name = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(token)
    Path(name).replace(file)


def keep_token(file: Path, source: Callable[[], str], seconds: float) -> None:
    """Write a fresh token every so many seconds, until the process that began this one ends.

    A token that can't be had now is had later: the one in the file may do until then.
    """
    parent = os.getppid()
    while True:
        time.sleep(seconds)
        if os.getppid() != parent:
            return
        try:
            write_token(file, source())
        except (OidcError, OSError) as error:
            sys.stderr.write(f"warning: the token for Azure in {file} isn't fresh: {error}\n")
