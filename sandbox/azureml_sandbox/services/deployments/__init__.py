"""Deployments of ARM templates: read, checked, ordered, run on the model, and shown as ARM shows them."""
