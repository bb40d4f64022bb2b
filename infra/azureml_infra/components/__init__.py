"""Pulumi components: what a platform is built of."""
