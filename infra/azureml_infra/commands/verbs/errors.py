"""What ends a verb: one line for standard error."""


class VerbError(Exception):
    """A verb that can't be done; the text says why, and what to do."""
