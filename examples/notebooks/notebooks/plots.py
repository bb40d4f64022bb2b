"""What the notebooks of this folder draw with."""


def title(asset: str, version: str) -> str:
    return f"{asset}, version {version}"
