"""Deployments of ARM templates: read, checked, ordered, run on the model, and told as ARM tells them."""
