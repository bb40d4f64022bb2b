"""YAML is read as PyYAML's own loader reads it, and no document ends the process."""

from pathlib import Path

import pytest
import yaml

from azureml_arm.documents import compose_yaml, read_yaml
from kit.paths import EXAMPLES, ROOT
from kit.rows import each

FILES = sorted([*EXAMPLES.glob("*/*.yml"), *ROOT.glob("*.yaml")])


@each("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_is_read_as_the_slow_loader_reads_it(file: Path) -> None:
    assert read_yaml(file.read_text("utf-8")) == yaml.safe_load(file.read_text("utf-8"))


@each(
    ("text", "words"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("{a: " * 100_000, "nested too deeply"),
        ("- " * 5_000 + "a", "nested too deeply"),
        ("a: [", "did not find expected node"),
        ("a: *b", "undefined alias"),
        ("--- a\n--- b", "a single document"),
        ("!!python/object/apply:os.getpid []", "could not determine a constructor"),
        (b"\xff", "UTF-8"),
    ],
    ids=["lists", "mappings", "items", "open", "alias", "two", "code", "bytes"],
)
def test_what_is_no_plain_document_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(yaml.YAMLError, match=words):
        read_yaml(text)
    if "constructor" not in words:
        with pytest.raises(yaml.YAMLError, match=words):
            compose_yaml(text)
