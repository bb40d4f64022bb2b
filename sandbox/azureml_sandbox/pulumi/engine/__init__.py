"""The sandbox's first door: Pulumi's mocks with an engine's behaviour, in this process."""
