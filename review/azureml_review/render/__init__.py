"""A review as people and tools read it: markdown, a terminal's text, JSON, SARIF."""
