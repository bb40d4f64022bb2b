"""Who asks: one person, several who must all be allowed, or nobody with the reason why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Someone in Entra."""

    object_id: str
    """In lower case."""
    name: str
    """How messages call them."""
    groups: frozenset[str] = frozenset()
    """Object ids of groups, where the token or the config says them; Azure may know of more."""
    tenant: str = ""


@dataclass(frozen=True)
class Requester:
    """Those on whose behalf a run is made: every one of them must be authorised. Without persons, nothing is."""

    persons: tuple[Person, ...] = ()
    problem: str = ""
    """Why there is nobody, and what to do."""


class UnidentifiedError(Exception):
    """The requester can't be identified. The text says why and what to do."""
