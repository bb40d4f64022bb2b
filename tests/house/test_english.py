"""The English of the code (docs/style.md), as far as a program can check it: docstrings and names.

A test is named by a sentence, and its docstring says why: the rules are for all else.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from kit.paths import ROOT, TESTS
from kit.rows import each
from kit.sources import source_of

FOLDERS = (*(ROOT / name for name in ("arm", "fleet", "infra", "policies", "review", "sandbox")), TESTS)
NO_VERB = re.compile(
    r"(?:An?|The|What|Whether|Wh(?:o|ere|en|ich)|How|Its?|Th(?:is|ese)|All|Any|Every\w*|One|Two|Only|No(?:thing|ne|t)?"
    r"|Nobody|Never|Always|Below|From|Of|For|GET|PUT|POST|PATCH|DELETE)\b|[`'\"\d(]"
)
"""How a docstring begins that says what something is, and not what it does."""
PARTICIPLE = re.compile(
    r"(?!(?:need|feed|seed|speed|exceed|proceed|embed|shed)$)(?:un|re|mis|for)?(?:[a-z]{2,}ed|begun|bidden|born|bought"
    r"|bound|broken|brought|built|caught|chosen|done|drawn|driven|found|frozen|given|gone|gotten|held|hidden|kept|known"
    r"|laid|lost|made|meant|met|paid|proven|said|seen|sent|shown|sold|spent|spoken|taken|thrown|told|torn|understood|won"
    r"|written)"
)
"""One word that says what was done to something, and neither what is done nor what comes back."""
BARE = {
    ("tests/kit/clouds.py", "refused"): "a block, read as pytest.raises is: `with refused(code)`",
    ("tests/sandbox/services/machinelearning/conftest.py", "timed"): "a cloud that is: one whose time a test lets pass",
}
"""Functions that are named by a participle alone, and why. Properties may be: they are read as adjectives."""


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and docstring of each function of a file that has one; those of tests say why."""
    for found in source_of(path).functions:
        if not found.name.startswith("test_") and found.docstring:
            yield found.name, found.docstring


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}: {text.splitlines()[0]}"
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.py"))
        for name, text in docstrings(path)
        if NO_VERB.match(text)
    ]
    assert found == []


def test_functions_are_not_named_by_a_bare_participle() -> None:
    found = {
        (str(path.relative_to(ROOT)), found.name)
        for folder in FOLDERS
        for path in sorted(folder.rglob("*.py"))
        for found in source_of(path).functions
        if PARTICIPLE.fullmatch(found.name.strip("_")) and not found.is_property
    }
    assert found == set(BARE)


@each("name", ["told", "listed", "given", "written", "_made", "respelled"])
def test_a_participle_is_recognised(name: str) -> None:
    assert PARTICIPLE.fullmatch(name.strip("_"))


@each("name", ["seed", "open", "deleted_vaults", "is_known", "listen", "read", "run"])
def test_verbs_and_nouns_are_no_participles(name: str) -> None:
    assert not PARTICIPLE.fullmatch(name)
