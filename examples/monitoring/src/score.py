"""Score requests."""


def init() -> None:
    """Load the model."""


def run(data: str) -> str:
    """Return what was sent."""
    return data
