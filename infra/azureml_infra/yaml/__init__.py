"""YAML with places: reading a file within limits, its values, and what is wrong with it. Knows no entity."""
