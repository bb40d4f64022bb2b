"""The sandbox's Azure over https on loopback, for clients that nobody here wrote."""
