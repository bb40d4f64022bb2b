"""Renderings of a review: markdown, a terminal's text, JSON, SARIF."""
