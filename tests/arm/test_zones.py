"""Time zones by their Windows names."""

from azureml_arm import zones
from kit.rows import each


@each(
    ("name", "spelled"),
    [
        ("utc", "UTC"),
        ("w. europe standard time", "W. Europe Standard Time"),
        ("Türkiye Standard Time", "Türkiye Standard Time"),
        ("Mid-Atlantic Standard Time", "Mid-Atlantic Standard Time"),
        ("Europe/Berlin", None),
        ("UTC+1", None),
        ("", None),
        ("../etc/passwd", None),
    ],
)
def test_names_of_windows_and_no_others(name: str, spelled: str | None) -> None:
    assert zones.windows_name(name) == spelled
    assert (zones.find(name) is not None) == (spelled is not None)


@each(
    ("name", "near"),
    [
        ("Europe/Berlin", "W. Europe Standard Time"),
        ("Europe/Paris", "Romance Standard Time"),
        ("Asia/Kolkata", "India Standard Time"),
        ("Tokio Standard Time", "Tokyo Standard Time"),
        ("Nowhere at all", ""),
    ],
)
def test_the_nearest_name_is_that_of_the_same_clock_or_of_like_letters(name: str, near: str) -> None:
    assert zones.nearest(name) == near


def test_a_place_without_a_name_of_its_own_gets_one_with_its_clock() -> None:
    near = zones.find(zones.nearest("Europe/Vienna"))
    assert near is not None
    assert near.key.startswith("Europe/")
