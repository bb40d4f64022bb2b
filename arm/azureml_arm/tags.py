"""How many tags Azure takes, how long they may be, and what their names may hold.

ARM's own limits, for whatever has a top-level `tags`:
https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations. Its error codes are as
https://github.com/Azure/azure-powershell/blob/main/src/Migrate/Migrate.Autorest/custom passes them on. Azure ML's runs
have limits of their own: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity#runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RESERVED = "<>%&\\?/"
"""What the name of an ARM tag can't hold."""
_HIDDEN = ("hidden-", "link:")
"""Names that start like this are the portal's own and hold ids."""


@dataclass(frozen=True)
class TagLimits:
    """What one kind of tags may be."""

    count: int
    name: int
    value: int
    reserved: str = ""
    any_case: bool = False
    """Whether names that differ in letter case only are one name."""

    def name_fault(self, name: str) -> str:
        """Return what a tag's name should have been; empty for one that is fine."""
        if not 1 <= len(name) <= self.name:
            return f"1 to {self.name} characters"
        if not name.lower().startswith(_HIDDEN) and any(char in self.reserved or ord(char) < ord(" ") for char in name):
            return f"a name without control characters and {' '.join(self.reserved)}"
        return ""

    def value_fault(self, value: str) -> str:
        """Return what a tag's value should have been; empty for one that is fine."""
        return f"at most {self.value} characters" if len(value) > self.value else ""


RESOURCE = TagLimits(50, 512, 256, RESERVED, any_case=True)
STORAGE_ACCOUNT = TagLimits(50, 128, 256, RESERVED, any_case=True)
RUN = TagLimits(50, 100, 1000)


def clash(names: Iterable[str]) -> tuple[str, str] | None:
    """Return two names that differ in letter case only."""
    seen: dict[str, str] = {}
    for name in names:
        earlier = seen.setdefault(name.lower(), name)
        if earlier != name:
            return earlier, name
    return None


def fault(tags: Mapping[str, object], limits: TagLimits = RESOURCE) -> tuple[str, str] | None:
    """Return ARM's code and message for tags that it refuses. For the count it has published no code."""
    if len(tags) > limits.count:
        return "InvalidTags", f"{len(tags)} tags were requested; the maximum number of tags is {limits.count}."
    both = clash(tags)
    if both is not None and limits.any_case:
        return "InvalidTags", f"The tag names '{both[0]}' and '{both[1]}' differ in letter case only."
    for name, value in tags.items():
        if not 1 <= len(name) <= limits.name:
            text = f"Tag key too large. Following tag name '{name}' exceeded the maximum length. "
            return "InvalidTagName", f"{text}Maximum allowed length for tag name - '{limits.name}' characters."
        if limits.name_fault(name):
            text = (
                f"The tag names '{name}' have reserved characters '{','.join(limits.reserved)}' or control characters."
            )
            return "InvalidTagNameCharacters", text
        if isinstance(value, str) and limits.value_fault(value):
            text = f"Tag value too large. Following tag value '{value}' exceeded the maximum length. "
            return "InvalidTagValueLength", f"{text}Maximum allowed length for tag value - '{limits.value}' characters."
    return None
