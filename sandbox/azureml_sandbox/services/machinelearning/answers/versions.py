"""API versions: which have which members."""


def is_preview(version: str) -> bool:
    """Return whether a version is a preview, which has members that stable versions don't have."""
    return version.endswith("-preview")


def is_between(version: str, first: str, end: str) -> bool:
    """Return whether a version is of a time, from `first` on and before `end`."""
    return first <= version < end


def is_since(version: str, first: str) -> bool:
    """Return whether a version is as new as `first`."""
    return version >= first
