"""An engine in this process: Pulumi's mocks with an engine's behaviour."""
