"""The rules about what is built, whoever asks: one file a rule, or one entry of `declared`."""
