"""Who asks: the signed-in identity, or the person behind a pipeline's run."""

from azureml_policies.requester.identify import identify as identify
from azureml_policies.requester.model import Person as Person
from azureml_policies.requester.model import Requester as Requester
from azureml_policies.requester.settings import SettingsError as SettingsError
from azureml_policies.requester.settings import read as read
