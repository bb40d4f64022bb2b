"""The settings of the stack that a process of Pulumi works for, as the engine hands them to programs and packs."""

import json
import os
from collections.abc import Mapping
from typing import Any


def settings(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the stack's settings by their whole names (`azure-native:environment`); none outside of a run."""
    found = (os.environ if environ is None else environ).get("PULUMI_CONFIG") or "{}"
    try:
        config = json.loads(found)
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}
