"""What is there before a run: by Azure itself, an exported state, or a preview; and how a plan differs from it."""

from collections.abc import Callable
from pathlib import Path

from azureml_policies.azure import AzureUnavailableError
from azureml_policies.baseline.live import Live, Reader
from azureml_policies.baseline.model import Baseline, BaselineUnavailableError, Nothing
from azureml_policies.baseline.past import Writes
from azureml_policies.baseline.state import DAYS, HOURS, ExportedState

LIVE, NONE = "live", "none"


def load(  # noqa: PLR0917 - as a config has it: what, seen from where, and how old it may be
    setting: str,
    folder: Path,
    writes: Writes,
    reader: Callable[[], Reader],
    hours: int = HOURS,
    days: int = DAYS,
) -> Baseline:
    """Return the baseline that a config names: `live`, `none`, or the path of an exported state as seen from a folder,
    whose file and stack must not be older than some hours and days.

    `reader` is called for `live` only. BaselineUnavailableError where there is nothing to read from.
    """
    if setting == LIVE:
        try:
            return Live(reader())
        except AzureUnavailableError as error:
            raise BaselineUnavailableError(f"what is there isn't known: {error}") from error
    if setting == NONE:
        return Nothing()
    return ExportedState.read(folder / Path(setting).expanduser(), writes, hours, days)
