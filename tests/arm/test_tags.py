"""Azure's limits on tags."""

from azureml_arm import tags
from kit.rows import each


@each(
    ("given", "limits", "code"),
    [
        ({f"t{number}": "x" for number in range(51)}, tags.RESOURCE, "InvalidTags"),
        ({"Team": "a", "team": "b"}, tags.RESOURCE, "InvalidTags"),
        ({"": "a"}, tags.RESOURCE, "InvalidTagName"),
        ({"n" * 513: "a"}, tags.RESOURCE, "InvalidTagName"),
        ({"n" * 129: "a"}, tags.STORAGE_ACCOUNT, "InvalidTagName"),
        ({"a\n": "a"}, tags.RESOURCE, "InvalidTagNameCharacters"),
        *[({f"a{char}b": "x"}, tags.RESOURCE, "InvalidTagNameCharacters") for char in tags.RESERVED],
        ({"a": "v" * 257}, tags.RESOURCE, "InvalidTagValueLength"),
        ({"n" * 101: "a"}, tags.RUN, "InvalidTagName"),
        ({"a": "v" * 1001}, tags.RUN, "InvalidTagValueLength"),
    ],
)
def test_what_azure_refuses(given: dict[str, str], limits: tags.TagLimits, code: str) -> None:
    found = tags.fault(given, limits)
    assert found is not None
    assert found[0] == code


@each(
    ("given", "limits"),
    [
        ({f"t{number}": "x" for number in range(50)}, tags.RESOURCE),
        ({"n" * 512: "v" * 256, "Kosten: Stelle #1": ""}, tags.RESOURCE),
        ({"hidden-link:/subscriptions/x": "Resource"}, tags.RESOURCE),
        ({"Team": "a", "team": "v" * 1000, "a/b": "<%>"}, tags.RUN),
    ],
    ids=("many", "long", "hidden", "of a run"),
)
def test_what_it_takes(given: dict[str, str], limits: tags.TagLimits) -> None:
    assert tags.fault(given, limits) is None
