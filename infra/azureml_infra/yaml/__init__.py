"""YAML with places: reading a file within limits, its values, and its problems. Imports no entity."""
