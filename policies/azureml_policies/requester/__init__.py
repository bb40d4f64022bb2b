"""Who asks: the signed-in identity, or the person behind a pipeline's run."""

from azureml_policies.requester.identify import RequesterSource, identify, sources
from azureml_policies.requester.model import Person, Requester, UnidentifiedError
from azureml_policies.requester.settings import Settings, SettingsError, read

__all__ = [
    "Person",
    "Requester",
    "Settings",
    "SettingsError",
    "RequesterSource",
    "UnidentifiedError",
    "identify",
    "read",
    "sources",
]
