"""Microsoft.DataFactory: factories, what is in them, and runs of their pipelines."""
