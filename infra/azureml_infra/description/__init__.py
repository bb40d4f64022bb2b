"""A folder of YAML read into a validated description, or every mistake in it at once."""
