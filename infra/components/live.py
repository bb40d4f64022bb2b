"""What stands in Azure now, where the next step depends on it: the attached registry, the traffic that flows.

A Pulumi program doesn't see its own past, so it asks (an azure-native invoke). Nothing there, or nobody signed in, is
an answer; any other failure stops the run, for a wrong guess could cost somebody's traffic.
"""

from __future__ import annotations

import re
from typing import Any

import pulumi

_ABSENT = re.compile(r"not ?found|could not be found|\b404\b|soft.?deleted", re.IGNORECASE)
_NO_CREDENTIALS = re.compile(
    r"credential|az login|not logged in|AADSTS|authentication failed|no subscription|subscription id", re.IGNORECASE
)


def lookup(token: str, arguments: dict[str, str], opts: pulumi.InvokeOptions | None = None) -> dict[str, Any] | None:
    """The live resource as azure-native's ``get…`` invoke returns it, or None where it doesn't exist or can't be read.

    `token` is short: ``machinelearningservices:getWorkspace``.
    """
    from pulumi_azure_native import _utilities

    options = pulumi.InvokeOptions.merge(_utilities.get_invoke_opts_defaults(), opts)
    try:
        found = pulumi.runtime.invoke(f"azure-native:{token}", arguments, options).value
    except Exception as error:  # the SDK raises a bare Exception with the provider's words
        if _ABSENT.search(str(error)):
            return None
        if _NO_CREDENTIALS.search(str(error)):
            pulumi.log.info(f"{token.partition(':')[2]} was skipped: nobody is signed in to Azure")
            return None
        what = ", ".join(arguments.values())
        raise pulumi.RunError(f"cannot read {what} from Azure ({token}): {error}") from error
    return dict(found) if found else None
