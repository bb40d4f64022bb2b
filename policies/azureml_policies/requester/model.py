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

    persons: tuple[Person, ...]
    how: str
    """How it is known who they are."""
    problem: str = ""
    """Why there is nobody, and what to do."""

    @classmethod
    def nobody(cls, how: str, problem: str) -> Requester:
        """Return someone with no rights."""
        return cls((), how, problem)

    @classmethod
    def of(cls, persons: tuple[Person, ...], how: str) -> Requester:
        """Return these persons, each of them once."""
        return cls(tuple({person.object_id: person for person in reversed(persons)}.values())[::-1], how)

    @property
    def is_known(self) -> bool:
        """Return whether there is anybody."""
        return bool(self.persons)

    def __str__(self) -> str:
        return " and ".join(person.name for person in self.persons) or "nobody"


class UnidentifiedError(Exception):
    """It can't be told who asks. The text says why and what to do."""
