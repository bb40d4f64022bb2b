"""Scores the files of one part of the data."""

from __future__ import annotations

from pathlib import Path


def init() -> None:
    """Prepare a process: nothing to do here."""


def run(mini_batch: list[str]) -> list[str]:
    """Return a line for each file: its name and its number of lines."""
    return [f"{Path(file).name} {len(Path(file).read_text('utf-8').splitlines())}" for file in mini_batch]
