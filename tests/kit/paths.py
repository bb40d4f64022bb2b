"""Where things are: the checkout, its examples, and the shared data beside it that not every checkout has."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TESTS = ROOT / "tests"
SHARED = ROOT.parent / "shared"
