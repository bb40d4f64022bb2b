"""The entrance for the real engine: the model of ARM as the `azure-native` provider of a pulumi CLI."""
