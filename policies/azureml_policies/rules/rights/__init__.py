"""The rules about who may do what."""
