"""The hash of a code snapshot, written out as azure-ai-ml's documentation of its algorithm says."""

import hashlib

from azureml_arm.snapshots import File, snapshot_hash


def file(content: bytes) -> File:
    return len(content), lambda: [content]


def test_names_sizes_and_contents_count_in_the_order_of_names_without_case() -> None:
    files = {"src/b.py": file(b"two"), "Main.py": file(b"1"), "empty": file(b"")}
    expected = hashlib.sha256(b"3" + b"#empty#0" + b"#Main.py#1" + b"#src/b.py#3" + b"" + b"1" + b"two").hexdigest()
    assert snapshot_hash(files) == expected


def test_names_and_contents_are_hashed_apart() -> None:
    assert snapshot_hash({"a": file(b"a"), "b": file(b"b")}) != snapshot_hash({"a": file(b"ab"), "b": file(b"")})
