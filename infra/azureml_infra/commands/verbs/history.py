"""The run history of a job: where its logs are and why it failed.

Its addresses are those that azure-ai-ml asks below a workspace's ``discoveryUrl``
(https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/azure-ai-ml/azure/ai/ml/_restclient/runhistory).
"""

import re
from functools import cached_property
from typing import Any
from urllib.parse import quote

from azureml_arm.errors import reason
from azureml_infra.commands.verbs.errors import VerbError
from azureml_infra.commands.verbs.nouns import NOUNS
from azureml_infra.commands.verbs.target import Target
from azureml_infra.dynamic.clients import AzureRefusedError
from azureml_infra.entities.reverse import at

_LOGS = re.compile(r"(user_logs/std_log.*|azureml-logs/.*|logs/azureml/executionlogs)\.txt")
"""The logs that az ml streams: the process's own, and those of a pipeline or sweep."""


class RunHistory:
    """What Azure ML's run history has of one job. Where it can't be asked, `why` says so and there are no logs."""

    def __init__(self, target: Target, name: str) -> None:
        self._target, self._name, self.why = target, name, ""
        self._arm = target.arm()

    def logs(self) -> dict[str, str]:
        """Return the logs that there are by now, whole, by name."""
        found = self._details().get("logFiles") or {}
        shown = {name: self._text(url) for name, url in sorted(found.items()) if _LOGS.fullmatch(name)}
        return {name: text for name, text in shown.items() if text}

    def children(self) -> list[str]:
        """Return the names of the jobs that it started: a pipeline's steps, a sweep's trials. Raises VerbError."""
        found: list[str] = []
        query = ""
        while True:
            page = self._ask(f"children{query}")
            found += [str(one["runId"]) for one in page.get("value") or ()]
            token = page.get("continuationToken")
            if not token:
                return found
            query = f"?$continuationtoken={quote(token)}"

    def error(self) -> str:
        """Return why the job failed; empty where nobody knows."""
        return reason(self._details().get("error") or {})

    def _details(self) -> dict[str, Any]:
        try:
            return self._ask("details")
        except VerbError as error:
            self.why = str(error)
            return {}

    def _ask(self, what: str) -> dict[str, Any]:
        """Return what the run history has of the job. Raises VerbError where it can't be asked."""
        from azure.core.exceptions import AzureError

        path = f"/history/v1.0{self._target.id}/experimentids/_/runs/{self._name}/{what}"
        try:
            found: dict[str, Any] = self._arm.read(f"{self._base}{path}") or {}
        except (AzureRefusedError, AzureError) as error:
            raise VerbError(f"the run history can't be asked ({error})") from None
        return found

    def _text(self, url: str) -> str:
        """Return a log: by the signature in its address, and by identity where the account takes no signed ones."""
        from azure.core.exceptions import AzureError
        from azure.storage.blob import BlobClient

        for address, who in ((url, None), (url.partition("?")[0], self._target.credential())):
            try:
                blob = BlobClient.from_blob_url(address, credential=who)
                return bytes(blob.download_blob().readall()).decode("utf-8", "replace")
            except AzureError as error:
                said = getattr(error, "error_code", None) or type(error).__name__
                self.why = f"the workspace's storage refused them ({said}), which Storage Blob Data Reader may read"
        return ""

    @cached_property
    def _base(self) -> str:
        """Return the address of the run history, without a slash at the end."""
        workspace = self._arm.get(self._target.id, NOUNS["workspace"].api_version)
        services = self._arm.read(str(at(workspace, "properties.discoveryUrl") or "")) or {}
        return str(services.get("history") or services.get("api") or "").rstrip("/")
