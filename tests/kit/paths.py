"""Where things are: the checkout, its examples, and the shared data beside it that not every checkout has."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TESTS = ROOT / "tests"
SHARED = ROOT.parent / "shared"


def write_files(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write files below a folder, by their paths, and return the folder."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder
