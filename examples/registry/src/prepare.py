"""Copies the raw files; a real component would clean them."""

import argparse
import shutil

parser = argparse.ArgumentParser()
for name in ("raw", "share", "train"):
    parser.add_argument(f"--{name}", required=True)
arguments = parser.parse_args()
shutil.copytree(arguments.raw, arguments.train, dirs_exist_ok=True)
