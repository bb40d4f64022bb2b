"""The hash that Azure ML checks a job's code by before it runs it in its submitter's name.

The algorithm is azure-ai-ml's `get_content_hash`: the number of files, then each one's name and size, then each one's
content, by names in lower case
(https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/ml/azure-ai-ml/azure/ai/ml/_utils/_asset_utils.py).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping

VERSION = "202208"
"""azure-ai-ml's `get_content_hash_version`."""

File = tuple[int, Callable[[], Iterable[bytes]]]
"""A file's size, and how its content is read."""


def snapshot_hash(files: Mapping[str, File]) -> str:
    """Return the hash of files by their names in the folder, with slashes."""
    ordered = sorted(files, key=str.lower)
    whole = hashlib.sha256(str(len(ordered)).encode())
    for name in ordered:
        whole.update(f"#{name}#{files[name][0]}".encode())
    for name in ordered:
        for block in files[name][1]():
            whole.update(block)
    return whole.hexdigest()
