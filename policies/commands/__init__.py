"""The commands of `python -m policies`."""
