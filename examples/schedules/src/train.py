"""Train a model, or as good as."""

import argparse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--model", type=Path)
given = parser.parse_args()
(given.model / "model.txt").write_text(f"trained with rate {given.rate}\n")
