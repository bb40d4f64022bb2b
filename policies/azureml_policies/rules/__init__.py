"""The rules of the pack, and the helpers they share."""
