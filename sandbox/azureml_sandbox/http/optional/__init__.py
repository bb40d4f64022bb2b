"""Planes that https clients use and the toolkit doesn't need; each is registered by one line."""
