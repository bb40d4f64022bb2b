"""Pulumi's ways into the sandbox: an engine in this process, policy packs, and a provider for the real engine."""
