"""A requester by name, for tests and the sandbox. Nothing vouches for it, so against Azure it is refused."""

from collections.abc import Callable, Mapping

from azureml_arm.roles import is_guid
from azureml_arm.sandbox import PEOPLE, TENANT
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import Settings

VARIABLE = "GUARDRAILS_REQUESTER"


class Explicit:
    """Whoever GUARDRAILS_REQUESTER names: one of the sandbox's people, or an object id."""

    def __init__(self, sandbox: Callable[[], bool]) -> None:
        self._sandbox = sandbox

    def applies(self, environ: Mapping[str, str]) -> bool:
        """Return whether anyone is named."""
        return bool(environ.get(VARIABLE, "").strip())

    def requester(self, environ: Mapping[str, str], settings: Settings) -> Requester:
        """Return the one who is named; UnidentifiedError outside of the sandbox, and for a name it doesn't know."""
        given = environ[VARIABLE].strip()
        if not self._sandbox():
            raise UnidentifiedError(
                f"an explicit requester is for the sandbox only, and this run is not in it: unset {VARIABLE} "
                f"(it is '{given}'), and sign in by `az login`"
            )
        return Requester((_person(given, settings),))


def _person(given: str, settings: Settings) -> Person:
    for seeded in PEOPLE.values():
        if given.lower() in (seeded.name, seeded.object_id):
            return Person(seeded.object_id, seeded.name, tenant=TENANT)
    if is_guid(given):
        return Person(given.lower(), settings.name_of(given.lower()) or given.lower(), tenant=TENANT)
    raise UnidentifiedError(
        f"the sandbox knows no '{given}': name one of {', '.join(sorted(PEOPLE))}, or an object id, in {VARIABLE}"
    )
