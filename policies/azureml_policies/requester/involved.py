"""Everybody whom a run is about: each of them must be allowed, and each is named once, with the first reason."""

from collections.abc import Iterable

from azureml_policies.requester.model import Requester
from azureml_policies.requester.settings import Settings

Involved = tuple[str, str]
"""A login, and why it is asked for: the words after it in a message."""


def requester_of(settings: Settings, system: str, how: str, logins: Iterable[Involved]) -> Requester:
    """Return the persons behind logins, of whom `how` describes the first; UnidentifiedError where one has no entry."""
    first_reasons: dict[str, Involved] = {}
    for login, why in logins:
        first_reasons.setdefault(login.lower(), (login, why))
    _, *others = first_reasons.values()
    more = "".join(f", and '{login}' {why}" for login, why in others)
    return Requester.of(tuple(settings.person(system, login) for login, _ in first_reasons.values()), how + more)
